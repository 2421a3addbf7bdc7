/** Starts jobs by the clock: what no person asks for, and should be done all the same. */
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../log/log.ts'
import type { LastRuns } from './last-runs.ts'

const LOOK_EVERY_MS = 60_000

/** A row of the schedule. */
export interface ScheduledJob {
  readonly id: string
  /** As cron has it, in local time: `17 4 * * *` is each day at 4:17. */
  readonly when: string
  /** Whether it may start now; where not, it is looked at again a minute later. */
  readonly enabled: () => boolean
  /** Starts the job, as idle work; the one that goes on already where it does. */
  readonly start: () => Promise<unknown>
}

/** What a scheduler works with. */
export interface SchedulerOptions {
  readonly rows: readonly ScheduledJob[]
  readonly file: LastRuns
  readonly clock: Clock
  readonly log: Log
}

/** Looks once a minute what is due, until it is closed. */
export class Scheduler implements AsyncDisposable {
  readonly #options: SchedulerOptions
  readonly #timer: NodeJS.Timeout
  #looking: Promise<void> = Promise.resolve()
  #closed = false

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref()
  }

  /**
   * Starts what is due, one after the other. A row whose time passed while nobody looked, however
   * often, starts once. Never fails: what does not start is tried again at the next look.
   */
  look(): Promise<void> {
    return (this.#looking = this.#looking.then(() => this.#lookOnce()))
  }

  async #lookOnce(): Promise<void> {
    for (const row of this.#options.rows) {
      if (this.#closed) return
      try {
        await this.#startIfDue(row)
      } catch (error) {
        this.#options.log({ level: 'warning', event: 'schedule.failed', row: row.id, error })
      }
    }
  }

  async #startIfDue({ id, when, enabled, start }: ScheduledJob): Promise<void> {
    const { file, clock } = this.#options
    if (!enabled()) return
    const now = clock.now()
    const last = file.lastRun(id)
    // What is new waits for its first time; so does everything after the clock was put back.
    if (last === null || last > now) await file.note(id, now)
    else if (await isDue(when, last, now)) {
      await start()
      await file.note(id, now)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#looking
  }
}

async function isDue(when: string, last: number, now: number): Promise<boolean> {
  const { Cron } = await import('croner')
  const next = new Cron(when).nextRun(new Date(last))
  return next !== null && next.getTime() <= now
}

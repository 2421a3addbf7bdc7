/** Starts scheduled jobs. */
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../log/log.ts'
import type { LastRuns } from './last-runs.ts'

const LOOK_EVERY_MS = 60_000

/** A row of the schedule. */
export interface ScheduledJob {
  readonly id: string
  /** A cron pattern in local time: `17 4 * * *` is each day at 4:17. */
  readonly when: string
  /** Reports whether it may start now; if not, it is checked again a minute later. */
  readonly enabled: () => boolean
  /** Starts the job as idle work, or returns the one that is already running. */
  readonly start: () => Promise<unknown>
}

/** The dependencies of a scheduler. */
export interface SchedulerOptions {
  readonly rows: readonly ScheduledJob[]
  readonly file: LastRuns
  readonly clock: Clock
  readonly log: Log
}

/** Checks once a minute what is due, until it is closed. */
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
   * Starts what is due, one after the other. A row whose time passed several times without a check
   * starts once. Never fails: a row that does not start is tried again at the next check.
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
    // A new row waits for its first time; so do all rows after the clock was set back.
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

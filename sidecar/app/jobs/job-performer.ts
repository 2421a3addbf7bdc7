/** Runs jobs: waits for their lanes, runs them, and records the outcome. */
import { AppError } from '../../../schemas/errors.ts'
import { brand, Uuid } from '../../../schemas/ids.ts'
import type { Job } from '../../../schemas/jobs.ts'
import { runAsGroup } from '../../store/operation-group.ts'
import type { Log } from '../log/log.ts'
import { isUnexpected, toAppError, toProblem } from '../to-problem.ts'
import type { FindDevices } from '../../platform/find-devices.ts'
import { lanesOf } from './device-lanes.ts'
import type { IdleSwitch } from './idle-switch.ts'
import { JobKeeper } from './job-keeper.ts'
import { JobLanes } from './job-lanes.ts'
import type { Entry, Facts, JobRun, StopReason } from './job-model.ts'
import { JobProgress } from './job-progress.ts'
import type { JobRecords } from './job-records.ts'
import { listTotals, splitResult } from './job-results.ts'
import { AT_REST, type JobStates } from './job-states.ts'

/** The dependencies of running jobs. */
export interface PerformerOptions {
  readonly records: JobRecords
  readonly states: JobStates
  readonly idle: IdleSwitch
  readonly devicesBehind: FindDevices
  readonly log: Log
}

/**
 * A reason is replaced only by a stronger one: a request of the user outranks the end of the
 * service.
 */
const STRENGTH: Readonly<Record<StopReason, number>> = { yield: 0, leave: 1, pause: 2, cancel: 3 }

/** Why a run is stopped. */
const WORDS: Readonly<Record<StopReason, string>> = {
  cancel: 'Stopped on request',
  pause: 'Paused',
  yield: 'Stopped for more urgent work',
  leave: 'The service is stopping',
}

/** One run of a job. */
interface Run {
  readonly entry: Entry
  readonly plan: JobRun
  readonly keeper: JobKeeper
}

/** Runs jobs when their lanes have room. */
export class JobPerformer {
  readonly #options: PerformerOptions
  readonly #lanes = new JobLanes()
  readonly #running = new Set<Promise<void>>()
  #closing = false

  constructor(options: PerformerOptions) {
    this.#options = options
  }

  /** Queues a job for its lanes again. Never fails. */
  async requeue(entry: Entry, plan: JobRun, patch: Partial<Job> = {}): Promise<void> {
    const queued = { state: 'queued', stage: 'queued', ...AT_REST } as const
    await this.#options.states.change(entry, { ...queued, ...patch })
    this.enqueue(entry, plan)
  }

  /** Runs a queued job as soon as its lanes have room, at its current priority. */
  enqueue(entry: Entry, plan: JobRun): void {
    if (entry.job.state !== 'queued') return
    entry.withdraw()
    entry.stop = new AbortController()
    entry.stopping = null
    void this.#enqueue(entry, plan)
  }

  async #enqueue(entry: Entry, plan: JobRun): Promise<void> {
    const { signal } = entry.stop
    const waiting = new AbortController()
    entry.withdraw = () => {
      waiting.abort()
    }
    const lanes = await lanesOf(plan.needs, this.#options.devicesBehind)
    if (waiting.signal.aborted || signal.aborted || this.#closing) return
    const { priority } = entry.job
    if (priority === 'idle') this.followIdleSwitch()
    const run = () => this.#perform(entry, plan)
    const giveWay = () => {
      this.#giveWay(entry, plan)
    }
    entry.withdraw = this.#lanes.add({ lanes, priority, run, giveWay })
  }

  /** Starts or stops idle work according to its switch. */
  followIdleSwitch(): void {
    if (this.#options.idle.isPaused()) this.#lanes.pauseIdle()
    else this.#lanes.resumeIdle()
  }

  #giveWay(entry: Entry, { yields }: JobRun): void {
    const { priority, state } = entry.job
    const may = yields === true && priority === 'idle' && state === 'running'
    if (may) this.stop(entry, 'yield')
  }

  /** Asks a job to stop, unless it is already stopping for a stronger reason. */
  stop(entry: Entry, reason: StopReason): void {
    if (entry.stopping !== null && STRENGTH[entry.stopping] >= STRENGTH[reason]) return
    entry.stopping = reason
    entry.withdraw()
    const code = reason === 'leave' ? 'job.interrupted' : 'job.cancelled'
    entry.stop.abort(new AppError(code, WORDS[reason]))
  }

  async #perform(entry: Entry, plan: JobRun): Promise<void> {
    if (this.#closing || entry.job.state !== 'queued') return
    const task = this.#runOnce(entry, plan).finally(() => this.#running.delete(task))
    this.#running.add(task)
    await task
  }

  async #runOnce(entry: Entry, plan: JobRun): Promise<void> {
    const { states, records } = this.#options
    const started = { state: 'running', stage: 'starting', started_at: states.now() } as const
    await states.change(entry, started)
    const keeper = await JobKeeper.open(entry, records, states)
    const progress = new JobProgress(entry, () => {
      states.publish(entry)
    })
    const { report } = progress
    const { kept, checkpoint } = keeper
    try {
      const { signal } = entry.stop
      signal.throwIfAborted()
      const work = { signal, report, kept, checkpoint }
      const result = await runAsGroup(brand(Uuid, entry.job.id), () => plan.run(work))
      progress.stop()
      await keeper.stop()
      await this.#succeed(entry, result, plan)
    } catch (error) {
      progress.stop()
      await this.#stopped({ entry, plan, keeper }, error)
    }
  }

  /** Rows first: a job that has ended has all of its result. */
  async #succeed(entry: Entry, result: Facts, { important }: JobRun): Promise<void> {
    const { records, states } = this.#options
    const { short, lists } = splitResult(result, important)
    const totals = listTotals(lists)
    const many = Object.keys(totals).length > 0
    if (many && !(await records.writeItems(entry.job.id, lists))) entry.rows = lists
    if (many) entry.job = { ...entry.job, lists: totals }
    await states.end(entry, { state: 'succeeded', result: short })
  }

  async #stopped({ entry, plan, keeper }: Run, error: unknown): Promise<void> {
    if (entry.stopping === 'leave') {
      await keeper.flush()
      this.leave(entry)
      return
    }
    // Work that failed for another reason has failed, whatever was requested.
    const heard = entry.stopping !== null && toAppError(error).code === 'job.cancelled'
    if (!heard || entry.stopping === 'cancel') {
      await keeper.stop()
      await this.#fail(entry, error)
      return
    }
    await keeper.flush()
    if (entry.stopping === 'pause') await this.pause(entry)
    else await this.requeue(entry, plan)
    if (this.#closing) this.leave(entry)
  }

  /** Marks a job as paused until it is resumed. Never fails. */
  async pause(entry: Entry): Promise<void> {
    await this.#options.states.change(entry, { state: 'paused', stage: 'paused', ...AT_REST })
  }

  async #fail(entry: Entry, error: unknown): Promise<void> {
    const { states, log } = this.#options
    const { code } = toAppError(error)
    if (isUnexpected(error)) {
      log({ level: 'error', event: 'job.failed', job: entry.job.id, error })
    }
    const cancelled = entry.stop.signal.aborted && code === 'job.cancelled'
    await states.end(entry, { state: cancelled ? 'cancelled' : 'failed', error })
  }

  /**
   * Notifies all waiting callers that the service is stopping. The record is unchanged: the next
   * start of the service resumes the job, or reports it as interrupted.
   */
  leave(entry: Entry): void {
    const problem = toProblem(new AppError('job.interrupted', WORDS.leave))
    const ended_at = this.#options.states.now()
    entry.job = { ...entry.job, state: 'failed', ended_at, problem }
    entry.ended.resolve(entry.job)
  }

  /** Starts no more jobs. */
  close(): void {
    this.#closing = true
  }

  /** Resolves when no job runs. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running)
  }
}

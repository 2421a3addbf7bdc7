/** Long work: queued, run, watched, cancelled, remembered. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, isAppError } from '../../schemas/errors.ts'
import type { AppEvent, Job, JobState } from '../../schemas/jobs.ts'
import { canonicalText } from '../../schemas/json.ts'
import type { Progress, Work } from '../domain/progress.ts'
import type { Clock } from '../platform/clock.ts'
import { uuidv7 } from '../platform/uuid.ts'
import { JobLanes, type LaneName } from './job-lanes.ts'
import { etaSeconds, Pulse, RateMeter } from './job-progress.ts'
import { JobRecords } from './job-records.ts'
import { noLog, type Log } from './log.ts'
import { isUnforeseen, toAppError, toProblem } from './to-problem.ts'

const KEPT_ENDED = 200
const TELL_EVERY_MS = 250
const PATIENCE_MS = 10_000

type Facts = Readonly<Record<string, unknown>>

/** How a job is done: where it queues, and the work itself. */
export interface JobRun {
  readonly lane: LaneName
  /** Gives the job's result. Must watch `work.signal`. */
  readonly run: (work: Work) => Promise<Facts>
}

/** A job to be started. */
export interface JobPlan extends JobRun {
  /** `noun.verb`: import.files, store.verify, ... */
  readonly kind: string
  /** The request; kind and request together say which job it is. */
  readonly request: Facts
  readonly actor: string
  /** Throws what is known of the request before it is queued; not asked where the job goes on. */
  readonly check?: () => void
}

/** For kinds whose work may be done again from its request: makes the run anew. */
export type Resumable = Readonly<Record<string, (request: Facts) => JobRun>>

interface JobRunnerOptions {
  /** `data/jobs`; may be absent. */
  readonly folder: string
  readonly clock: Clock
  readonly publish: (event: AppEvent) => void
  /** Hears of each change of state, for the index. */
  readonly save?: (job: Job) => void
  readonly log?: Log
}

interface Entry {
  job: Job
  /** Null for jobs of a process before this one. */
  plan: JobRun | null
  readonly stop: AbortController
  readonly ended: PromiseWithResolvers<Job>
}

/** A part of the list of jobs. */
export interface JobQuery {
  readonly state?: JobState | undefined
  readonly limit: number
  readonly offset: number
}

const isLive = ({ state }: Job): boolean => state === 'queued' || state === 'running'

/** The same for the same kind and request, whatever the order of its keys. */
export function jobKey(kind: string, request: Facts): string {
  return `${kind}:${createHash('sha256').update(canonicalText(request)).digest('hex')}`
}

/** Runs jobs, two on disks and one on the store at a time; remembers the last two hundred. */
export class JobRunner implements AsyncDisposable {
  readonly #clock: Clock
  readonly #publish: (event: AppEvent) => void
  readonly #save: (job: Job) => void
  readonly #log: Log
  readonly #records: JobRecords
  readonly #lanes = new JobLanes()
  readonly #entries = new Map<string, Entry>()
  readonly #running = new Set<Promise<void>>()
  #closing = false

  constructor({ folder, clock, publish, save, log = noLog }: JobRunnerOptions) {
    this.#clock = clock
    this.#publish = publish
    this.#save = save ?? (() => undefined)
    this.#log = log
    this.#records = new JobRecords(folder, log)
    for (const job of this.#records.readAll()) this.#enter(job, null)
    this.#forgetOldest()
  }

  #enter(job: Job, plan: JobRun | null): Entry {
    const ended = Promise.withResolvers<Job>()
    const entry: Entry = { job, plan, stop: new AbortController(), ended }
    this.#entries.set(job.id, entry)
    if (!isLive(job)) ended.resolve(job)
    return entry
  }

  /**
   * Settles jobs that an earlier process left queued or running: done again where `resumable` knows
   * their kind, else failed with `job.interrupted`. Call once, when the service can do work.
   */
  async resume(resumable: Resumable): Promise<void> {
    const left = [...this.#entries.values()].filter(({ job, plan }) => isLive(job) && !plan)
    await Promise.all(left.map((entry) => this.#resumeOne(entry, resumable)))
  }

  async #resumeOne(entry: Entry, resumable: Resumable): Promise<void> {
    const { kind, request } = entry.job
    const rebuild = Object.hasOwn(resumable, kind) ? resumable[kind] : undefined
    try {
      if (!rebuild) throw new AppError('job.interrupted', 'The service stopped before it was done')
      entry.plan = rebuild(request)
    } catch (error) {
      await this.#end(entry, 'failed', error)
      return
    }
    await this.#change(entry, { state: 'queued', started_at: null, rate: null, eta_seconds: null })
    this.#queue(entry, entry.plan)
  }

  /**
   * Starts a job, or gives the one of the same kind and request that is queued or running. When it
   * returns, the job stands on disk, where there is a store that takes it.
   * @throws service.not_running while the service stops; what the plan's check throws
   */
  async start(plan: JobPlan): Promise<Job> {
    if (this.#closing) throw new AppError('service.not_running', 'The service is stopping')
    const key = jobKey(plan.kind, plan.request)
    const same = [...this.#entries.values()].find(({ job }) => job.key === key && isLive(job))
    if (same) return same.job
    plan.check?.()
    const entry = this.#enter(this.#newJob(plan, key), plan)
    await this.#change(entry, {})
    this.#queue(entry, plan)
    return entry.job
  }

  #newJob({ kind, request, actor }: JobPlan, key: string): Job {
    const now = this.#clock.now()
    return {
      schema: 'synapse.job.v1',
      id: uuidv7(now),
      kind,
      key,
      state: 'queued',
      actor,
      request: { ...request },
      stage: 'queued',
      done: 0,
      total: null,
      unit: 'steps',
      rate: null,
      eta_seconds: null,
      created_at: new Date(now).toISOString(),
      started_at: null,
      ended_at: null,
      result: null,
      problem: null,
    }
  }

  #queue(entry: Entry, plan: JobRun): void {
    if (!isLive(entry.job)) return
    this.#lanes.add(plan.lane, () => {
      const task = this.#perform(entry, plan).finally(() => this.#running.delete(task))
      this.#running.add(task)
      return task
    })
  }

  async #perform(entry: Entry, plan: JobRun): Promise<void> {
    if (this.#closing || !isLive(entry.job)) return
    await this.#change(entry, { state: 'running', stage: 'starting', started_at: this.#now() })
    const tell = new Pulse(TELL_EVERY_MS, () => {
      this.#tell(entry)
    })
    const meter = new RateMeter()
    const report = (progress: Progress) => {
      if (!isLive(entry.job)) return
      meter.add(performance.now(), progress)
      entry.job = { ...entry.job, ...told(progress, meter.rate()) }
      tell.ask()
    }
    try {
      entry.stop.signal.throwIfAborted()
      const result = await plan.run({ signal: entry.stop.signal, report })
      tell.stop()
      await this.#end(entry, 'succeeded', null, result)
    } catch (error) {
      tell.stop()
      await this.#fail(entry, error)
    }
  }

  async #fail(entry: Entry, error: unknown): Promise<void> {
    const { signal } = entry.stop
    if (isAppError(signal.reason, 'job.interrupted')) {
      // The record stays as it is: the next start of the service resumes the job, or says so.
      this.#leave(entry)
      return
    }
    const { code } = toAppError(error)
    if (isUnforeseen(error)) {
      this.#log({ level: 'error', event: 'job.failed', job: entry.job.id, error })
    }
    const stopped = signal.aborted && code === 'job.cancelled'
    await this.#end(entry, stopped ? 'cancelled' : 'failed', error)
  }

  #leave(entry: Entry): void {
    const problem = toProblem(new AppError('job.interrupted', 'The service is stopping'))
    entry.job = { ...entry.job, state: 'failed', ended_at: this.#now(), problem }
    entry.ended.resolve(entry.job)
  }

  async #end(
    entry: Entry,
    state: 'succeeded' | 'failed' | 'cancelled',
    error: unknown,
    result: Facts | null = null,
  ): Promise<void> {
    await this.#change(entry, {
      state,
      ended_at: this.#now(),
      rate: null,
      eta_seconds: null,
      result: result === null ? null : { ...result },
      problem: error === null ? null : toProblem(error),
    })
    entry.ended.resolve(entry.job)
    this.#forgetOldest()
  }

  /** A change of state: told, indexed, and on disk when it returns, if the disk takes it. */
  async #change(entry: Entry, patch: Partial<Job>): Promise<void> {
    entry.job = { ...entry.job, ...patch }
    this.#tell(entry)
    this.#save(entry.job)
    await this.#records.write(entry.job)
  }

  #tell({ job }: Entry): void {
    this.#publish({ type: 'job.updated', job })
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString()
  }

  #forgetOldest(): void {
    const ended = [...this.#entries.values()].filter(({ job }) => !isLive(job))
    for (const { job } of ended.slice(0, Math.max(0, ended.length - KEPT_ENDED))) {
      this.#entries.delete(job.id)
      void this.#records.remove(job.id)
    }
  }

  #find(id: string): Entry {
    const entry = this.#entries.get(id)
    if (!entry) throw new AppError('job.not_found', `There is no job ${id}`)
    return entry
  }

  /** A job as it is now. @throws job.not_found */
  get(id: string): Job {
    return this.#find(id).job
  }

  /** Jobs, newest first. */
  list({ state, limit, offset }: JobQuery): {
    total: number
    limit: number
    offset: number
    items: Job[]
  } {
    const jobs = [...this.#entries.values()].map(({ job }) => job)
    const wanted = jobs.filter((job) => state === undefined || job.state === state).reverse()
    return { total: wanted.length, limit, offset, items: wanted.slice(offset, offset + limit) }
  }

  /** How many run and wait. */
  counts(): { running: number; queued: number } {
    const states = [...this.#entries.values()].map(({ job }) => job.state)
    return {
      running: states.filter((state) => state === 'running').length,
      queued: states.filter((state) => state === 'queued').length,
    }
  }

  /**
   * Asks a job to stop: one that waits is cancelled at once, one that runs when it has heard. One
   * that has ended stays as it is.
   * @throws job.not_found
   */
  async cancel(id: string): Promise<Job> {
    const entry = this.#find(id)
    if (!isLive(entry.job)) return entry.job
    const reason = new AppError('job.cancelled', 'Stopped on request')
    entry.stop.abort(reason)
    if (entry.job.state === 'queued') await this.#end(entry, 'cancelled', reason)
    return entry.job
  }

  /** The job once it has ended. @throws job.not_found */
  async wait(id: string): Promise<Job> {
    return this.#find(id).ended.promise
  }

  /** Takes no more jobs, stops those that run and waits for them, ten seconds at most. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    const reason = new AppError('job.interrupted', 'The service is stopping')
    for (const entry of this.#entries.values()) {
      if (!isLive(entry.job)) continue
      entry.stop.abort(reason)
      if (entry.job.state === 'queued') this.#leave(entry)
    }
    const settled = Promise.allSettled(this.#running).then(() => this.#records.settled())
    await Promise.race([settled, sleep(PATIENCE_MS, undefined, { ref: false })])
  }
}

function told(progress: Progress, rate: number | null): Partial<Job> {
  const count = (value: number) => Math.max(0, Math.floor(value))
  return {
    stage: progress.stage,
    done: count(progress.done),
    total: progress.total === null ? null : count(progress.total),
    unit: progress.unit,
    rate,
    eta_seconds: etaSeconds(progress, rate),
  }
}

/** The jobs of a store: reads what is remembered; see {@link JobRunner.resume} for what was left. */
export function openJobRunner(options: JobRunnerOptions): JobRunner {
  return new JobRunner(options)
}

/** Long work: queued, run, watched, cancelled, remembered. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, isAppError } from '../../../schemas/errors.ts'
import type { AppEvent, Job, JobFacts, JobItems } from '../../../schemas/jobs.ts'
import { brand, Uuid } from '../../../schemas/ids.ts'
import { canonicalText } from '../../../schemas/json.ts'
import type { Progress } from '../../domain/progress.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/uuid.ts'
import { runAsGroup } from '../../store/operation-group.ts'
import { JobLanes } from './job-lanes.ts'
import { etaSeconds, Pulse, RateMeter } from './job-progress.ts'
import {
  isLive,
  JobList,
  type Entry,
  type ItemQuery,
  type JobCounts,
  type JobPage,
  type JobQuery,
  type JobRun,
} from './job-list.ts'
import { JobOwner } from './job-owner.ts'
import { JobRecords } from './job-records.ts'
import { listTotals, splitResult } from './job-results.ts'
import { noLog, type Log } from '../log/log.ts'
import { isUnforeseen, toAppError, toProblem } from '../to-problem.ts'

const TELL_EVERY_MS = 250
const PATIENCE_MS = 10_000

type Facts = Readonly<Record<string, unknown>>

/** A job to be started. */
export interface JobPlan extends JobRun {
  /** `noun.verb`: import.files, store.verify, ... */
  readonly kind: string
  /** The request; kind and request together say which job it is. */
  readonly request: Facts
  readonly actor: string
  /** Throws what is known of the request before it is queued; not asked where the job goes on. */
  readonly check?: () => void | Promise<void>
}

/** For kinds whose work may be done again: makes the run anew, for the one who asked first. */
export type Resumable = Readonly<Record<string, (request: Facts, actor: string) => JobRun>>

interface JobRunnerOptions {
  /** `data/jobs`; made when the first job is written. */
  readonly folder: string
  /** Throws where the store's data is not there: then no record is made in its place. */
  readonly requireStore?: () => void
  readonly clock: Clock
  readonly publish: (event: AppEvent) => void
  /** Hears of each change of state, for the index. */
  readonly save?: (job: Job) => void
  readonly log?: Log
}

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
  readonly #jobs: JobList
  readonly #lanes = new JobLanes()
  readonly #running = new Set<Promise<void>>()
  #closing = false

  constructor({ folder, requireStore, clock, publish, save, log = noLog }: JobRunnerOptions) {
    this.#clock = clock
    this.#publish = publish
    this.#save = save ?? (() => undefined)
    this.#log = log
    const records = new JobRecords({ folder, log, ...(requireStore ? { requireStore } : {}) })
    this.#jobs = new JobList(records, new JobOwner(folder, uuidv7(clock.now())), log)
  }

  /**
   * Settles jobs that an earlier process left queued or running: done again where `resumable` knows
   * their kind, else failed with `job.interrupted`. Jobs of a command that still runs stay its own.
   * Call once, when the service can do work.
   */
  async resume(resumable: Resumable): Promise<void> {
    const free = await this.#jobs.abandoned()
    await Promise.all(free.map((entry) => this.#resumeOne(entry, resumable)))
  }

  async #resumeOne(entry: Entry, resumable: Resumable): Promise<void> {
    const { kind, request, actor } = entry.job
    const rebuild = Object.hasOwn(resumable, kind) ? resumable[kind] : undefined
    let plan: JobRun
    try {
      if (!rebuild) throw new AppError('job.interrupted', 'The service stopped before it was done')
      plan = rebuild(request, actor)
    } catch (error) {
      await this.#end(entry, 'failed', error)
      return
    }
    await this.#takeOver(entry, plan)
  }

  /** Goes on with a job of a process that is gone. */
  async #takeOver(entry: Entry, plan: JobRun): Promise<void> {
    entry.plan = plan
    await this.#jobs.claim()
    await this.#change(entry, {
      state: 'queued',
      stage: 'queued',
      owner: this.#jobs.owner,
      started_at: null,
      rate: null,
      eta_seconds: null,
    })
    this.#queue(entry, plan)
  }

  /**
   * Starts a job, or gives the one of the same kind and request that is queued or running; one that
   * another process left, then or later, goes on here. When it returns, the job stands on disk;
   * where the disk does not take it, `recorded` is false.
   * @throws service.not_running while the service stops; what the plan's check throws
   */
  async start(plan: JobPlan): Promise<Job> {
    if (this.#closing) throw new AppError('service.not_running', 'The service is stopping')
    const key = jobKey(plan.kind, plan.request)
    if (!this.#jobs.live(key)) await plan.check?.()
    const same = this.#jobs.live(key)
    if (same) return this.#join(same, plan)
    const entry = this.#jobs.enter(this.#newJob(plan, key), plan)
    await this.#jobs.claim()
    await this.#change(entry, {})
    this.#queue(entry, plan)
    return entry.job
  }

  /** Gives a job that is there already; goes on with it where its own process is gone. */
  async #join(entry: Entry, plan: JobRun): Promise<Job> {
    if (entry.plan !== null) return entry.job
    entry.fallback = plan
    await this.refresh()
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
      owner: this.#jobs.owner,
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
      const work = { signal: entry.stop.signal, report }
      const result = await runAsGroup(brand(Uuid, entry.job.id), () => plan.run(work))
      tell.stop()
      await this.#succeed(entry, result, plan)
    } catch (error) {
      tell.stop()
      await this.#fail(entry, error)
    }
  }

  /** Rows first: a job that has ended has all of its result. */
  async #succeed(entry: Entry, result: Facts, { important }: JobRun): Promise<void> {
    const { short, lists } = splitResult(result, important)
    const totals = listTotals(lists)
    const many = Object.keys(totals).length > 0
    if (many && !(await this.#jobs.records.writeItems(entry.job.id, lists))) entry.rows = lists
    if (many) entry.job = { ...entry.job, lists: totals }
    await this.#end(entry, 'succeeded', null, short)
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
    this.#jobs.forgetOldest()
  }

  /** A change of state: told, indexed, and on disk when it returns, if the disk takes it. */
  async #change(entry: Entry, patch: Partial<Job>): Promise<void> {
    entry.job = { ...entry.job, ...patch }
    this.#tell(entry)
    this.#save(entry.job)
    const { recorded: _, ...record } = entry.job
    const written = await this.#jobs.records.write(record)
    const { recorded: _before, ...job } = entry.job
    entry.job = written && entry.rows === null ? job : { ...job, recorded: false }
  }

  #tell({ job }: Entry): void {
    this.#publish({ type: 'job.updated', job: factsOf(job) })
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString()
  }

  /** A job as it is now. @throws job.not_found */
  get(id: string): Job {
    return this.#jobs.find(id).job
  }

  /** Jobs, newest first. */
  list(query: JobQuery): JobPage {
    return this.#jobs.list(query)
  }

  /** See {@link JobList.items}. */
  items(id: string, query: ItemQuery): Promise<JobItems> {
    return this.#jobs.items(id, query)
  }

  /** See {@link JobList.counts}. */
  counts(): JobCounts {
    return this.#jobs.counts()
  }

  /** Looks again at jobs of other processes: see {@link JobList.refresh} and {@link start}. */
  async refresh(): Promise<void> {
    for (const entry of await this.#jobs.refresh()) {
      const { plan, fallback } = entry
      if (plan === null && fallback !== null) await this.#takeOver(entry, fallback)
    }
  }

  /**
   * Asks a job to stop: one that waits is cancelled at once, one that runs when it has heard. One
   * that has ended stays as it is.
   * @throws job.not_found, job.elsewhere where another process does it
   */
  async cancel(id: string): Promise<Job> {
    const entry = this.#jobs.find(id)
    const isLeft = (await this.#jobs.refresh()).includes(entry)
    if (!isLive(entry.job)) return entry.job
    if (entry.plan === null && !isLeft) {
      throw new AppError('job.elsewhere', 'Another process does this job', {
        hint: 'Stop it where it was started: Ctrl-C in its terminal.',
      })
    }
    const reason = new AppError('job.cancelled', 'Stopped on request')
    entry.stop.abort(reason)
    if (entry.job.state === 'queued') await this.#end(entry, 'cancelled', reason)
    return entry.job
  }

  /** See {@link JobList.whole}. */
  wait(id: string): Promise<Job> {
    return this.#jobs.whole(id)
  }

  /** Takes no more jobs, stops those that run and waits for them, ten seconds at most. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true
    const reason = new AppError('job.interrupted', 'The service is stopping')
    for (const entry of this.#jobs.known()) {
      if (!isLive(entry.job)) continue
      entry.stop.abort(reason)
      if (entry.job.state === 'queued') this.#leave(entry)
    }
    await Promise.race([this.#settled(), sleep(PATIENCE_MS, undefined, { ref: false })])
  }

  async #settled(): Promise<void> {
    await Promise.allSettled(this.#running)
    await this.#jobs.leave()
  }
}

/** What an event tells of a job: no request and no result, however long they are. */
function factsOf(job: Job): JobFacts {
  const { id, kind, state, actor, stage, done, total, unit, rate, eta_seconds } = job
  const { created_at, started_at, ended_at } = job
  return {
    ...{ id, kind, state, actor, stage, done, total, unit, rate, eta_seconds },
    ...{ created_at, started_at, ended_at },
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

/** Changes of a job's state: published, and written to disk if possible. */
import { createHash } from 'node:crypto'
import { canonicalText } from '../../../schemas/json.ts'
import type { AppEvent, Job, JobFacts } from '../../../schemas/jobs.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/uuid.ts'
import { toProblem } from '../to-problem.ts'
import type { JobList } from './job-list.ts'
import type { Entry, Facts, JobPlan } from './job-model.ts'

/** Returns a key that is equal for the same kind and request, whatever the order of its keys. */
export function jobKey(kind: string, request: Facts): string {
  return `${kind}:${createHash('sha256').update(canonicalText(request)).digest('hex')}`
}

/** The rate and remaining time of a job that is not running. */
export const AT_REST = { rate: null, eta_seconds: null } as const

/** How a job ended. */
export interface JobEnd {
  readonly state: 'succeeded' | 'failed' | 'cancelled'
  /** The error that ended it; absent where it succeeded. */
  readonly error?: unknown
  readonly result?: Facts | null
}

/** Records and publishes the state of jobs. */
export class JobStates {
  readonly #jobs: JobList
  readonly #clock: Clock
  readonly #publish: (event: AppEvent) => void

  constructor(jobs: JobList, clock: Clock, publish: (event: AppEvent) => void) {
    this.#jobs = jobs
    this.#clock = clock
    this.#publish = publish
  }

  /** A new queued job of `owner`. */
  newJob({ kind, request, actor, priority = 'normal' }: JobPlan, owner: string): Job {
    const now = this.#clock.now()
    return {
      schema: 'synapse.job.v1',
      id: uuidv7(now),
      kind,
      key: jobKey(kind, request),
      state: 'queued',
      priority,
      actor,
      request: { ...request },
      stage: 'queued',
      done: 0,
      total: null,
      unit: 'steps',
      ...AT_REST,
      created_at: new Date(now).toISOString(),
      started_at: null,
      ended_at: null,
      result: null,
      problem: null,
      owner,
    }
  }

  /** Changes a job; it is on disk when this returns, or `recorded` is false. Never fails. */
  async change(entry: Entry, patch: Partial<Job>): Promise<void> {
    entry.job = { ...entry.job, ...patch }
    this.publish(entry)
    await this.record(entry)
  }

  /** Writes the record of a job. Never fails. */
  async record(entry: Entry): Promise<void> {
    const { recorded: _, ...record } = entry.job
    const written = await this.#jobs.records.write(record)
    const { recorded: _before, ...job } = entry.job
    entry.job = written && entry.rows === null ? job : { ...job, recorded: false }
  }

  /** Ends a job and removes its saved progress. Others see the end once it is recorded. */
  async end(entry: Entry, { state, error = null, result = null }: JobEnd): Promise<void> {
    const { cursor, ...job } = entry.job
    entry.shown = entry.job
    entry.job = {
      ...job,
      state,
      ended_at: this.now(),
      ...AT_REST,
      result: result === null ? null : { ...result },
      problem: error === null ? null : toProblem(error),
    }
    await this.record(entry)
    entry.shown = null
    this.publish(entry)
    if (cursor !== undefined) await this.#jobs.records.removeKept(job.id)
    entry.ended.resolve(entry.job)
    this.#jobs.forgetOldest()
  }

  /** Publishes the progress of a job. */
  publish({ job }: Entry): void {
    this.#publish({ type: 'job.updated', job: factsOf(job) })
  }

  /** The current time for a record. */
  now(): string {
    return new Date(this.#clock.now()).toISOString()
  }
}

/** The part of a job in an event: neither request nor result. */
function factsOf(job: Job): JobFacts {
  const { id, kind, state, actor, stage, done, total, unit, rate, eta_seconds } = job
  const { created_at, started_at, ended_at } = job
  return {
    ...{ id, kind, state, actor, stage, done, total, unit, rate, eta_seconds },
    ...{ created_at, started_at, ended_at },
  }
}

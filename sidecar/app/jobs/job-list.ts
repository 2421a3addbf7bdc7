/** The jobs of a store: those of this process, and those that records tell of. */
import { AppError } from '../../../schemas/errors.ts'
import type { Job, JobItems, JobState } from '../../../schemas/jobs.ts'
import type { Work } from '../../domain/progress.ts'
import type { LaneName } from './job-lanes.ts'
import { ownerLives, type JobOwner } from './job-owner.ts'
import type { JobRecords } from './job-records.ts'
import { listOffset, type ResultLists } from './job-results.ts'
import type { Log } from '../log/log.ts'

const KEPT_ENDED = 200

type Facts = Readonly<Record<string, unknown>>

/** How a job is done: where it queues, and the work itself. */
export interface JobRun {
  readonly lane: LaneName
  /** Gives the job's result. Must watch `work.signal`. */
  readonly run: (work: Work) => Promise<Facts>
  /** Rows of the result's lists that are shown before others, such as failures. */
  readonly important?: (row: unknown) => boolean
}

/** A job, and what this process does for it. */
export interface Entry {
  job: Job
  /** Null for jobs of other processes. */
  plan: JobRun | null
  /** How this process would go on with another's job, since it was asked for the same. */
  fallback: JobRun | null
  /** The rows of the result where the disk did not take them. */
  rows: ResultLists | null
  readonly stop: AbortController
  readonly ended: PromiseWithResolvers<Job>
}

/** A part of one list of a result. */
export interface ItemQuery {
  readonly list?: string | undefined
  readonly limit: number
  readonly offset: number
}

/** A part of the list of jobs. */
export interface JobQuery {
  readonly state?: JobState | undefined
  readonly limit: number
  readonly offset: number
}

/** A page of jobs, newest first. */
export interface JobPage {
  total: number
  limit: number
  offset: number
  items: Job[]
}

/** How many run and wait, and of how many the disk did not take the record. */
export interface JobCounts {
  readonly running: number
  readonly queued: number
  readonly unrecorded: number
}

/** Whether a job has something to do. */
export const isLive = ({ state }: Job): boolean => state === 'queued' || state === 'running'

/** Whether it is still another process's to do; somebody may have gone on with it meanwhile. */
const isLeft = ({ job, plan }: Entry): boolean => plan === null && isLive(job)

/** All jobs that are remembered. Reads the records when somebody asks for the first time. */
export class JobList {
  readonly records: JobRecords
  readonly #owner: JobOwner
  readonly #log: Log
  #entries: Map<string, Entry> | null = null
  #claiming: Promise<void> = Promise.resolve()

  constructor(records: JobRecords, owner: JobOwner, log: Log) {
    this.records = records
    this.#owner = owner
    this.#log = log
  }

  /** The id of this process as an owner of jobs. */
  get owner(): string {
    return this.#owner.id
  }

  /** All jobs, oldest first. */
  get #all(): Map<string, Entry> {
    if (this.#entries !== null) return this.#entries
    this.#entries = new Map()
    for (const job of this.records.readAll()) this.enter(job, null)
    this.forgetOldest()
    return this.#entries
  }

  /** Jobs, without reading the records where nobody has asked before. */
  known(): readonly Entry[] {
    return [...(this.#entries?.values() ?? [])]
  }

  /** Takes a job in; the plan is null where it is not this process's. */
  enter(job: Job, plan: JobRun | null): Entry {
    const ended = Promise.withResolvers<Job>()
    const entry: Entry = {
      job,
      plan,
      fallback: null,
      rows: null,
      stop: new AbortController(),
      ended,
    }
    this.#all.set(job.id, entry)
    if (!isLive(job)) ended.resolve(job)
    return entry
  }

  /** The job of this key that waits or runs. */
  live(key: string): Entry | undefined {
    return [...this.#all.values()].find(({ job }) => job.key === key && isLive(job))
  }

  /** Jobs that nobody does any more; locks of processes that are gone are removed. */
  async abandoned(): Promise<Entry[]> {
    const left = [...this.#all.values()].filter(({ job, plan }) => isLive(job) && plan === null)
    const owners = new Set([...this.records.owners(), ...left.map(({ job }) => job.owner)])
    const alive = new Set<string | undefined>()
    for (const owner of owners) if (await this.#lives(owner)) alive.add(owner)
    return left.filter(({ job }) => !alive.has(job.owner))
  }

  /** Whether the process that a job belongs to still runs. */
  async #lives(owner: string | undefined): Promise<boolean> {
    if (owner === undefined) return false
    if (owner === this.#owner.id) return true
    try {
      return await ownerLives(this.records.folder, owner)
    } catch (error) {
      this.#log({ level: 'warning', event: 'job.owner_unknown', owner, error })
      return false
    }
  }

  /**
   * Says beside the records that this process lives; a disk that refuses costs that alone. Who asks
   * first is answered first.
   */
  claim(): Promise<void> {
    return (this.#claiming = this.#claiming.then(() => this.#claimOnce()))
  }

  async #claimOnce(): Promise<void> {
    try {
      await this.records.makeFolder()
      await this.#owner.claim()
    } catch (error) {
      this.#log({ level: 'warning', event: 'job.owner_unclaimed', error })
    }
  }

  /** Waits for the records, and says that this process does no more jobs. */
  async leave(): Promise<void> {
    await this.records.settled()
    try {
      await this.#owner.leave()
    } catch (error) {
      this.#log({ level: 'warning', event: 'job.owner_stays', error })
    }
  }

  /**
   * Looks again at jobs that are not this process's: how they stand in their records, and whether
   * anybody still does them.
   * @returns those that nobody does: they wait until somebody goes on with them
   */
  async refresh(): Promise<Entry[]> {
    const left: Entry[] = []
    for (const entry of this.#all.values()) {
      if (entry.plan !== null || !isLive(entry.job)) continue
      entry.job = this.records.read(entry.job.id) ?? entry.job
      if (!isLive(entry.job)) entry.ended.resolve(entry.job)
      else if (!(await this.#lives(entry.job.owner)) && isLeft(entry)) {
        entry.job = { ...entry.job, state: 'queued', stage: 'interrupted' }
        left.push(entry)
      }
    }
    return left
  }

  /** Keeps the last two hundred that have ended. */
  forgetOldest(): void {
    const ended = [...this.#all.values()].filter(({ job }) => !isLive(job))
    for (const { job } of ended.slice(0, Math.max(0, ended.length - KEPT_ENDED))) {
      this.#all.delete(job.id)
      void this.records.remove(job.id)
    }
  }

  /** @throws job.not_found */
  find(id: string): Entry {
    const entry = this.#all.get(id)
    if (!entry) throw new AppError('job.not_found', `There is no job ${id}`)
    return entry
  }

  /** Jobs, newest first. */
  list({ state, limit, offset }: JobQuery): JobPage {
    const jobs = [...this.#all.values()].map(({ job }) => job)
    const wanted = jobs.filter((job) => state === undefined || job.state === state).reverse()
    return { total: wanted.length, limit, offset, items: wanted.slice(offset, offset + limit) }
  }

  /**
   * A part of one list of a result, the longest where none is named; empty before the job's end.
   * @throws job.not_found, input.invalid for a list that the result has not
   */
  async items(id: string, { list, limit, offset }: ItemQuery): Promise<JobItems> {
    const { job, rows } = this.find(id)
    const totals = job.lists ?? {}
    const name = list ?? longest(totals)
    if (list !== undefined && !isLive(job) && !Object.hasOwn(totals, list)) {
      const names = Object.keys(totals).join(', ')
      throw new AppError('input.invalid', `The result of this job has no list "${list}"`, {
        hint: names === '' ? 'It has no lists.' : `It has: ${names}.`,
      })
    }
    const total = totals[name] ?? 0
    const count = Math.max(0, Math.min(limit, total - offset))
    const kept = rows?.[name]?.slice(offset, offset + count)
    const items =
      kept ??
      (count === 0
        ? []
        : await this.records.readItems(id, listOffset(totals, name) + offset, count))
    return { list: name, total, limit, offset, items }
  }

  /** How many run and wait, and of how many the disk did not take the record. */
  counts(): JobCounts {
    const jobs = [...this.#all.values()].map(({ job }) => job)
    return {
      running: jobs.filter(({ state }) => state === 'running').length,
      queued: jobs.filter(({ state }) => state === 'queued').length,
      unrecorded: jobs.filter(({ recorded }) => recorded === false).length,
    }
  }

  /** A job once it has ended, its result with all rows. @throws job.not_found, disk.* */
  async whole(id: string): Promise<Job> {
    const job = await this.find(id).ended.promise
    if (job.result === null) return job
    const result: Record<string, unknown> = { ...job.result }
    for (const [list, limit] of Object.entries(job.lists ?? {})) {
      result[list] = (await this.items(id, { list, limit, offset: 0 })).items
    }
    return { ...job, result }
  }
}

function longest(totals: Readonly<Record<string, number>>): string {
  const [first] = Object.entries(totals).sort(([, a], [, b]) => b - a)
  return first?.[0] ?? ''
}

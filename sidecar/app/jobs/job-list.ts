/** The jobs of a store: those of this process, and those in records. */
import { AppError } from '../../../schemas/errors.ts'
import type { Job, JobState } from '../../../schemas/jobs.ts'
import { isOpen, newEntry, shownOf, type Entry, type JobRun } from './job-model.ts'
import type { JobRecords } from './job-records.ts'

const MAX_ENDED = 200

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

/** How many jobs run, wait and are paused, and how many could not be recorded. */
export interface JobCounts {
  readonly running: number
  readonly queued: number
  readonly paused: number
  readonly unrecorded: number
}

/** All known jobs. Reads the records on the first request. */
export class JobList {
  readonly records: JobRecords
  #entries: Map<string, Entry> | null = null

  constructor(records: JobRecords) {
    this.records = records
  }

  /** All jobs, oldest first. */
  get #all(): Map<string, Entry> {
    if (this.#entries !== null) return this.#entries
    this.#entries = new Map()
    for (const job of this.records.readAll()) this.enter(job, null)
    this.forgetOldest()
    return this.#entries
  }

  /** All jobs, oldest first. */
  all(): readonly Entry[] {
    return [...this.#all.values()]
  }

  /** Jobs known so far, without reading the records. */
  known(): readonly Entry[] {
    return [...(this.#entries?.values() ?? [])]
  }

  /** Adds a job; the plan is null for a job of another process. */
  enter(job: Job, plan: JobRun | null): Entry {
    const entry = newEntry(job, plan)
    this.#all.set(job.id, entry)
    if (!isOpen(job)) entry.ended.resolve(job)
    return entry
  }

  /** The job of this key that has not ended, if any. */
  open(key: string): Entry | undefined {
    return this.all().find(({ job }) => job.key === key && isOpen(job))
  }

  /** Forgets all ended jobs but the last two hundred. */
  forgetOldest(): void {
    const ended = this.all().filter(({ job }) => !isOpen(job))
    for (const { job } of ended.slice(0, Math.max(0, ended.length - MAX_ENDED))) {
      this.#all.delete(job.id)
      void this.records.remove(job.id)
    }
  }

  /** @throws job.not_found */
  find(id: string): Entry {
    const entry = this.#all.get(id)
    if (!entry) throw new AppError('job.not_found', `No such job: ${id}`)
    return entry
  }

  /** Jobs, newest first. */
  list({ state, limit, offset }: JobQuery): JobPage {
    const jobs = this.all().map(shownOf)
    const wanted = jobs.filter((job) => state === undefined || job.state === state).reverse()
    return { total: wanted.length, limit, offset, items: wanted.slice(offset, offset + limit) }
  }

  /** Counts jobs by state, and those that could not be recorded. */
  counts(): JobCounts {
    const jobs = this.all().map(shownOf)
    const inState = (wanted: JobState) => jobs.filter(({ state }) => state === wanted).length
    return {
      running: inState('running'),
      queued: inState('queued'),
      paused: inState('paused'),
      unrecorded: jobs.filter(({ recorded }) => recorded === false).length,
    }
  }
}

/** What a job is to this process: how it is done, and where it stands. */
import type { Job } from '../../../schemas/jobs.ts'
import type { Work } from '../../domain/progress.ts'
import type { ResultLists } from './job-results.ts'

/** A record of plain values, such as a request or a result. */
export type Facts = Readonly<Record<string, unknown>>

/** `interactive`: the user waits for it; `idle`: the service started it. */
export type JobPriority = Job['priority']

/** What a job shares with few others, or with none. */
export interface JobNeeds {
  /** Whether it changes the store as a whole: one such job at a time. */
  readonly store?: boolean
  /** Absolute paths that it reads or writes much of: their disks take few jobs at a time. */
  readonly paths?: readonly string[]
}

/** How a job is done: what it needs, and the work itself. */
export interface JobRun {
  readonly needs: JobNeeds
  /** Gives the job's result. Must watch `work.signal`. */
  readonly run: (work: Work) => Promise<Facts>
  /** Rows of the result's lists that are shown before others, such as failures. */
  readonly important?: (row: unknown) => boolean
  /** False where it makes no sense later; else it may be stopped, and run again from its cursor. */
  readonly pausable?: boolean
  /** Whether it makes room for more urgent jobs while it is idle work: it goes on where it was. */
  readonly yields?: boolean
}

/** A job to be started. */
export interface JobPlan extends JobRun {
  /** `noun.verb`: import.files, inventory.verify, … */
  readonly kind: string
  /** The request; kind and request together say which job it is. */
  readonly request: Facts
  readonly actor: string
  /** `normal` where it is left out. */
  readonly priority?: JobPriority
  /** Throws what is known of the request before it is queued; not asked where the job goes on. */
  readonly check?: () => void | Promise<void>
}

/** For kinds whose work may be done again: makes the run again, for the one who asked first. */
export type Resumable = Readonly<Record<string, (request: Facts, actor: string) => JobRun>>

/** Why a job is to stop: for good, until it is resumed, for others, or since the service ends. */
export type StopReason = 'cancel' | 'pause' | 'yield' | 'leave'

/** A job, and what this process does for it. */
export interface Entry {
  job: Job
  /** Null for jobs of other processes. */
  plan: JobRun | null
  /** How this process would go on with another's job, since it was asked for the same. */
  fallback: JobRun | null
  /** The rows of the result where the disk did not take them. */
  rows: ResultLists | null
  /** Stops the run that goes on; made again for each. */
  stop: AbortController
  /** Why the run is to stop; null while nobody wants that. */
  stopping: StopReason | null
  /** Takes the job out of the lanes where it waits. */
  withdraw: () => void
  readonly ended: PromiseWithResolvers<Job>
}

/** Returns a job as this process first hears of it. */
export function newEntry(job: Job, plan: JobRun | null): Entry {
  return {
    job,
    plan,
    fallback: null,
    rows: null,
    stop: new AbortController(),
    stopping: null,
    withdraw: () => undefined,
    ended: Promise.withResolvers<Job>(),
  }
}

const OPEN: ReadonlySet<Job['state']> = new Set(['queued', 'running', 'paused'])

/** Reports whether a job has something to do, now or once it is resumed. */
export const isOpen = ({ state }: Job): boolean => OPEN.has(state)

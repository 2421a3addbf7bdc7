/** A job within this process: how it runs, and its state. */
import type { Job } from '../../../schemas/jobs.ts'
import type { Work } from '../../domain/progress.ts'
import type { ResultLists } from './job-results.ts'

/** A record of plain values, such as a request or a result. */
export type Facts = Readonly<Record<string, unknown>>

/** `interactive`: the user waits for it; `idle`: the service started it. */
export type JobPriority = Job['priority']

/** The resources that a job needs. */
export interface JobNeeds {
  /** True where it changes the store as a whole: only one such job runs at a time. */
  readonly store?: boolean
  /** Absolute paths that it reads or writes heavily: their disks take few jobs at a time. */
  readonly paths?: readonly string[]
}

/** How a job runs: what it needs, and the work itself. */
export interface JobRun {
  readonly needs: JobNeeds
  /** Does the work and returns the result. Must observe `work.signal`. */
  readonly run: (work: Work) => Promise<Facts>
  /** Rows of the result's lists that are shown before others, such as failures. */
  readonly important?: (row: unknown) => boolean
  /**
   * False where it makes no sense later; otherwise it may be stopped and resumed from its cursor.
   */
  readonly pausable?: boolean
  /** True where, as idle work, it yields to more urgent jobs and resumes where it was. */
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
  /** Throws for a request known to fail before it is queued; not called when the job is resumed. */
  readonly check?: () => void | Promise<void>
}

/** For kinds that can be repeated: recreates the run from its request, for the original actor. */
export type Resumable = Readonly<Record<string, (request: Facts, actor: string) => JobRun>>

/**
 * Why a job is to stop: for good, until it is resumed, to yield to others, or because the service
 * ends.
 */
export type StopReason = 'cancel' | 'pause' | 'yield' | 'leave'

/** A job, and its state in this process. */
export interface Entry {
  job: Job
  /** The job as others see it while its end is being recorded; null otherwise. */
  shown: Job | null
  /** Null for jobs of other processes. */
  plan: JobRun | null
  /** How this process would take over a job of another one, since the same was requested here. */
  fallback: JobRun | null
  /** The rows of the result if they could not be written. */
  rows: ResultLists | null
  /** Stops the current run; recreated for each run. */
  stop: AbortController
  /** Why the run is to stop; null where it is not. */
  stopping: StopReason | null
  /** Withdraws the job from the lanes where it waits. */
  withdraw: () => void
  readonly ended: PromiseWithResolvers<Job>
}

/** Returns the entry of a job that is new to this process. */
export function newEntry(job: Job, plan: JobRun | null): Entry {
  return {
    job,
    shown: null,
    plan,
    fallback: null,
    rows: null,
    stop: new AbortController(),
    stopping: null,
    withdraw: () => undefined,
    ended: Promise.withResolvers<Job>(),
  }
}

/** Returns a job as others may see it: ended only once that is recorded. */
export const shownOf = ({ shown, job }: Entry): Job => shown ?? job

const OPEN: ReadonlySet<Job['state']> = new Set(['queued', 'running', 'paused'])

/** Reports whether a job still has work to do, now or once it is resumed. */
export const isOpen = ({ state }: Job): boolean => OPEN.has(state)

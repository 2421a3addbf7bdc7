/** How work reports progress, makes checkpoints and is stopped. */
import { AppError } from '../../schemas/errors.ts'

/** The state of a job. */
export interface Progress {
  readonly stage: string
  readonly done: number
  readonly total: number | null
  readonly unit: 'bytes' | 'files' | 'blobs' | 'links' | 'steps'
}

/** A few plain values, at most 4 KiB as JSON, from which work can resume. */
export type Cursor = Readonly<Record<string, unknown>>

/** Rows of results by the name of their list. */
export type ResultRows = Readonly<Record<string, readonly unknown[]>>

/** The last checkpoint of earlier runs of the same work. */
export interface Kept {
  readonly cursor: Cursor
  /** All rows of all checkpoints up to the cursor, each list in its order. */
  readonly rows: ResultRows
}

/** The handle of a long use case. */
export interface Work {
  readonly signal: AbortSignal
  /** May be called at any rate. */
  readonly report: (progress: Progress) => void
  /** Where earlier runs of this work stopped; null for the first run. */
  readonly kept: Kept | null
  /**
   * Records that everything up to `cursor` is done and need not be repeated, with the rows of the
   * result since the previous checkpoint. May be called often: it is written periodically, and when
   * the work is stopped.
   */
  readonly checkpoint: (cursor: Cursor, rows?: ResultRows) => void
}

/** Work for an actor, who is named in its operations. */
export interface ActorWork extends Work {
  readonly actor: string
}

/** Work without progress and cancellation. */
export const quietWork: Work = {
  signal: new AbortController().signal,
  report: () => undefined,
  kept: null,
  checkpoint: () => undefined,
}

/** Throws if the work was cancelled. @throws job.cancelled */
export function checkCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('job.cancelled', 'Stopped on request')
}

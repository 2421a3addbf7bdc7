/** How work reports its progress, notes where it could go on, and hears that it shall stop. */
import { AppError } from '../../schemas/errors.ts'

/** The state of a job. */
export interface Progress {
  readonly stage: string
  readonly done: number
  readonly total: number | null
  readonly unit: 'bytes' | 'files' | 'blobs' | 'links' | 'steps'
}

/** A few plain values, at most 4 KiB as JSON, that say where work goes on. */
export type Cursor = Readonly<Record<string, unknown>>

/** Rows of results by the name of their list. */
export type ResultRows = Readonly<Record<string, readonly unknown[]>>

/** What earlier runs of the same work noted. */
export interface Kept {
  readonly cursor: Cursor
  /** All rows of all checkpoints up to the cursor, each list in its order. */
  readonly rows: ResultRows
}

/** Given to every long use case. */
export interface Work {
  readonly signal: AbortSignal
  /** May be called as often as one likes. */
  readonly report: (progress: Progress) => void
  /** Where earlier runs of this work were when they were stopped or killed; null for the first. */
  readonly kept: Kept | null
  /**
   * Notes that all up to `cursor` is done and need not be done again, with the rows of the result
   * since the checkpoint before. May be called often: it is written down now and then, and when the
   * work is stopped.
   */
  readonly checkpoint: (cursor: Cursor, rows?: ResultRows) => void
}

/** Work that is done for an actor, who is named in its operations. */
export interface ActorWork extends Work {
  readonly actor: string
}

/** Work that nobody watches and nobody stops. */
export const quietWork: Work = {
  signal: new AbortController().signal,
  report: () => undefined,
  kept: null,
  checkpoint: () => undefined,
}

/** Stops here if the work was cancelled. @throws job.cancelled */
export function checkCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('job.cancelled', 'Stopped on request')
}

/** How long work tells where it is, and hears that it shall stop. */
import { AppError } from '../../schemas/errors.ts'

/** Where long work stands. */
export interface Progress {
  readonly stage: string
  readonly done: number
  readonly total: number | null
  readonly unit: 'bytes' | 'files' | 'blobs' | 'links' | 'steps'
}

/** Given to every long use case. */
export interface Work {
  readonly signal: AbortSignal
  /** May be called as often as one likes. */
  readonly report: (progress: Progress) => void
}

/** Work that nobody watches and nobody stops. */
export const quietWork: Work = { signal: new AbortController().signal, report: () => undefined }

/** Stops here if the work was cancelled. @throws job.cancelled */
export function checkCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('job.cancelled', 'Stopped on request')
}

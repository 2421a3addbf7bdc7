/** The errors for parts of a store that are not connected. */
import { AppError } from '../../schemas/errors.ts'
import type { OfflinePart } from '../../schemas/store.ts'

/** Returns the part that a folder of a store belongs to. */
export function partOf(part: string | undefined): OfflinePart['part'] {
  return part === 'blobs' || part === 'state' ? part : 'data'
}

/** Returns the error for a store that was at `root` and is not there. */
export function absentError(root: string): AppError {
  return new AppError('store.absent', `The store at ${root} is missing`, {
    hint: 'Connect or mount its disk. `synapse init` makes a new, empty store there.',
  })
}

/** Returns one sentence on a part that is offline. */
export function offlineText({ path, reason }: OfflinePart): string {
  return `${path} is offline: ${reason}`
}

/** Returns the error for parts that are not connected. */
export function offlineError(offline: readonly OfflinePart[]): AppError {
  return new AppError('store.offline', offline.map(offlineText).join('; '), {
    hint: 'Connect or mount the disk; Synapse then continues by itself. If it is gone for good: `synapse init --new-parts`.',
    details: { offline },
  })
}

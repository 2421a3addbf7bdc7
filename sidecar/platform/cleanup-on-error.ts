/** Cleanup of half-written files. */
import * as calls from './disk-calls.ts'
import { diskErrorAt } from './disk-error.ts'

/** Removes one name; a missing name is not an error. @throws errors of the system */
export function unlinkIfExists(path: string): void {
  try {
    calls.unlink(path)
  } catch (error) {
    if (calls.errnoOf(error) !== 'ENOENT') throw error
  }
}

/**
 * Runs `write`; on failure removes the temporary file at `path`, if any, and throws the first
 * error, as {@link diskErrorAt} maps it.
 */
export async function cleanupOnError<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    try {
      unlinkIfExists(path)
    } catch {
      // The first error says more; `clean` finds what is left.
    }
    throw diskErrorAt(error, path)
  }
}

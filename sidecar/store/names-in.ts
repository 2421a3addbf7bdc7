/** Names in a folder. */
import fs from 'node:fs'
import { errnoOf } from '../platform/disk-calls.ts'

/**
 * Returns the names in a folder, sorted; none where there is no folder.
 * @throws errors of the system
 */
export function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).sort()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return []
    throw error
  }
}

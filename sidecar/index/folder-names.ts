/** Names in folders that may not exist. */
import fs from 'node:fs'
import { errnoOf } from '../platform/disk-calls.ts'

/** Returns the names in a folder; none where there is no folder. */
export function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return []
    throw error
  }
}

/** Files that were never finished, recognized by their names. */
import fs from 'node:fs'
import { join } from 'node:path'
import { ownerOf } from './temporary-names.ts'

/** A partial file. */
export interface PartialFile {
  readonly path: string
  readonly size_bytes: number
  readonly modified_ms: number
  /** Its change time: the modification time may be set before the file gets its name. */
  readonly changed_ms: number
  /** The process that made it; null where its name does not contain one. */
  readonly owner: string | null
}

/** Returns the entries of a folder; none where it is gone. */
export function entriesIn(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** Returns the partial files in a folder, by their names. */
export function partialsIn(folder: string, isPartial: (name: string) => boolean): PartialFile[] {
  return entriesIn(folder)
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && isPartial(entry.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      const stat = fs.lstatSync(path, { throwIfNoEntry: false })
      if (stat === undefined) return []
      const { size: size_bytes, mtimeMs: modified_ms, ctimeMs: changed_ms } = stat
      return [{ path, size_bytes, modified_ms, changed_ms, owner: ownerOf(entry.name) }]
    })
}

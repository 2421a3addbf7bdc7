/** Files that were never finished: what tells them from others is their name. */
import fs from 'node:fs'
import { join } from 'node:path'
import { ownerOf } from './temporary-names.ts'

/** A partial file. */
export interface PartialFile {
  readonly path: string
  readonly size_bytes: number
  readonly modified_ms: number
  /** When anything about it changed: its times may be set before it has its name. */
  readonly changed_ms: number
  /** The process that made it; null where its name tells none. */
  readonly owner: string | null
}

/** Returns what a folder holds; nothing where it is gone. */
export function entriesIn(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

/** Returns the partial files in a folder, as their names tell. */
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

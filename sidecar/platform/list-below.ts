/** Lists a folder recursively without following links, as Node's own recursive listing would. */
import fs from 'node:fs'
import { join } from 'node:path'

/** An entry below a folder. */
export interface EntryBelow {
  /** Absolute. */
  readonly path: string
  readonly name: string
  readonly kind: 'file' | 'folder' | 'link' | 'other'
}

function kindOf(entry: fs.Dirent): EntryBelow['kind'] {
  if (entry.isSymbolicLink()) return 'link'
  if (entry.isDirectory()) return 'folder'
  return entry.isFile() ? 'file' : 'other'
}

/**
 * Returns everything below a folder, each folder before its content; an empty list where there is
 * no folder.
 * @throws what listing a folder throws
 */
export function listBelow(folder: string): EntryBelow[] {
  if (fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    const found: EntryBelow = { path, name: entry.name, kind: kindOf(entry) }
    return found.kind === 'folder' ? [found, ...listBelow(path)] : [found]
  })
}

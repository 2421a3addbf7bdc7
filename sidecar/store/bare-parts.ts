/** Whether a part of a store holds anything at all: an abandoned mount point is empty. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { StorePaths } from './store-paths.ts'

/** Names that operating systems put into the root of a volume. */
const NOT_CONTENT = new Set([
  'lost+found',
  'System Volume Information',
  '$RECYCLE.BIN',
  '.Trashes',
  '.fseventsd',
  '.Spotlight-V100',
  '.DS_Store',
])

function contentOf(folder: string): string[] {
  if (!fs.existsSync(folder)) return []
  return fs.readdirSync(folder).filter((name) => !NOT_CONTENT.has(name))
}

/** Reports whether no file at all is in a folder; empty folders below it do not count. */
export function holdsNoFile(folder: string): boolean {
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false })
  if (stat?.isDirectory() !== true) return stat === undefined
  const entries = fs.readdirSync(folder, { withFileTypes: true })
  return entries.every((entry) => {
    if (NOT_CONTENT.has(entry.name)) return true
    return entry.isDirectory() && holdsNoFile(join(folder, entry.name))
  })
}

/** Reports whether `state/` holds nothing that a person or git would have put there. */
export function isBareState(paths: StorePaths): boolean {
  return contentOf(paths.state).every((name) =>
    ['packs', 'profiles'].includes(name)
      ? holdsNoFile(join(paths.state, name))
      : name.startsWith('.git'),
  )
}

/** Files that do not make a store: opening one, or starting to create one, leaves them. */
const SKELETON = /^(?:store\.lock|service\.lock|index\.sqlite)(?:-\w+)?$/u

/**
 * Reports whether `data/` holds nothing but the blobs, which are a part of their own, and empty
 * folders.
 */
export function isBareData(paths: StorePaths): boolean {
  return contentOf(paths.data).every(
    (name) => name === 'blobs' || SKELETON.test(name) || holdsNoFile(join(paths.data, name)),
  )
}

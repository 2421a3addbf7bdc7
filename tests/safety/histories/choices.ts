/** What is there to choose from: the numbers of a step pick a pack, a model, a link or a file. */
import { basename, join } from 'node:path'
import { digestAt, isTemporary, names, walk, type Entry } from '../seen.ts'
import type { Sandbox } from '../sandbox.ts'

/** Returns the one of a list that a number stands for; `otherwise` where the list is empty. */
export function choose<T>(list: readonly T[], number: number, otherwise: T): T {
  return list[number % list.length] ?? otherwise
}

/** Returns the digests of all models in `blobs/`, in order. */
export function blobsIn(root: string): string[] {
  const files = walk(join(root, 'data/blobs/sha256')).map((entry) => basename(entry.path))
  return files.filter((name) => /^[0-9a-f]{64}$/u.test(name)).sort()
}

/**
 * Files that are locked while they are open: who opens and closes one in the same process takes all
 * of its locks away.
 */
const LOCKED = /^(?:index\.sqlite|store\.lock)/u

/** Returns the digests of all files in the store: blobs, views, quarantine, trash. */
export function digestsInStore(root: string): Set<string> {
  const files = walk(join(root, 'data')).filter(
    (entry) => entry.kind === 'file' && !LOCKED.test(entry.path),
  )
  return new Set(files.map((entry) => digestAt(entry.absolute)))
}

/** Returns the user's own files. */
export function ownFiles(sandbox: Sandbox): Entry[] {
  return walk(sandbox.outside).filter((entry) => entry.kind === 'file' && !isTemporary(entry.path))
}

/** An entry of a view. */
export interface ViewEntry extends Pick<Entry, 'absolute' | 'kind'> {
  /** `<ui>/<profile>/<path in the view>`. */
  readonly at: string
}

/** Returns all that is in the views of all interfaces. */
export function viewEntries(root: string): ViewEntry[] {
  return names(join(root, 'data/views')).flatMap((ui) => {
    const profiles = join(root, 'data/views', ui, 'profiles')
    return walk(profiles).map(({ path, absolute, kind }) => ({
      at: `${ui}/${path}`,
      absolute,
      kind,
    }))
  })
}

/**
 * Reports whether an entry is in the making: nobody but the store touches what bears such a name.
 */
export const isInTheMaking = ({ at }: ViewEntry) => isTemporary(basename(at))

/** Returns the links in all views. */
export const linksIn = (root: string): ViewEntry[] =>
  viewEntries(root).filter((entry) => entry.kind === 'link' && !isInTheMaking(entry))

/** Returns the documents of the store, by absolute path. */
export function documentsIn(root: string): string[] {
  const state = walk(join(root, 'state')).map((entry) => entry.absolute)
  return [...state, join(root, 'data/runtime.json')].filter((path) => path.endsWith('.json'))
}

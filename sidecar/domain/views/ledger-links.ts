/** Cached facts about the links of a ledger. */
import type { KnownLink, KnownView } from '../../store/link-ledger.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import { blobOfTarget } from './inspect-path.ts'
import { folderOf } from './ui-layout.ts'

type Links = KnownView['links']

const inPlace = new WeakMap<Links, StorePaths>()

/**
 * Reports whether absolute links were made when the store was elsewhere; checked once per ledger.
 */
export function hasMoved(paths: StorePaths, links: Links): boolean {
  if (inPlace.get(links) === paths) return false
  for (const link of links.values()) {
    const isToBlob = link.form === 'absolute_symlink' && blobOfTarget(link.target) !== null
    if (isToBlob && link.target !== paths.blob(link.sha256)) return true
  }
  inPlace.set(links, paths)
  return false
}

/** Returns the links of a ledger by folder. */
export function groupByFolder(links: Links): ReadonlyMap<string, readonly KnownLink[]> {
  return Map.groupBy(links.values(), ({ path }) => folderOf(path))
}

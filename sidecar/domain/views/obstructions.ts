/** Finds what is in the way of links and folders of a view, and what that means for the plan. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { PlannedLink } from '../../../schemas/view-files.ts'
import { errnoOf } from '../../platform/disk-calls.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import { folderOf, parentsOf } from './ui-layout.ts'
import { inspectPath } from './inspect-path.ts'

/** Links to make, sorted by what is at their paths now. */
export interface SortedAdditions {
  /** The path is free. */
  readonly free: readonly PlannedLink[]
  /** Files with the text of a link, which it replaces. */
  readonly texts: readonly string[]
  /** Links for which a file of the blob's size stands in. */
  readonly copies: readonly PlannedLink[]
  /** Links whose path, or a folder above it, is taken by something foreign that stays. */
  readonly taken: readonly PlannedLink[]
  /** Links in whose way is a foreign file, where none of our links ever was. */
  readonly inTheWay: readonly PlannedLink[]
}

/** A view whose paths are inspected. */
export interface ViewPaths {
  readonly paths: StorePaths
  /** The folder of the view, absolute. */
  readonly root: string
  /** Paths where something replaced a link of ours: it is never in the way. */
  readonly replaced: ReadonlyMap<string, unknown>
}

/** Inspects the paths of links that a view should get. Changes nothing. */
export function sortAdditions(
  { paths, root, replaced }: ViewPaths,
  additions: readonly PlannedLink[],
): SortedAdditions {
  const isBlocked = blockedFolders(root)
  const byForm = Map.groupBy(additions, (link) => {
    if (isBlocked(folderOf(link.path))) return 'taken'
    const { kind } = inspectPath(paths, join(root, link.path), { sha256: link.sha256 })
    if (kind === 'folder') return 'taken'
    if (kind === 'foreign') return replaced.has(link.path) ? 'taken' : 'way'
    return kind === 'copy' || kind === 'text' ? kind : 'free'
  })
  const of = (form: 'free' | 'text' | 'copy' | 'taken' | 'way') => byForm.get(form) ?? []
  return {
    free: [...of('free'), ...of('text')],
    texts: of('text').map((link) => link.path),
    copies: of('copy'),
    taken: of('taken'),
    inTheWay: of('way'),
  }
}

/**
 * Returns a cached check whether a folder of a view in `root` cannot exist, because it, or one
 * above it, is a foreign file or link.
 */
export function blockedFolders(root: string): (folder: string) => boolean {
  const known = new Map<string, boolean>()
  const isTaken = (folder: string) => {
    const held = known.get(folder) ?? isNoFolder(join(root, folder))
    known.set(folder, held)
    return held
  }
  return (folder) => ['', ...parentsOf(folder), folder].some(isTaken)
}

function isNoFolder(path: string): boolean {
  try {
    const stat = fs.lstatSync(path, { throwIfNoEntry: false })
    return stat !== undefined && !stat.isDirectory()
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return true
    throw error
  }
}

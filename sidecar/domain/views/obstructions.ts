/** What stands where links or folders of a view must go, and what that means for the plan. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { PlannedLink } from '../../../schemas/view-files.ts'
import { errnoOf } from '../../platform/disk-calls.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import { folderOf, parentsOf } from './ui-layout.ts'
import { inspectPath } from './inspect-path.ts'

/** Links to make, sorted by what stands at their paths now. */
export interface SortedAdditions {
  /** Nothing is in the way. */
  readonly free: readonly PlannedLink[]
  /** The text of a link stands there and gives way to it. */
  readonly texts: readonly string[]
  /** A file of the blob's size stands in for the link. */
  readonly copies: readonly PlannedLink[]
  /** Something foreign stands there, or in the place of a folder above, and stays. */
  readonly taken: readonly PlannedLink[]
  /** A foreign file stands there where none of our links ever stood. */
  readonly inTheWay: readonly PlannedLink[]
}

/** A view whose paths are looked at. */
export interface ViewPaths {
  readonly paths: StorePaths
  /** The folder of the view, absolute. */
  readonly root: string
  /** Paths where something took the place of a link of ours: it is never in the way. */
  readonly replaced: ReadonlyMap<string, unknown>
}

/** Looks at the paths of links that a view should get. Changes nothing. */
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
 * Reports which folders of a view in `root` cannot be: because they, or one above them, are
 * a foreign file or link. Each is looked at once.
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

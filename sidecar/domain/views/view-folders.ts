/** The folders of a view: created on demand, removed if our removals left them empty. */
import fs from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../../platform/folders.ts'
import { removeEmptyFolder } from '../../platform/folders.ts'
import { ensureFolder } from '../../platform/folders.ts'
import { folderOf, parentsOf } from './ui-layout.ts'
import { blockedFolders } from './obstructions.ts'
import { pathTaken } from './path-taken.ts'
import type { ViewChange } from './view-change.ts'

/** Lists the folders that a change touches before any folder is created. */
export function foldersToTouch(change: ViewChange): Set<string> {
  const repointed = change.repoint.map((one) => one.link)
  const links = [...change.add, ...repointed, ...change.remove, ...change.track]
  const displaced = change.displaced.map((one) => one.path)
  const others = [...change.quarantine, ...change.leftovers, ...displaced]
  const paths = [...links.map((link) => link.path), ...others]
  const forgotten = change.forget.map((path) => nearestFolder(path, change.existing))
  return new Set([...paths.map(folderOf), ...forgotten, ...change.refreshMtimes])
}

/** The innermost folder above a path that is there. */
function nearestFolder(path: string, existing: ReadonlySet<string>): string {
  return parentsOf(path).findLast((folder) => existing.has(folder)) ?? ''
}

/**
 * Makes missing folders of the view in `root`; returns those whose content changed. The caller
 * flushes them.
 * @throws view.path_taken where something foreign is in the place of one
 */
export async function makeFolders(
  root: string,
  wanted: readonly string[],
  existing: ReadonlySet<string>,
): Promise<Set<string>> {
  const changed = new Set<string>()
  if (!existing.has('')) {
    await ensureFolder(root)
    changed.add('')
  }
  const isBlocked = blockedFolders(root)
  const all = new Set(wanted.flatMap((path) => [...parentsOf(path), path]))
  for (const path of [...all].sort()) {
    if (path === '' || existing.has(path)) continue
    if (isBlocked(path)) throw pathTaken(join(root, path))
    if (!makeFolder(join(root, path)) && !fs.lstatSync(join(root, path)).isDirectory()) {
      throw pathTaken(join(root, path))
    }
    changed.add(path)
    changed.add(folderOf(path))
  }
  return changed
}

/**
 * Removes folders below those of the layout that our removals left empty; returns the removed ones.
 */
export function dropEmptyFolders(root: string, { folders, remove }: ViewChange): Set<string> {
  const kept = new Set(folders.flatMap((path) => [...parentsOf(path), path]))
  const candidates = remove.flatMap((link) => parentsOf(link.path))
  const gone = new Set<string>()
  for (const path of [...new Set(candidates)].sort().reverse()) {
    if (!kept.has(path) && removeEmptyFolder(join(root, path))) gone.add(path)
  }
  return gone
}

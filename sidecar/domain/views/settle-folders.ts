/** Ends a change of a view: each touched folder gets its own mtime, which is recorded. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LinkRecord } from '../../../schemas/records.ts'
import { isAsideName } from '../../platform/aside-name.ts'
import { atOnce } from '../../platform/at-once.ts'
import { isTemporaryName } from '../../platform/temporary-names.ts'
import { flushFolder } from '../../platform/folders.ts'
import { diskErrorAt } from '../../platform/disk-error.ts'
import { identityAt } from '../../platform/file-identity.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { setFolderTime } from './folder-times.ts'
import { folderOf } from './ui-layout.ts'
import { allocateMtimes } from './mtimes.ts'
import type { ViewChange } from './view-change.ts'

/** How many folders are flushed at once: as many as there are I/O threads. */
const FLUSHES = 4

/** Folders of a view after its links were changed. */
interface ChangedFolders {
  readonly touched: ReadonlySet<string>
  readonly gone: ReadonlySet<string>
}

/**
 * Gives each changed folder a fresh mtime, flushes its names with that, and only then records it: a
 * folder without our mtime was interrupted by a crash.
 * @throws disk.*
 */
export async function settleFolders(
  tx: StoreTx,
  change: ViewChange,
  { touched, gone }: ChangedFolders,
): Promise<void> {
  const root = tx.paths.view(change.ui, change.profile)
  const all = new Set([...touched, ...[...gone].map(folderOf)])
  const folders = [...all].filter((path) => !gone.has(path)).sort()
  const mtimes = await allocateMtimes(tx, tx.linkStyle(change.ui).mtimeStep, folders.length)
  const settled = folders.map((path, index) => ({ path, at: mtimes[index] ?? 0 }))
  const isOurs = ownPaths(tx, change, folders)
  for (const { path, at } of settled) setFolderTime(join(root, path), at)
  const records = await atOnce(settled, FLUSHES, async ({ path, at }): Promise<LinkRecord> => {
    const folder = join(root, path)
    await flushFolder(folder)
    const others = await othersIn(folder, path, isOurs)
    return { op: 'stamp', path, at, ...inodeOf(folder), others }
  })
  const removed = change.remove.map((link): LinkRecord => ({ op: 'remove', path: link.path }))
  await tx.recordLinks(change.ui, change.profile, [...removed, ...records])
  await tx.compactLinks(change.ui, change.profile)
}

/** Returns a check whether a path in a view is a link of ours, or a folder with our mtime. */
function ownPaths(
  tx: StoreTx,
  { ui, profile, remove }: ViewChange,
  settled: readonly string[],
): (path: string) => boolean {
  const known = tx.knownView(ui, profile)
  const removed = new Set(remove.map((link) => link.path))
  const folders = new Set([...settled, ...(known?.mtimes.keys() ?? [])])
  return (path) => (known?.links.has(path) === true && !removed.has(path)) || folders.has(path)
}

/**
 * Foreign names in a folder of a view. Listed after the folder got its mtime: later additions
 * change that.
 */
async function othersIn(
  folder: string,
  path: string,
  isOurs: (path: string) => boolean,
): Promise<string[]> {
  const prefix = path === '' ? '' : `${path}/`
  return (await namesIn(folder))
    .filter((name) => !isOurs(prefix + name) && !isTemporaryName(name) && !isAsideName(name))
    .sort()
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    throw diskErrorAt(error, folder)
  }
}

function inodeOf(path: string): { readonly ino?: string } {
  const identity = identityAt(path)
  return identity === null || identity.ino === 0n ? {} : { ino: String(identity.ino) }
}

/**
 * Foreign files of a view that a killed process had renamed aside in the moment in which they took
 * the name of a link: see `removeIf`.
 */
import { basename, join } from 'node:path'
import { isAsideName } from '../../platform/aside-name.ts'
import { removeName } from '../../platform/disk.ts'
import { putBack } from '../../platform/remove-duplicate.ts'
import { isTemporaryName } from '../../platform/temporary-names.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { moveToQuarantine } from './quarantine.ts'
import { removeOwn } from './remove-own.ts'

/** A foreign file or folder at the path `aside` in a view that was at `path`. */
export interface DisplacedFile {
  readonly aside: string
  readonly path: string
}

/**
 * Gives displaced files their names back; one whose name was taken again is moved to quarantine.
 * @param root of the view
 * @returns what was moved to quarantine, relative to the store's root
 * @throws disk.*
 */
export async function restoreDisplaced(
  tx: StoreTx,
  root: string,
  displaced: readonly DisplacedFile[],
): Promise<string[]> {
  const quarantined: string[] = []
  for (const { aside, path } of displaced) {
    if (putBack(join(root, aside), join(root, path))) continue
    const moved = await moveToQuarantine(tx, join(root, aside), join(root, path))
    if (moved !== null) quarantined.push(moved)
  }
  return quarantined
}

/**
 * Removes what a scan found to be a leftover of ours: a temporary link, one that was renamed aside,
 * or the text of a link.
 * @param path absolute
 * @throws disk.*
 */
export async function removeLeftover(tx: StoreTx, path: string): Promise<void> {
  const name = basename(path)
  // Other programs do not use these names.
  if (isTemporaryName(name) || isAsideName(name)) await removeName(path, false)
  else await removeOwn(tx.paths, path, null)
}

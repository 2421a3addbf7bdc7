/**
 * Foreign files of a view that a killed process had renamed aside in the moment in which they took
 * the name of a link: see `removeIf`.
 */
import { join } from 'node:path'
import { putBack } from '../../platform/remove-duplicate.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { moveToQuarantine } from './quarantine.ts'

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

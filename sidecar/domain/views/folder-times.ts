/** Whether a folder of a view is as it was left: told by its modification time and its inode. */
import type { Stats } from 'node:fs'
import type { KnownView } from '../../store/link-ledger.ts'

/** Times are set in whole steps of the volume, and read back as fractions of two. */
const TOLERANCE_MS = 0.01

/**
 * Reports whether a folder has the modification time that we gave it. Who changes it sets both of its
 * times to that moment, which may be just the one that we chose; our own lie ahead of the change time.
 */
function hasExpectedMtime({ mtimeMs, ctimeMs }: Stats, expected: number): boolean {
  const isClose = (a: number, b: number) => Math.abs(a - b) < TOLERANCE_MS
  return isClose(mtimeMs, expected) && !isClose(mtimeMs, ctimeMs)
}

/** Reports whether a folder of a view holds what its ledger says. */
export function isUnchanged(known: KnownView, folder: string, stat: Stats): boolean {
  if (known.others.get(folder) === undefined) return false
  const expected = known.stamps.get(folder) ?? 0
  return hasExpectedMtime(stat, expected) && isSameFolder(stat, known.inodes.get(folder))
}

/**
 * Reports whether a folder is the one that was recorded: a copy of a folder has its time too.
 * Inodes that a double cannot hold tell nothing.
 */
export function isSameFolder({ ino }: Pick<Stats, 'ino'>, recorded: string | undefined): boolean {
  return recorded === undefined || !Number.isSafeInteger(ino) || String(ino) === recorded
}

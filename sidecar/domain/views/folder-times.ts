/** Whether a folder of a view is as it was left: told by its modification time and its inode. */
import fs, { type Stats } from 'node:fs'
import { setModified } from '../../platform/disk.ts'
import type { KnownView } from '../../store/link-ledger.ts'

/** Times are set in whole steps of the volume, and read back as fractions of two. */
const TOLERANCE_MS = 0.01

/** A clock of a file system that counts in ticks stands still for at most so long. */
const TICK_MS = 5

const isClose = (a: number, b: number) => Math.abs(a - b) < TOLERANCE_MS

/** Reports whether a folder's modification time is the moment of its last change, as changes set it. */
const isMomentOfChange = ({ mtimeMs, ctimeMs }: Stats) => isClose(mtimeMs, ctimeMs)

/**
 * Reports whether a folder has the modification time that we gave it. Who changes it sets both of its
 * times to that moment, which may be just the one that we chose; ours is never that moment.
 */
function hasExpectedMtime(stat: Stats, expected: number): boolean {
  return isClose(stat.mtimeMs, expected) && !isMomentOfChange(stat)
}

/**
 * Gives a folder a modification time, again where that was the very moment in which it got it. A
 * volume that keeps one time for both is left as it is.
 * @param at milliseconds since 1970
 * @throws disk.*
 */
export function setFolderTime(folder: string, at: number): void {
  const until = performance.now() + TICK_MS
  let stat: Stats | undefined
  do {
    setModified(folder, at)
    stat = fs.lstatSync(folder, { throwIfNoEntry: false })
  } while (stat !== undefined && isMomentOfChange(stat) && performance.now() < until)
}

/** Reports whether a folder of a view holds what its ledger says. */
export function isUnchanged(known: KnownView, folder: string, stat: Stats): boolean {
  if (known.others.get(folder) === undefined) return false
  const expected = known.mtimes.get(folder) ?? 0
  return hasExpectedMtime(stat, expected) && isSameFolder(stat, known.inodes.get(folder))
}

/**
 * Reports whether a folder is the one that was recorded: a copy of a folder has its time too.
 * Inodes that a double cannot hold tell nothing.
 */
export function isSameFolder({ ino }: Pick<Stats, 'ino'>, recorded: string | undefined): boolean {
  return recorded === undefined || !Number.isSafeInteger(ino) || String(ino) === recorded
}

/** Whether a folder of a view is unchanged since we left it: by its mtime and its inode. */
import fs, { type Stats } from 'node:fs'
import { setModified } from '../../platform/disk.ts'
import type { KnownView } from '../../store/link-ledger.ts'

/** Times are set in whole steps of the volume, and read back as binary fractions. */
const TOLERANCE_MS = 0.01

/** The longest tick of a file system's clock. */
const TICK_MS = 5

const isClose = (a: number, b: number) => Math.abs(a - b) < TOLERANCE_MS

/** Reports whether a folder's mtime equals its change time, as after a change of its names. */
const isMomentOfChange = ({ mtimeMs, ctimeMs }: Stats) => isClose(mtimeMs, ctimeMs)

/**
 * Reports whether a folder has the mtime that we gave it. A change sets both mtime and change time
 * to its own time, which may happen to be the one we chose; our mtime never equals the change time.
 */
function hasExpectedMtime(stat: Stats, expected: number): boolean {
  return isClose(stat.mtimeMs, expected) && !isMomentOfChange(stat)
}

/**
 * Sets the mtime of a folder, and sets it again if it happened to equal the change time. A volume
 * with a single time for both is accepted.
 * @param at milliseconds since 1970
 * @throws disk.*
 */
export function setFolderTime(folder: string, at: number): void {
  const until = performance.now() + TICK_MS
  for (let began = 0; began < until;) {
    // The last attempt begins a tick later, however long the process had to wait in between.
    began = performance.now()
    setModified(folder, at)
    const stat = fs.lstatSync(folder, { throwIfNoEntry: false })
    if (stat === undefined || !isMomentOfChange(stat)) return
  }
}

/** Reports whether a folder of a view is as its ledger says. */
export function isUnchanged(known: KnownView, folder: string, stat: Stats): boolean {
  if (known.others.get(folder) === undefined) return false
  const expected = known.mtimes.get(folder) ?? 0
  return hasExpectedMtime(stat, expected) && isSameFolder(stat, known.inodes.get(folder))
}

/**
 * Reports whether a folder is the recorded one: a copy has the same mtime. Inodes beyond the range
 * of a double are not compared.
 */
export function isSameFolder({ ino }: Pick<Stats, 'ino'>, recorded: string | undefined): boolean {
  return recorded === undefined || !Number.isSafeInteger(ino) || String(ino) === recorded
}

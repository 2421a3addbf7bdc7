/** The reserve of a store: a file that is given up when a full disk hinders freeing space. */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { replaceFile } from '../platform/disk.ts'
import { errnoOf, truncate, unlink } from '../platform/disk-calls.ts'
import { isOtherVolume } from '../platform/folder-pairs.ts'
import type { StorePaths } from './store-paths.ts'

const RESERVE_BYTES = 16 * 1024 * 1024
/** Free space from which on the whole reserve is made. */
const PLENTY_BYTES = 1024 ** 3
/** On a smaller disk it is this share of what is free, if that is worth a file. */
const SHARE = 64
const LEAST_BYTES = 128 * 1024
const READ_ONLY = 0o444

/** Where reserves lie: one on each volume on which deleting has to write. */
function reservesOf(paths: StorePaths): string[] {
  const blobs = join(paths.data, 'blobs')
  const elsewhere = fs.existsSync(blobs) && isOtherVolume(paths.data, blobs)
  return [paths.reserve, ...(elsewhere ? [join(blobs, '.reserve')] : [])]
}

/**
 * Gives the reserve up: it is cut first, which frees its bytes also where its name cannot go.
 * @returns false where there was none
 */
export function giveUpReserve(paths: StorePaths): boolean {
  return reservesOf(paths).filter(giveUp).length > 0
}

function giveUp(path: string): boolean {
  try {
    truncate(path, 0)
    unlink(path)
    return true
  } catch (error) {
    return errnoOf(error) !== 'ENOENT' && fs.statSync(path).size === 0
  }
}

/** The size that a reserve in a folder should have now; 0 for none. */
function wantedBytes(folder: string): number {
  const { bavail, bsize, blocks } = fs.statfsSync(folder)
  if (bavail * bsize >= PLENTY_BYTES) return RESERVE_BYTES
  if (blocks * bsize >= PLENTY_BYTES) return 0
  const share = Math.floor((bavail * bsize) / SHARE)
  return share < LEAST_BYTES ? 0 : share
}

/**
 * Makes the reserve where there is none and the disk has room enough: 16 MiB of at least 1 GiB
 * free, or a share of a volume that is smaller than that. Random bytes, which no file system makes
 * smaller. Never fails: the next change tries again.
 */
export async function keepReserve(paths: StorePaths): Promise<void> {
  for (const path of reservesOf(paths)) {
    try {
      const there = fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0
      const wanted = there === RESERVE_BYTES ? 0 : wantedBytes(dirname(path))
      // A small one is made once; it grows where the disk has become a big one.
      if (wanted === 0 || (there > 0 && wanted < RESERVE_BYTES)) continue
      await replaceFile(path, randomBytes(wanted), READ_ONLY)
    } catch {
      // A reserve that cannot be made hinders no change.
    }
  }
}

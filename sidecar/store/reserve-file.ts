/** The reserve of a store: a file that is given up when a full disk prevents freeing space. */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { replaceFile } from '../platform/disk.ts'
import { errnoOf, truncate, unlink } from '../platform/disk-calls.ts'
import { isOtherVolume } from '../platform/folder-pairs.ts'
import type { StorePaths } from './store-paths.ts'

const RESERVE_BYTES = 16 * 1024 * 1024
/** The free space from which the full reserve is made. */
const PLENTY_BYTES = 1024 ** 3
/** On a smaller disk the reserve is the free space divided by this, if that is worth a file. */
const SHARE = 64
const LEAST_BYTES = 128 * 1024
const READ_ONLY = 0o444

/** The reserves: one on each volume on which deleting has to write. */
function reservesOf(paths: StorePaths): string[] {
  const blobs = join(paths.data, 'blobs')
  const elsewhere = fs.existsSync(blobs) && isOtherVolume(paths.data, blobs)
  return [paths.reserve, ...(elsewhere ? [join(blobs, '.reserve')] : [])]
}

/**
 * Gives up the reserve: it is truncated first, which frees its bytes even if its name cannot be
 * removed.
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

/** The size that the reserve in a folder should have now; 0 for none. */
function wantedBytes(folder: string): number {
  const { bavail, bsize, blocks } = fs.statfsSync(folder)
  if (bavail * bsize >= PLENTY_BYTES) return RESERVE_BYTES
  if (blocks * bsize >= PLENTY_BYTES) return 0
  const share = Math.floor((bavail * bsize) / SHARE)
  return share < LEAST_BYTES ? 0 : share
}

/**
 * Makes the reserve if it is missing and the disk has enough free space: 16 MiB of at least 1 GiB
 * free, or a share of less. Random bytes, which no file system compresses. Never fails: the next
 * change tries again.
 */
export async function keepReserve(paths: StorePaths): Promise<void> {
  for (const path of reservesOf(paths)) {
    try {
      const there = fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0
      const wanted = there === RESERVE_BYTES ? 0 : wantedBytes(dirname(path))
      // A small reserve is made once; it grows when the disk has become a big one.
      if (wanted === 0 || (there > 0 && wanted < RESERVE_BYTES)) continue
      await replaceFile(path, randomBytes(wanted), READ_ONLY)
    } catch {
      // A reserve that cannot be made blocks no change.
    }
  }
}

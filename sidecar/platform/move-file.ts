/** Moves without overwriting, within a volume. */
import { dirname } from 'node:path'
import * as calls from './disk-calls.ts'
import { diskErrorAt } from './disk-error.ts'
import { ensureFolder, flushFolder } from './folders.ts'
import { nameTaken } from './name-taken.ts'
import { putBack } from './remove-duplicate.ts'
import { removeIf } from './remove-if.ts'
import { retryWhileBusy } from './retry-while-busy.ts'
import type { SeenFile } from '../../schemas/records.ts'
import {
  type NumericSeenFile,
  identityAt,
  isOneFile,
  isUnchanged,
  sourceChanged,
} from './file-identity.ts'

/**
 * Answers of `link` after which `rename` may still work. `EXDEV` is among them: pooled and layered
 * volumes refuse links between folders in which they rename.
 */
const NO_HARD_LINKS = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EACCES',
  'EXDEV',
])

/**
 * Gives the flushed file at `from` the name `path` without overwriting, and flushes its folder.
 * Where the volume has no hard links, the caller's store lock makes "absent, then rename" safe.
 * @param aside set where other programs may write to `from`: see {@link removeIf}
 * @returns false where `path` exists; then `from` is unchanged
 * @throws disk.*, EXDEV
 */
export async function linkExclusive(from: string, path: string, aside?: string): Promise<boolean> {
  try {
    calls.hardLink(from, path)
  } catch (error) {
    const errno = calls.errnoOf(error)
    if (errno === 'EEXIST') return false
    if (!NO_HARD_LINKS.has(errno)) throw diskErrorAt(error, path)
    if (nameTaken(path)) return false
    await retryWhileBusy(path, () => {
      calls.rename(from, path)
    })
    await flushFolder(dirname(path))
    return true
  }
  await flushFolder(dirname(path))
  if (aside !== undefined) {
    await removeIf({ path: from, aside, isMeant: (at) => isOneFile(at, path) })
    return true
  }
  await retryWhileBusy(from, () => {
    calls.unlink(from)
  })
  return true
}

/**
 * Moves a file within its volume without overwriting; both folders are flushed.
 * @param aside set where other programs may write to `from`: see {@link removeIf}
 * @returns false where `path` exists; then nothing changed
 * @throws disk.*, EXDEV across volumes
 */
export async function moveFile(from: string, path: string, aside?: string): Promise<boolean> {
  await ensureFolder(dirname(path))
  const moved = await linkExclusive(from, path, aside)
  if (moved) await flushFolder(dirname(from))
  return moved
}

/** A file to be moved, as it was read. Paths are absolute. */
export interface FileToTake {
  readonly from: string
  readonly path: string
  readonly seen: SeenFile | NumericSeenFile
  /** The name beside `from` under which it is looked at again; undefined in folders of ours. */
  readonly aside: string | undefined
}

/**
 * Renames a file to a free name (the caller's lock makes that safe); both folders are flushed.
 * Another file that is there by then keeps its name, or gets `aside` where that was taken again: it
 * is never at `path`.
 * @returns false where `path` exists
 * @throws import.source_changed, disk.*, EXDEV
 */
export async function takeFile({ from, path, seen, aside = path }: FileToTake): Promise<boolean> {
  await ensureFolder(dirname(path))
  if (nameTaken(path)) return false
  await retryWhileBusy(from, () => {
    calls.rename(from, aside)
  })
  try {
    const taken = identityAt(aside)
    if (taken === null || !isUnchanged(taken, seen)) throw sourceChanged(from)
    if (aside !== path) {
      await retryWhileBusy(path, () => {
        calls.rename(aside, path)
      })
    }
  } catch (error) {
    putBack(aside, from)
    throw error
  }
  await flushFolder(dirname(path))
  await flushFolder(dirname(from))
  return true
}

/**
 * Renames a folder to a free name (the caller's lock makes that safe); both parents are flushed.
 * @throws disk.*, EXDEV
 */
export async function moveFolder(from: string, path: string): Promise<void> {
  await retryWhileBusy(path, () => {
    calls.rename(from, path)
  })
  await flushFolder(dirname(path))
  await flushFolder(dirname(from))
}

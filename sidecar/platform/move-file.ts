/** Moves without overwriting, within a volume. */
import fs from 'node:fs'
import { dirname } from 'node:path'
import * as calls from './disk-calls.ts'
import { diskErrorAt } from './disk-error.ts'
import { ensureFolder, flushFolder } from './folders.ts'
import { retryWhileBusy } from './retry-while-busy.ts'
import type { SeenFile } from '../../schemas/records.ts'
import { type NumericSeenFile, identityAt, isUnchanged, sourceChanged } from './file-identity.ts'

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
 * @returns false where `path` exists; then `from` is unchanged
 * @throws disk.*, EXDEV
 */
export async function linkExclusive(from: string, path: string): Promise<boolean> {
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
  await retryWhileBusy(from, () => {
    calls.unlink(from)
  })
  return true
}

/** Reports whether anything has this name, even a broken link. */
export function nameTaken(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/**
 * Moves a file within its volume without overwriting; both folders are flushed.
 * @returns false where `path` exists; then nothing changed
 * @throws disk.*, EXDEV across volumes
 */
export async function moveFile(from: string, path: string): Promise<boolean> {
  await ensureFolder(dirname(path))
  const moved = await linkExclusive(from, path)
  if (moved) await flushFolder(dirname(from))
  return moved
}

/**
 * Renames the file at `from`, which was `seen`, to a free name (the caller's lock makes that safe);
 * both folders are flushed. If another file was there at that moment, its name is restored.
 * @returns false where `path` exists
 * @throws import.source_changed, disk.*, EXDEV
 */
export async function takeFile(
  from: string,
  path: string,
  seen: SeenFile | NumericSeenFile,
): Promise<boolean> {
  await ensureFolder(dirname(path))
  if (nameTaken(path)) return false
  await retryWhileBusy(from, () => {
    calls.rename(from, path)
  })
  const taken = identityAt(path)
  if (taken === null || !isUnchanged(taken, seen)) {
    if (!nameTaken(from)) calls.rename(path, from)
    throw sourceChanged(from)
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

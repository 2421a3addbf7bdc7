/**
 * The six ways to write: replace a file, publish once, flip a link, append a line, move without
 * overwriting, remove one name. Nothing else in the program changes a disk.
 */
import fs from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SeenFile } from '../../schemas/records.ts'
import * as calls from './disk-calls.ts'
import { diskErrorAt } from './disk-error.ts'
import { settleLastLine } from './last-line.ts'
import { identityAt, isUnchanged, sourceChanged, type NumericSeenFile } from './file-identity.ts'
import { busyErrnos } from './system.ts'
import { requireMayMake } from './folder-guards.ts'
import { temporaryBeside } from './temporary-names.ts'

export { isTemporaryName, temporaryBeside } from './temporary-names.ts'

const BUSY_PATIENCE_MS = 5000
const BUSY_PAUSE_MS = 50

/**
 * Makes a call that another program's open file may hinder: repeats it for five seconds.
 * @throws disk.* as {@link diskErrorAt}
 */
async function retryWhileBusy<T>(path: string, call: () => T): Promise<T> {
  const until = performance.now() + BUSY_PATIENCE_MS
  for (;;) {
    try {
      return call()
    } catch (error) {
      const again = busyErrnos.has(calls.errnoOf(error)) && performance.now() < until
      if (!again) throw diskErrorAt(error, path)
      await sleep(BUSY_PAUSE_MS)
    }
  }
}

/**
 * Makes `path` a folder, with those above it; each new name is flushed. What exists stays.
 * @throws disk.*, and what guards its place: see {@link requireMayMake}
 */
export async function ensureFolder(path: string): Promise<void> {
  if (fs.existsSync(path)) return
  requireMayMake(path)
  const parent = dirname(path)
  if (parent !== path) await ensureFolder(parent)
  try {
    calls.makeFolder(path)
  } catch (error) {
    if (calls.errnoOf(error) !== 'EEXIST') throw diskErrorAt(error, path)
  }
  await flushFolder(parent)
}

async function writeWhole(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const file = calls.createFile(path, mode)
  try {
    calls.writeBytes(file, bytes, 0)
    await calls.flushFile(file)
  } finally {
    calls.closeFile(file)
  }
}

function unlinkIfExists(path: string): void {
  try {
    calls.unlink(path)
  } catch (error) {
    if (calls.errnoOf(error) !== 'ENOENT') throw error
  }
}

/**
 * Runs `write`; where it fails, removes the temporary file at `path` if it is there and throws the
 * first error, told as {@link diskErrorAt} says.
 */
async function cleanupOnError<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    try {
      unlinkIfExists(path)
    } catch {
      // The first error says more; `clean` finds what is left.
    }
    throw diskErrorAt(error, path)
  }
}

/**
 * Replaces a file atomically: after a crash either the old or the new bytes stand there, whole.
 * @throws disk.*
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content
  const temporary = temporaryBeside(path)
  await cleanupOnError(temporary, async () => {
    await writeWhole(temporary, bytes, mode)
    await retryWhileBusy(path, () => {
      calls.rename(temporary, path)
    })
    await flushFolder(dirname(path))
  })
}

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
 * @returns false where something stands at `path`; then `from` is left as it is
 * @throws disk.*, EXDEV
 */
async function linkExclusive(from: string, path: string): Promise<boolean> {
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

/** Reports whether anything, be it a broken link, bears this name. */
export function nameTaken(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/**
 * Publishes a whole, flushed temporary file under its final name, once; the temporary name is gone
 * afterwards in either case. Needs the store lock.
 * @returns false where the final name existed already
 * @throws disk.*
 */
export async function publishOnce(temporary: string, path: string): Promise<boolean> {
  await ensureFolder(dirname(path))
  const published = await linkExclusive(temporary, path)
  if (!published) await removeName(temporary, false)
  return published
}

/**
 * Writes a small file that never changes: publishes `content` at `path` unless a file is there.
 * @returns false where the name existed already
 * @throws disk.*
 */
export async function writeOnce(path: string, content: string, mode = 0o644): Promise<boolean> {
  if (nameTaken(path)) return false
  await ensureFolder(dirname(path))
  const temporary = temporaryBeside(path)
  return cleanupOnError(temporary, async () => {
    await writeWhole(temporary, Buffer.from(content, 'utf8'), mode)
    return publishOnce(temporary, path)
  })
}

/**
 * Points the link at `path` to `target` in one step; makes it where there is none.
 * @throws disk.*
 */
export async function flipLink(
  target: string,
  path: string,
  type: calls.SymlinkType = 'dir',
): Promise<void> {
  await renameLink(prepareLink(target, path, type), path)
}

/** Makes a temporary link beside `path` that {@link renameLink} later puts in place. */
export function prepareLink(target: string, path: string, type: calls.SymlinkType): string {
  const temporary = temporaryBeside(path)
  try {
    calls.symlink(target, temporary, type)
  } catch (error) {
    throw diskErrorAt(error, path)
  }
  return temporary
}

/**
 * Puts a prepared link in place, and flushes its folder unless told to leave that to the caller;
 * on failure the temporary link is removed.
 */
export async function renameLink(temporary: string, path: string, flush = true): Promise<void> {
  await cleanupOnError(temporary, async () => {
    await retryWhileBusy(path, () => {
      calls.rename(temporary, path)
    })
    if (flush) await flushFolder(dirname(path))
  })
}

/**
 * Appends whole lines to a file and flushes it. A last line without newline is completed first where
 * it is whole JSON, else cut, and `onUnfinishedLine` tells; after a failure none of `lines`
 * stands there, as far as the disk still lets itself be cut.
 * @throws disk.*
 */
export async function appendLines(path: string, lines: string): Promise<void> {
  await ensureFolder(dirname(path))
  try {
    settleLastLine(path)
    const file = calls.openForAppend(path)
    try {
      await appendOrTruncate(file, Buffer.from(lines, 'utf8'))
    } finally {
      calls.closeFile(file)
    }
    if (file.created) await flushFolder(dirname(path))
  } catch (error) {
    throw diskErrorAt(error, path)
  }
}

async function appendOrTruncate(
  file: calls.OpenFile & { readonly size: number },
  bytes: Uint8Array,
): Promise<void> {
  try {
    calls.writeBytes(file, bytes, file.size)
    await calls.flushFile(file)
  } catch (error) {
    try {
      calls.truncate(file.path, file.size)
    } catch {
      // The first error says more; a torn line is cut by the next append.
    }
    throw error
  }
}

/**
 * Moves a file within its volume without overwriting; both folders are flushed.
 * @returns false where something stands at `path`; then nothing changed
 * @throws disk.*, EXDEV where the two lie on different volumes
 */
export async function moveFile(from: string, path: string): Promise<boolean> {
  await ensureFolder(dirname(path))
  const moved = await linkExclusive(from, path)
  if (moved) await flushFolder(dirname(from))
  return moved
}

/**
 * Renames the file at `from`, which was `seen`, to a name that is free (the caller's lock makes that
 * safe); both folders are flushed. Where another file was there in that moment, it has its name
 * again.
 * @returns false where something stands at `path`
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
 * Renames a folder to a name that is free (the caller's lock makes that safe); both parents are
 * flushed.
 * @throws disk.*, EXDEV
 */
export async function moveFolder(from: string, path: string): Promise<void> {
  await retryWhileBusy(path, () => {
    calls.rename(from, path)
  })
  await flushFolder(dirname(path))
  await flushFolder(dirname(from))
}

/**
 * Removes one name of a file or link, and flushes its folder unless told to leave that to the
 * caller. A name that is gone already is no error.
 * @throws disk.*
 */
export async function removeName(path: string, flush = true): Promise<void> {
  await retryWhileBusy(path, () => {
    unlinkIfExists(path)
  })
  if (flush && fs.existsSync(dirname(path))) await flushFolder(dirname(path))
}

/**
 * Removes a folder if it is empty.
 * @returns false where it is not empty or not there
 */
export function removeEmptyFolder(path: string): boolean {
  try {
    calls.removeFolder(path)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(calls.errnoOf(error))) return false
    throw diskErrorAt(error, path)
  }
}

/** Sets mode bits where the volume keeps them. */
export function setMode(path: string, mode: number): void {
  try {
    calls.chmod(path, mode)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(calls.errnoOf(error))) {
      throw diskErrorAt(error, path)
    }
  }
}

/** What a link leads to: a symbolic link's target, or the file that a hard link is a name of. */
export type LinkTarget = { readonly symbolic: string } | { readonly hard: string }

/**
 * Makes a link to a file under a name that is free; flushing the folder is the caller's.
 * @returns false where something stands at `path`
 * @throws disk.*
 */
export function makeLink(target: LinkTarget, path: string): boolean {
  try {
    if ('hard' in target) calls.hardLink(target.hard, path)
    else calls.symlink(target.symbolic, path, 'file')
    return true
  } catch (error) {
    if (calls.errnoOf(error) === 'EEXIST') return false
    throw diskErrorAt(error, path)
  }
}

/**
 * Makes one folder; flushing its parent is the caller's.
 * @returns false where something stands at `path`
 * @throws disk.*
 */
export function makeFolder(path: string): boolean {
  requireMayMake(path)
  try {
    calls.makeFolder(path)
    return true
  } catch (error) {
    if (calls.errnoOf(error) === 'EEXIST') return false
    throw diskErrorAt(error, path)
  }
}

/** Flushes the names in a folder. @throws disk.* */
export async function flushFolder(path: string): Promise<void> {
  try {
    await calls.flushFolder(path)
  } catch (error) {
    throw diskErrorAt(error, path)
  }
}

/** Sets when a file was last written to and read, milliseconds since 1970. @throws disk.* */
export function setModified(path: string, at: number, accessed = at): void {
  try {
    calls.setModified(path, at, accessed)
  } catch (error) {
    throw diskErrorAt(error, path)
  }
}

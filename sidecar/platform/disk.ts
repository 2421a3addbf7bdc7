/**
 * Writing and removing files: replace one, publish one once, append lines, remove one name. With
 * `links.ts` (flip a link), `move-file.ts` (move without overwriting) and `folders.ts` these are
 * the only ways to change a disk.
 */
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import * as calls from './disk-calls.ts'
import { diskErrorAt } from './disk-error.ts'
import { settleLastLine } from './last-line.ts'
import { isTemporaryOf, temporaryBeside } from './temporary-names.ts'
import { retryWhileBusy } from './retry-while-busy.ts'
import { ensureFolder, flushFolder } from './folders.ts'
import { cleanupOnError, unlinkIfExists } from './cleanup-on-error.ts'
import { linkExclusive } from './move-file.ts'
import { nameTaken } from './name-taken.ts'

async function writeWhole(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const file = calls.createFile(path, mode)
  try {
    calls.writeBytes(file, bytes, 0)
    await calls.flushFile(file)
  } finally {
    calls.closeFile(file)
  }
}

/**
 * Replaces a file atomically: after a crash it holds either all the old or all the new bytes.
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
 * Publishes a complete, flushed temporary file under its final name, once; the temporary name is
 * gone afterwards in either case. Needs the store lock.
 * @returns false where the final name already existed
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
 * @returns false where the name already existed
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
 * Appends whole lines to a file and flushes it. A last line without a newline is first completed if
 * it is valid JSON, else cut, and listeners of `onUnfinishedLine` are called. After a failure the
 * file holds none of `lines`, if the disk still allows truncating it.
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
 * Removes one name of a file or link, and flushes its folder unless `flush` is false. A missing
 * name is not an error.
 * @throws disk.*
 */
export async function removeName(path: string, flush = true): Promise<void> {
  await retryWhileBusy(path, () => {
    unlinkIfExists(path)
  })
  if (flush && fs.existsSync(dirname(path))) await flushFolder(dirname(path))
}

/**
 * Removes what killed processes left of making `path`; no process may be making it now.
 * @throws disk.*
 */
export async function removeTemporaries(path: string): Promise<void> {
  const folder = dirname(path)
  for (const name of fs.readdirSync(folder)) {
    if (isTemporaryOf(name, path)) await removeName(join(folder, name))
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

/** Sets when a file was last written to and read, milliseconds since 1970. @throws disk.* */
export function setModified(path: string, at: number, accessed = at): void {
  try {
    calls.setModified(path, at, accessed)
  } catch (error) {
    throw diskErrorAt(error, path)
  }
}

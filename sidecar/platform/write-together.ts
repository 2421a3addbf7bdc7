/**
 * Writes many small files with shared waits for the disk. A file system commits concurrent flushes
 * together, and a folder is flushed once for all names in it.
 */
import fs from 'node:fs'
import { dirname } from 'node:path'
import { atOnce } from './at-once.ts'
import * as calls from './disk-calls.ts'
import { diskErrorAt } from './disk-error.ts'
import { ensureFolder, flushFolder, makeFolder } from './folders.ts'
import { nameTaken } from './name-taken.ts'
import { temporaryBeside } from './temporary-names.ts'

/** The maximum number of files that are open, or flushed, at once. */
const MAX_OPEN = 64

/** A rename from `from` to `path`; both absolute, on one volume. */
export interface NewName {
  readonly from: string
  readonly path: string
}

/** A file to be written; absolute path. */
export interface NewFile {
  readonly path: string
  readonly text: string
}

/** Splits a list into chunks, in order. */
function* someOf<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += MAX_OPEN) yield all.slice(at, at + MAX_OPEN)
}

/** Flushes the names in folders, each once. @throws disk.* */
async function flushFolders(folders: Iterable<string>): Promise<void> {
  await atOnce([...new Set(folders)], MAX_OPEN, flushFolder)
}

/** Makes folders that are missing, with those above them; their names are flushed. @throws disk.* */
async function ensureFolders(folders: Iterable<string>): Promise<void> {
  const changed: string[] = []
  for (const folder of new Set(folders)) {
    if (fs.existsSync(folder)) continue
    await ensureFolder(dirname(folder))
    if (makeFolder(folder)) changed.push(dirname(folder))
  }
  await flushFolders(changed)
}

async function flushAt(path: string): Promise<void> {
  try {
    const file = calls.openToFlush(path)
    try {
      await calls.flushFile(file)
    } finally {
      calls.closeFile(file)
    }
  } catch (error) {
    throw diskErrorAt(error, path)
  }
}

/**
 * Flushes the bytes of files that were written and closed.
 * @returns why a file could not be flushed (disk.*), by its path; those that were have no entry
 */
export async function flushFiles(paths: readonly string[]): Promise<Map<string, unknown>> {
  const failed = new Map<string, unknown>()
  await atOnce(paths, MAX_OPEN, async (path) => {
    await flushAt(path).catch((error: unknown) => failed.set(path, error))
  })
  return failed
}

/**
 * Moves flushed files without overwriting; the folders on both sides are flushed. After a failure
 * each file has its old name, its new one or both, and the move may be repeated.
 * @throws disk.*, EEXIST where a path exists, errors of volumes without hard links
 */
export async function moveFiles(files: readonly NewName[]): Promise<void> {
  await ensureFolders(files.map(({ path }) => dirname(path)))
  await giveNames(files)
  await flushFolders(files.map(({ from }) => dirname(from)))
}

/** The old names are removed once the new ones are on the disk. */
async function giveNames(files: readonly NewName[]): Promise<void> {
  for (const { from, path } of files) calls.hardLink(from, path)
  await flushFolders(files.map(({ path }) => dirname(path)))
  for (const { from } of files) calls.unlink(from)
}

/**
 * Writes small files that never change; existing ones are kept. After a failure each of them is
 * either complete or missing.
 * @throws disk.*, errors of volumes without hard links
 */
export async function writeOnceTogether(files: readonly NewFile[]): Promise<void> {
  const missing = files.filter(({ path }) => !nameTaken(path))
  await ensureFolders(missing.map(({ path }) => dirname(path)))
  for (const some of someOf(missing)) {
    await publishTexts(some.map((file) => ({ ...file, from: temporaryBeside(file.path) })))
  }
}

async function publishTexts(files: readonly (NewFile & NewName)[]): Promise<void> {
  try {
    await writeTexts(files)
    await giveNames(files)
  } catch (error) {
    for (const { from } of files) removeIfThere(from)
    throw error
  }
}

async function writeTexts(files: readonly (NewFile & NewName)[]): Promise<void> {
  const open: calls.OpenFile[] = []
  try {
    for (const { from, text } of files) {
      const file = calls.createFile(from)
      open.push(file)
      calls.writeBytes(file, Buffer.from(text, 'utf8'), 0)
    }
    await atOnce(open, MAX_OPEN, calls.flushFile)
  } finally {
    for (const file of open) calls.closeFile(file)
  }
}

function removeIfThere(path: string): void {
  try {
    if (nameTaken(path)) calls.unlink(path)
  } catch {
    // The first error says more; `clean` finds what is left.
  }
}

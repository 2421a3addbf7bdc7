/**
 * Every call that changes the disk, one function each. An observer sees each call before it is
 * made: the safety harness kills the process there, or records what a power cut would lose.
 */
import fs from 'node:fs'
import { promisify } from 'node:util'
import { noteFull, repeatOnFull } from './reserve.ts'

/** A call that is about to be made. Paths are absolute. */
export type DiskCall =
  | { readonly op: 'create'; readonly path: string; readonly mode: number }
  | { readonly op: 'write'; readonly path: string; readonly at: number; readonly bytes: Uint8Array }
  | { readonly op: 'copy'; readonly from: string; readonly path: string }
  | { readonly op: 'truncate'; readonly path: string; readonly size: number }
  | { readonly op: 'flush'; readonly path: string }
  | { readonly op: 'flush-folder'; readonly path: string }
  | { readonly op: 'rename'; readonly from: string; readonly path: string }
  | { readonly op: 'link'; readonly from: string; readonly path: string }
  | { readonly op: 'symlink'; readonly target: string; readonly path: string }
  | { readonly op: 'unlink'; readonly path: string }
  | { readonly op: 'mkdir'; readonly path: string }
  | { readonly op: 'rmdir'; readonly path: string }
  | { readonly op: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly op: 'utimes'; readonly path: string; readonly at: number }

/** Called before a call is made; an error that it throws replaces the call. */
export type DiskObserver = (call: DiskCall) => void

let observer: DiskObserver | null = null

/** Installs the one observer of this process (null: none); returns the one before. */
export function observeDisk(next: DiskObserver | null): DiskObserver | null {
  const before = observer
  observer = next
  return before
}

/**
 * Reports whether an observer is installed: calls must then be made in this process, where it sees
 * them.
 */
export function isDiskObserved(): boolean {
  return observer !== null
}

/** Notifies the observer of a call that other code of `platform/` is about to make. */
export function emit(call: DiskCall): void {
  observer?.(call)
}

const flush = promisify(fs.fsync)
const copyFile = promisify(fs.copyFile)
const flushUnsupported = new Set(['EINVAL', 'EISDIR', 'ENOTSUP', 'EPERM', 'EBADF'])

/** A file open for writing, known by the path that it was created at. */
export interface OpenFile {
  readonly fd: number
  readonly path: string
}

/** Creates a file that must not exist (`EEXIST`). */
export function createFile(path: string, mode = 0o644): OpenFile {
  emit({ op: 'create', path, mode })
  return { fd: repeatOnFull(() => fs.openSync(path, 'wx', mode)), path }
}

/**
 * Makes `path` share the blocks of `from`, or fails where the volume cannot (`ENOTSUP`, `EXDEV` and
 * others) and leaves nothing; `EEXIST` where `path` exists.
 * @param opened another path to the same file, by which it is opened
 */
export async function cloneBlocks(from: string, path: string, opened = from): Promise<void> {
  emit({ op: 'copy', from, path })
  try {
    await copyFile(opened, path, CLONE)
  } catch (error) {
    emitNoClone(path, error)
    throw error
  }
}

/** Clones as {@link cloneBlocks} does, synchronously: for small files. */
export function cloneBlocksNow(from: string, path: string): void {
  emit({ op: 'copy', from, path })
  try {
    fs.copyFileSync(from, path, CLONE)
  } catch (error) {
    emitNoClone(path, error)
    throw error
  }
}

const CLONE = fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE_FORCE

/** The system created the empty file before it failed, and libuv has removed it again. */
function emitNoClone(path: string, error: unknown): void {
  if (errnoOf(error) !== 'EEXIST') emit({ op: 'unlink', path })
}

/** Opens an existing, complete file to flush it. */
export function openToFlush(path: string): OpenFile {
  return { fd: fs.openSync(path, 'r'), path }
}

/** Opens a file for appending, or creates it; `size` is its length now. */
export function openForAppend(
  path: string,
): OpenFile & { readonly size: number; created: boolean } {
  const created = !fs.existsSync(path)
  if (created) emit({ op: 'create', path, mode: 0o644 })
  const fd = repeatOnFull(() => fs.openSync(path, 'a', 0o644))
  return { fd, path, size: fs.fstatSync(fd).size, created }
}

/**
 * Bigger pieces make some file systems look for contiguous memory of that size, now and then for
 * more than a second (measured on ext4: writes of 1 MiB stall, of 128 KiB never).
 */
const WRITE_BYTES = 128 * 1024

/**
 * Writes all of `bytes` at the given offset, in pieces small enough not to stall any file system.
 */
export function writePieces(fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;) {
    const piece = Math.min(bytes.length - done, WRITE_BYTES)
    const from = done
    done += repeatOnFull(() => fs.writeSync(fd, bytes, from, piece, at + from))
  }
}

/** Writes all of `bytes` at the given offset. */
export function writeBytes(file: OpenFile, bytes: Uint8Array, at: number): void {
  emit({ op: 'write', path: file.path, at, bytes })
  writePieces(file.fd, bytes, at)
}

/** Flushes a file's bytes to the disk. */
export async function flushFile(file: OpenFile): Promise<void> {
  emit({ op: 'flush', path: file.path })
  await flush(file.fd).catch((error: unknown) => {
    noteFull(error)
    throw error
  })
}

/** Closes a file without flushing it. */
export function closeFile(file: OpenFile): void {
  fs.closeSync(file.fd)
}

/** Flushes the names in a folder to the disk; a no-op where the platform cannot. */
export async function flushFolder(path: string): Promise<void> {
  emit({ op: 'flush-folder', path })
  let fd: number
  try {
    fd = fs.openSync(path, 'r')
  } catch (error) {
    if (flushUnsupported.has(errnoOf(error))) return
    throw error
  }
  try {
    await flush(fd)
  } catch (error) {
    if (!flushUnsupported.has(errnoOf(error))) throw error
  } finally {
    fs.closeSync(fd)
  }
}

/** Cuts a file to `size` bytes. */
export function truncate(path: string, size: number): void {
  emit({ op: 'truncate', path, size })
  fs.truncateSync(path, size)
}

/** Renames; replaces a file or link at `path`. */
export function rename(from: string, path: string): void {
  emit({ op: 'rename', from, path })
  repeatOnFull(() => {
    fs.renameSync(from, path)
  })
}

/** Makes a hard link; `EEXIST` where `path` exists. */
export function hardLink(from: string, path: string): void {
  emit({ op: 'link', from, path })
  repeatOnFull(() => {
    fs.linkSync(from, path)
  })
}

/** The type of a symbolic link's target, which some platforms require. */
export type SymlinkType = 'file' | 'dir' | 'junction'

/** Makes a symbolic link; `EEXIST` where `path` exists. */
export function symlink(target: string, path: string, type: SymlinkType = 'file'): void {
  emit({ op: 'symlink', target, path })
  repeatOnFull(() => {
    fs.symlinkSync(target, path, type)
  })
}

/** Removes one name of a file or link. */
export function unlink(path: string): void {
  emit({ op: 'unlink', path })
  fs.unlinkSync(path)
}

/** Makes one folder; `EEXIST` where `path` exists. */
export function makeFolder(path: string): void {
  emit({ op: 'mkdir', path })
  repeatOnFull(() => {
    fs.mkdirSync(path)
  })
}

/** Removes one empty folder. */
export function removeFolder(path: string): void {
  emit({ op: 'rmdir', path })
  fs.rmdirSync(path)
}

/**
 * Tries to remove a *file* as if it were a folder, which no system does: the error shows whether
 * its name could be removed (`ENOTDIR`) or why not. No observer is notified, since nothing changes.
 */
export function askRemoval(path: string): string {
  try {
    fs.rmdirSync(path)
    return ''
  } catch (error) {
    return errnoOf(error)
  }
}

/**
 * Tries to rename a missing file from one folder to another. Linux answers `EXDEV` where the two
 * are on different mounts, before it looks up the name; otherwise the answer is `ENOENT`. No
 * observer is notified, since nothing changes.
 */
export function askRename(from: string, path: string): string {
  try {
    fs.renameSync(from, path)
    return ''
  } catch (error) {
    return errnoOf(error)
  }
}

/** Sets a file's mode bits. */
export function chmod(path: string, mode: number): void {
  emit({ op: 'chmod', path, mode })
  fs.chmodSync(path, mode)
}

/** Sets when a file or folder was last written to and read, milliseconds since 1970. */
export function setModified(path: string, at: number, accessed = at): void {
  emit({ op: 'utimes', path, at })
  fs.utimesSync(path, accessed / 1000, at / 1000)
}

/** Returns the system's name of an error (`ENOENT`), or an empty string. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : ''
}

/**
 * Removing a file whose bytes are held under another name. That they exist twice is proven by
 * trying: a name or inode number cannot distinguish a second file from a second path to the only
 * one (a bind mount, a symbolic link, another spelling, a network or FUSE mount of the same
 * folder).
 */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { SeenFile } from '../../schemas/records.ts'
import * as calls from './disk-calls.ts'
import { nameTaken } from './name-taken.ts'
import { diskErrorAt } from './disk-error.ts'
import {
  identityAt,
  identityOf,
  isOneFile,
  isSameInode,
  isUnchanged,
  isUntouched,
} from './file-identity.ts'
import { busyErrnos } from './system.ts'

/** A file to remove, and the copy that is to remain. All paths are absolute. */
export interface DuplicateFile {
  readonly path: string
  /** The name from `asideName` that the file gets first; recorded before. */
  readonly aside: string
  /** The file as its bytes were read. */
  readonly seen: SeenFile
  readonly copy: string
  /** The copy as it was proven. */
  readonly copy_seen: SeenFile
}

/**
 * Why a file was kept. `touched`: its change time alone differs, so it is to be read again;
 * `same_file`: the copy is this very file; `copy_changed`: the copy is not the proven one any more;
 * `name_taken`: its name could not be restored, and it stays at `aside`.
 */
export type KeptReason =
  'changed' | 'touched' | 'busy' | 'not_removable' | 'same_file' | 'copy_changed' | 'name_taken'

/** The outcome for a file: removed, already gone, or kept. */
export type RemovalOutcome = 'removed' | 'gone' | KeptReason

const NOT_REMOVABLE = new Set(['EPERM', 'EACCES', 'EROFS', 'EBUSY', 'ETXTBSY'])

/**
 * Runs a call that may find the file gone, in use or not removable.
 * @throws disk.* for other errors
 */
function attempt(path: string, call: () => void): 'gone' | 'busy' | 'not_removable' | null {
  try {
    call()
    return null
  } catch (error) {
    const errno = calls.errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return 'gone'
    if (busyErrnos.has(errno)) return 'busy'
    if (NOT_REMOVABLE.has(errno)) return 'not_removable'
    throw diskErrorAt(error, path)
  }
}

/**
 * Removes the file at `path` if its copy is proven to be another file; otherwise the file is left
 * as it was. It is first renamed aside in its own folder: a copy that is the same file by another
 * path then has the new name, and its own is gone. The caller flushes the folder. Waits for
 * nothing.
 * @throws disk.* where the disk fails; the file is then at `path`, or, in the worst case, at `aside`
 */
export function removeDuplicate(file: DuplicateFile): RemovalOutcome {
  const now = identityAt(file.path)
  if (now === null) return 'gone'
  if (!isUnchanged(now, file.seen)) return 'changed'
  if (!isUntouched(now, file.seen)) return 'touched'
  const refused = attempt(file.path, () => {
    calls.rename(file.path, file.aside)
  })
  if (refused !== null) return refused
  const kept = reasonToKeep(file) ?? removed(file)
  if (kept === null) return 'removed'
  return putBack(file.aside, file.path) ? kept : 'name_taken'
}

function removed({ path, aside }: DuplicateFile): KeptReason | null {
  const refused = attempt(path, () => {
    calls.unlink(aside)
  })
  return refused === 'gone' ? null : refused
}

/** Why the file that was just renamed aside must be kept; null where it may be removed. */
function reasonToKeep(file: DuplicateFile): KeptReason | null {
  const { aside, copy } = file
  const held = identityAt(aside)
  if (held === null || !isUnchanged(held, file.seen)) return 'changed'
  try {
    if (nameTaken(join(dirname(copy), basename(aside)))) return 'same_file'
    const there = openedStat(copy)
    if (!isUnchanged(identityOf(there), file.copy_seen)) return 'copy_changed'
    return isSameInode(held, identityOf(there)) && there.nlink < 2n ? 'same_file' : null
  } catch {
    return 'copy_changed'
  }
}

// A FIFO in place of the copy must not hang; Windows has neither flag.
const { O_RDONLY, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = fs.constants as Partial<typeof fs.constants>
const OPEN_FLAGS = (O_RDONLY ?? 0) | O_NONBLOCK | O_NOFOLLOW

/** Opens the file to get its stat: a plain `stat` may be answered from a cache. */
function openedStat(path: string): fs.BigIntStats {
  const fd = fs.openSync(path, OPEN_FLAGS)
  try {
    return fs.fstatSync(fd, { bigint: true })
  } finally {
    fs.closeSync(fd)
  }
}

const CANNOT_LINK = new Set(['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/**
 * Restores the name of a file that was renamed aside, without overwriting; may be repeated.
 * @returns false where that name is taken: then the file stays at `aside`
 * @throws disk.*
 */
export function putBack(aside: string, path: string): boolean {
  if (!nameTaken(aside)) return true
  try {
    calls.hardLink(aside, path)
  } catch (error) {
    const errno = calls.errnoOf(error)
    if (errno === 'EEXIST') return isOneFile(aside, path) && droppedAside(aside)
    if (!CANNOT_LINK.has(errno)) throw diskErrorAt(error, path)
    if (nameTaken(path)) return false
    calls.rename(aside, path)
    return true
  }
  return droppedAside(aside)
}

function droppedAside(aside: string): boolean {
  calls.unlink(aside)
  return true
}

/**
 * Finds out, without changing anything, whether a file may be removed from its folder: write
 * permission on the folder, its sticky bit, flags of file and folder, a read-only mount. Removing a
 * folder checks all of these before it finds that a file is not a folder.
 * @returns the errno of the refusal; null where the file may be removed, or the system does not
 * report it
 */
export function removalRefusal(path: string): string | null {
  if (fs.lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return null
  const errno = calls.askRemoval(path)
  return ['EPERM', 'EACCES', 'EROFS'].includes(errno) ? errno : null
}

/** The identity of a file, to detect that it was changed or replaced, and the errors for that. */
import fs, { type BigIntStats } from 'node:fs'
import { AppError } from '../../schemas/errors.ts'
import type { SeenFile } from '../../schemas/records.ts'
import { errnoOf } from './disk-calls.ts'
import { diskError } from './disk-error.ts'

/**
 * A file as it was at one moment. Writing to it or replacing it changes at least one field; another
 * name or mode changes `ctime_ns` alone.
 */
export interface FileIdentity {
  readonly size_bytes: number
  readonly mtime_ns: bigint
  readonly ctime_ns: bigint
  /** Zero where the volume has no inode numbers. Unsigned 64 bits, more than a double holds. */
  readonly ino: bigint
  /** Differs between two mounts of one volume, and after a reboot: never stored. */
  readonly dev: bigint
}

/** The form in which stores up to 0.1.0 wrote {@link SeenFile} into steps of the journal. */
export interface NumericSeenFile {
  readonly size_bytes: number
  readonly mtime_ms: number
  readonly ino: number
}

const INODE_BITS = 64
const NS_PER_MS = 1_000_000
const NS_PER_S = 1_000_000_000n

/** Returns the identity in a stat result. */
export function identityOf(stat: BigIntStats): FileIdentity {
  return {
    size_bytes: Number(stat.size),
    mtime_ns: stat.mtimeNs,
    ctime_ns: stat.ctimeNs,
    // Node reports inodes as signed numbers.
    ino: BigInt.asUintN(INODE_BITS, stat.ino),
    dev: BigInt.asUintN(INODE_BITS, stat.dev),
  }
}

/** Returns the identity of the file at `path`, links not followed; null where there is none. */
export function identityAt(path: string): FileIdentity | null {
  const stat = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? null : identityOf(stat)
}

/** Returns an identity in the form used in documents and the journal. */
export function seenFile(identity: FileIdentity): SeenFile {
  return {
    size_bytes: identity.size_bytes,
    mtime_ns: String(identity.mtime_ns),
    ctime_ns: String(identity.ctime_ns),
    ino: String(identity.ino),
  }
}

/**
 * Reports whether two identities belong to one file, under whatever names. False where the volume
 * has no inode numbers: there names prove nothing.
 */
export function isSameInode(
  a: Pick<FileIdentity, 'ino' | 'dev'>,
  b: Pick<FileIdentity, 'ino' | 'dev'>,
): boolean {
  return a.ino !== 0n && a.ino === b.ino && a.dev === b.dev
}

/**
 * Returns a key that all names of one file share, until a reboot; null where the volume has no
 * inode numbers.
 */
export function inodeKey({ dev, ino }: Pick<FileIdentity, 'ino' | 'dev'>): string | null {
  return ino === 0n ? null : `${String(dev)}:${String(ino)}`
}

/** The files that were seen, by whatever names. */
export class SeenFiles {
  readonly #inodes = new Map<bigint, Set<bigint>>()

  /** Adds a file; false where a name of it was added before. Always true without inode numbers. */
  add({ dev, ino }: Pick<FileIdentity, 'ino' | 'dev'>): boolean {
    if (ino === 0n) return true
    const known = this.#inodes.get(dev)
    if (known === undefined) this.#inodes.set(dev, new Set([ino]))
    else if (known.has(ino)) return false
    else known.add(ino)
    return true
  }
}

/** Reports whether two names, links not followed, belong to one file; false for a missing one. */
export function isOneFile(a: string, b: string): boolean {
  const [one, other] = [identityAt(a), identityAt(b)]
  return one !== null && other !== null && isSameInode(one, other)
}

/** Reports whether two stat results are of the same, unchanged file, ignoring the change time. */
export function sameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ino === b.ino && a.dev === b.dev
}

/**
 * Reports whether `now` has the size, the modification time and the inode of `seen`. The change
 * time is ignored, since a new name or mode changes it: see {@link isUntouched}.
 */
export function isUnchanged(now: FileIdentity, seen: SeenFile | NumericSeenFile): boolean {
  if (now.size_bytes !== seen.size_bytes) return false
  if ('mtime_ms' in seen) {
    return Number(now.ino) === seen.ino && millisecondsOf(now.mtime_ns) === seen.mtime_ms
  }
  return String(now.mtime_ns) === seen.mtime_ns && String(now.ino) === seen.ino
}

/** Reports whether `now` equals `seen`, the change time included. */
export function isUntouched(now: FileIdentity, seen: SeenFile): boolean {
  return isUnchanged(now, seen) && String(now.ctime_ns) === seen.ctime_ns
}

/**
 * Reports whether an open file is the expected one: by its inode, or by size and time where the
 * volume has no inode numbers. It may have been written to since. Without an expectation any file
 * matches.
 */
export function isExpected(open: BigIntStats, expected: FileIdentity | null): boolean {
  if (expected === null) return true
  const now = identityOf(open)
  if (expected.ino !== 0n) return isSameInode(now, expected)
  return now.size_bytes === expected.size_bytes && now.mtime_ns === expected.mtime_ns
}

/** Equal to `mtimeMs` of Node's own `Stats` of the same file. */
function millisecondsOf(ns: bigint): number {
  return Number(ns / NS_PER_S) * 1000 + Number(ns % NS_PER_S) / NS_PER_MS
}

/**
 * Asserts that a file is unchanged.
 * @throws import.source_changed if it was replaced or written to
 */
export function assertUnchanged(path: string, seen: SeenFile | NumericSeenFile): void {
  const now = identityAt(path)
  if (now === null || !isUnchanged(now, seen)) throw sourceChanged(path)
}

/**
 * Asserts as {@link assertUnchanged} does, the change time included: for a file that we have not
 * touched since it was read.
 * @throws import.source_changed
 */
export function assertUntouched(path: string, seen: SeenFile): void {
  const now = identityAt(path)
  if (now === null || !isUntouched(now, seen)) throw sourceChanged(path)
}

/** Returns the error for a source that changed while it was read. */
export function sourceChanged(path: string): AppError {
  return new AppError('import.source_changed', `${path} changed while it was read`, {
    hint: 'Wait until the program that writes it is done, then repeat.',
  })
}

/** Returns the error for a path that is not a regular file (or is a link: resolve it first). */
export function notAFile(path: string): AppError {
  return new AppError('import.not_a_file', `${path} is not a regular file`)
}

/**
 * Returns the error to throw where a source cannot be read: `import.source_not_found`,
 * `import.not_a_file`, `disk.*`, else the error as it is.
 */
export function sourceError(error: unknown, path: string): unknown {
  switch (errnoOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new AppError('import.source_not_found', `${path} does not exist`, { cause: error })
    case 'ELOOP':
    case 'EISDIR':
    case 'ENXIO':
      return notAFile(path)
    case 'EAGAIN':
      return new AppError('disk.denied', `${path} is held by another program`, { cause: error })
    default:
      return diskError(error, path)
  }
}

/**
 * Returns what the system says of a regular file, links not followed.
 * @throws import.source_not_found, import.not_a_file, disk.*
 */
export function statSource(path: string): BigIntStats {
  let stat: BigIntStats
  try {
    stat = fs.lstatSync(path, { bigint: true })
  } catch (error) {
    throw sourceError(error, path)
  }
  if (!stat.isFile()) throw notAFile(path)
  return stat
}

/** What tells that a file is still the one that was looked at, and what to say where it cannot be. */
import fs, { type BigIntStats } from 'node:fs'
import { AppError } from '../../schemas/errors.ts'
import type { SeenFile } from '../../schemas/records.ts'
import { errnoOf } from './disk-calls.ts'
import { diskError } from './disk-error.ts'

/**
 * A file as it was at one moment. Any write to it or replacement of it changes one of these; so
 * does giving it another name or another mode, which changes `ctime_ns` alone.
 */
export interface FileIdentity {
  readonly size_bytes: number
  readonly mtime_ns: bigint
  readonly ctime_ns: bigint
  /** Zero where the volume numbers no files. Unsigned 64 bits: no double holds it. */
  readonly ino: bigint
  /** Differs between two mounts of one volume, and after a reboot: never kept. */
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
    // Node hands out inodes as signed numbers.
    ino: BigInt.asUintN(INODE_BITS, stat.ino),
    dev: BigInt.asUintN(INODE_BITS, stat.dev),
  }
}

/** Returns the identity of what stands at `path`, links not followed; null for nothing. */
export function identityAt(path: string): FileIdentity | null {
  const stat = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? null : identityOf(stat)
}

/** Returns the form of an identity that documents and the journal hold. */
export function seenFile(identity: FileIdentity): SeenFile {
  return {
    size_bytes: identity.size_bytes,
    mtime_ns: String(identity.mtime_ns),
    ctime_ns: String(identity.ctime_ns),
    ino: String(identity.ino),
  }
}

/**
 * Reports whether two identities are those of one file, under whatever names. False where the
 * volume numbers no files: there a name proves nothing about another one.
 */
export function isSameInode(
  a: Pick<FileIdentity, 'ino' | 'dev'>,
  b: Pick<FileIdentity, 'ino' | 'dev'>,
): boolean {
  return a.ino !== 0n && a.ino === b.ino && a.dev === b.dev
}

/**
 * Returns a text that two names of one file share, until a reboot; null where the volume numbers no
 * files.
 */
export function inodeKey({ dev, ino }: Pick<FileIdentity, 'ino' | 'dev'>): string | null {
  return ino === 0n ? null : `${String(dev)}:${String(ino)}`
}

/** Reports whether a name of the file is in `seen` already, and notes it there. */
export function isRepeated(file: Pick<FileIdentity, 'ino' | 'dev'>, seen: Set<string>): boolean {
  const key = inodeKey(file)
  if (key === null) return false
  if (seen.has(key)) return true
  seen.add(key)
  return false
}

/** Reports whether two names, links not followed, are those of one file; false for a missing one. */
export function isOneFile(a: string, b: string): boolean {
  const [one, other] = [identityAt(a), identityAt(b)]
  return one !== null && other !== null && isSameInode(one, other)
}

/**
 * Reports whether two stat results are of the same, unchanged file; the change time is left out.
 */
export function sameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ino === b.ino && a.dev === b.dev
}

/**
 * Reports whether `now` has the size, the modification time and the inode of `seen`. The change
 * time is left out, since giving a file a name or a mode changes it: see {@link isUntouched}.
 */
export function isUnchanged(now: FileIdentity, seen: SeenFile | NumericSeenFile): boolean {
  if (now.size_bytes !== seen.size_bytes) return false
  if ('mtime_ms' in seen) {
    return Number(now.ino) === seen.ino && millisecondsOf(now.mtime_ns) === seen.mtime_ms
  }
  return String(now.mtime_ns) === seen.mtime_ns && String(now.ino) === seen.ino
}

/** Reports whether `now` is `seen` in everything, the change time included. */
export function isUntouched(now: FileIdentity, seen: SeenFile): boolean {
  return isUnchanged(now, seen) && String(now.ctime_ns) === seen.ctime_ns
}

/**
 * Reports whether an open file is the one that was found: by its inode, or, where the volume numbers
 * no files, by size and time. It may have been written to since. No expectation is met by any file.
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
 * Asserts that a file is unchanged. @throws import.source_changed for another file at `path`, or
 * one written to
 */
export function assertUnchanged(path: string, seen: SeenFile | NumericSeenFile): void {
  const now = identityAt(path)
  if (now === null || !isUnchanged(now, seen)) throw sourceChanged(path)
}

/**
 * Asserts as {@link assertUnchanged} does, the change time included: for a file on which no call of
 * ours was made since it was read. @throws import.source_changed
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

/** Returns the error for a path that leads to no regular file (or to a link: resolve it first). */
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

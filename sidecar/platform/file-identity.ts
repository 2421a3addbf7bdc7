/** What tells that a file is still the one that was looked at, and what to say where it cannot be. */
import fs, { type BigIntStats } from 'node:fs'
import { AppError } from '../../schemas/errors.ts'
import { errnoOf } from './disk-calls.ts'
import { diskError } from './disk-error.ts'

/** A file as it was at one moment; any write to it or replacement of it changes one of these. */
export interface FileIdentity {
  readonly size_bytes: number
  /** Equal to `mtimeMs` of Node's own `Stats` of the same file. */
  readonly mtime_ms: number
  readonly ino: number
  readonly dev: number
}

const NS_PER_MS = 1_000_000
const NS_PER_S = 1_000_000_000n

/** The identity in a stat result. */
export function identityOf(stat: BigIntStats): FileIdentity {
  const seconds = Number(stat.mtimeNs / NS_PER_S)
  return {
    size_bytes: Number(stat.size),
    mtime_ms: seconds * 1000 + Number(stat.mtimeNs % NS_PER_S) / NS_PER_MS,
    ino: Number(stat.ino),
    dev: Number(stat.dev),
  }
}

/** Says whether two stat results tell of the same, unchanged file; compares nanoseconds. */
export function sameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ino === b.ino && a.dev === b.dev
}

/** @throws import.source_changed where another file stands at `path`, or this one was written to */
export function refuseChanged(path: string, seen: Omit<FileIdentity, 'dev'>): void {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  const now = stat === undefined ? null : identityOf(stat)
  const same = now?.size_bytes === seen.size_bytes && now.mtime_ms === seen.mtime_ms
  if (!same || now.ino !== seen.ino) throw sourceChanged(path)
}

/** The error for a source that changed while it was read. */
export function sourceChanged(path: string): AppError {
  return new AppError('import.source_changed', `${path} changed while it was read`, {
    hint: 'Wait until the program that writes it is done, then repeat.',
  })
}

/** The error for a path that leads to no regular file (or to a link: resolve it first). */
export function notAFile(path: string): AppError {
  return new AppError('import.not_a_file', `${path} is not a regular file`)
}

/**
 * The error to throw where a source cannot be read: `import.source_not_found`,
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

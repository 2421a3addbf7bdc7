/** Maps failed disk calls to error codes. */
import { AppError, type ErrorCode } from '../../schemas/errors.ts'
import { errnoOf } from './disk-calls.ts'

const DISK_ERRORS: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'disk.full',
  EDQUOT: 'disk.full',
  EFBIG: 'disk.full',
  EROFS: 'disk.read_only',
  EACCES: 'disk.denied',
  EPERM: 'disk.denied',
  EBUSY: 'disk.denied',
  ETXTBSY: 'disk.denied',
  EIO: 'disk.failed',
  ENXIO: 'disk.failed',
  ENODEV: 'disk.failed',
  ESTALE: 'disk.failed',
  ENOTCONN: 'disk.failed',
  SQLITE_FULL: 'disk.full',
  SQLITE_IOERR_SHMSIZE: 'disk.full',
  SQLITE_IOERR_WRITE: 'disk.full',
  SQLITE_READONLY: 'disk.read_only',
  SQLITE_IOERR: 'disk.failed',
}

const DISK_HINTS: Partial<Record<ErrorCode, string>> = {
  'disk.full': 'Free some space on this disk, then repeat.',
  'disk.read_only': 'Mount the disk writable, then repeat.',
  'disk.denied': 'Check who owns the file, and whether another program holds it open.',
  'disk.vanished': 'Another program moved or removed it meanwhile; repeat.',
  'disk.failed': 'Check the disk and its cable; nothing was given its final name.',
}

const HINTS_BY_NUMBER: Readonly<Record<string, string>> = {
  EFBIG: 'Use a file system for larger files, or a higher limit for this process.',
}

/**
 * Returns the error to throw for a failed call: `disk.*` where the disk itself refused, else the
 * error as it is (`ENOENT`, `EEXIST`, `EXDEV` and the like are for the caller to judge).
 */
export function diskError(error: unknown, path: string): unknown {
  const errno = errnoOf(error)
  const code = DISK_ERRORS[errno] ?? DISK_ERRORS[errno.replace(/^(SQLITE_[A-Z]+)_.*/u, '$1')]
  return code === undefined ? error : coded(code, error, path)
}

/** The meaning of error numbers that the hint alone does not explain. */
const DISK_WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  EFBIG: 'larger than this file system or process may write',
  EROFS: 'the disk is read-only',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EIO: 'the disk reports an error',
}

function coded(code: ErrorCode, error: unknown, path: string): AppError {
  const errno = errnoOf(error)
  const words = DISK_WORDS[errno]
  const what = words === undefined ? errno : `${words} (${errno})`
  const hint = HINTS_BY_NUMBER[errno] ?? DISK_HINTS[code]
  return new AppError(code, `${path}: ${what}`, { hint, cause: error })
}

/**
 * Returns the error of {@link diskError}, or `disk.vanished` for a call on what the caller has
 * seen.
 */
export function diskErrorAt(error: unknown, path: string): unknown {
  const gone = ['ENOENT', 'ENOTDIR'].includes(errnoOf(error))
  return gone ? coded('disk.vanished', error, path) : diskError(error, path)
}

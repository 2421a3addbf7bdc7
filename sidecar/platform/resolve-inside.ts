/** The one check that a path stays inside a folder. */
import fs from 'node:fs'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { AppError } from '../../schemas/errors.ts'
import { unsafePartReason } from '../../schemas/ids.ts'
import { errnoOf } from './disk-calls.ts'
import { diskError } from './disk-error.ts'

/**
 * Returns the path of `inside`, safe parts joined by `/`, below the folder `root`. Works on the
 * text alone: links on the way are not followed.
 * @throws input.invalid where a part is unsafe
 */
export function resolveInside(root: string, inside: string): string {
  const parts = inside.split('/')
  for (const part of parts) {
    const reason = unsafePartReason(part)
    if (reason !== null) throw new AppError('input.invalid', `A part of the path ${reason}`)
  }
  const path = join(root, ...parts)
  if (!contains(root, path)) throw new AppError('input.invalid', 'The path leads out of its folder')
  return path
}

/** Reports whether `path` is `root` or below it; works on the text alone. */
export function contains(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/**
 * Returns the real path (all links resolved) of an absolute path from outside, which must be in one
 * of the real folders `roots`. A path outside is refused the same way, whether it exists or not.
 * @throws input.invalid where the path is not absolute or not valid
 * @throws auth.path_not_allowed, import.source_not_found, disk.*
 */
export function realInside(roots: string | readonly string[], path: string): string {
  if (!isAbsolute(path) || path.includes('\0')) {
    throw new AppError('input.invalid', 'The path must be absolute')
  }
  const allowed = (typeof roots === 'string' ? [roots] : roots).flatMap((root) => realOr(root, []))
  const isAllowed = (real: string): boolean => allowed.some((root) => contains(root, real))
  try {
    const real = fs.realpathSync.native(path)
    if (isAllowed(real)) return real
  } catch (error) {
    if (isAllowed(nearestReal(dirname(path)))) throw absentOr(error, path)
  }
  throw new AppError('auth.path_not_allowed', `${path} is outside the allowed folders`)
}

function realOr<T>(path: string, otherwise: T): string | T {
  try {
    return fs.realpathSync.native(path)
  } catch {
    return otherwise
  }
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])

function absentOr(error: unknown, path: string): unknown {
  if (!ABSENT.has(errnoOf(error))) return diskError(error, path)
  return new AppError('import.source_not_found', `Nothing exists at ${path}`, { cause: error })
}

/** The real path of `path`, or of the nearest folder above it that has one. */
function nearestReal(path: string): string {
  const real = realOr(path, null)
  if (real !== null || dirname(path) === path) return real ?? path
  return nearestReal(dirname(path))
}

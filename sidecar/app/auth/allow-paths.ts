/** Which paths of this machine a caller may name. */
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { AppError, isAppError } from '../../../schemas/errors.ts'
import type { Rights } from '../../domain/journal/undo-rights.ts'
import { errnoOf } from '../../platform/disk-calls.ts'
import type { Patience } from '../../platform/mount-caller.ts'
import type { Caller } from '../handlers/handler.ts'
import type { Services } from '../services.ts'

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
}

/** The real path of a path; null if it does not answer and that is not to be reported. */
async function realOrNull(
  mounts: Services['mounts'],
  path: string,
  isReported: boolean,
): Promise<string | null> {
  try {
    return (await mounts.realPath(resolve(path))).path
  } catch (error) {
    if (isAppError(error, 'path.offline')) {
      if (isReported) throw error
      return null
    }
    if (errnoOf(error) === '') throw error
    return resolve(path)
  }
}

/**
 * Returns what a caller may undo. A folder that does not answer is tried once.
 * @param patience how long a folder may take to answer; otherwise its files are refused
 */
export function rightsOf(
  { mounts }: Pick<Services, 'mounts'>,
  { scope }: Pick<Caller, 'scope'>,
  patience: Patience,
): Rights {
  const folders = new Map<string, Promise<string | null>>()
  const folderOf = (folder: string) => {
    const known = folders.get(folder) ?? realOrUnknown(mounts, folder, patience)
    folders.set(folder, known)
    return known
  }
  const leadsTo = async (path: string) => {
    const folder = await folderOf(dirname(resolve(path)))
    if (folder === null) return null
    return realOrUnknown(mounts, join(folder, basename(resolve(path))), patience)
  }
  return { scope, leadsTo }
}

async function realOrUnknown(
  mounts: Services['mounts'],
  path: string,
  patience: Patience,
): Promise<string | null> {
  try {
    return (await mounts.realPath(path, patience)).path
  } catch (error) {
    if (!isAppError(error, 'path.offline') && errnoOf(error) === '') throw error
    return null
  }
}

/** The roots that exist and answer. */
async function realRoots(mounts: Services['mounts'], roots: readonly string[]): Promise<string[]> {
  const real: string[] = []
  for (const root of roots) {
    try {
      const { path, exists } = await mounts.realPath(root)
      if (exists) real.push(path)
    } catch (error) {
      // A root that hangs or is not readable allows nothing; the others still apply.
      if (!isAppError(error, 'path.offline') && errnoOf(error) === '') throw error
    }
  }
  return real
}

/**
 * Allows an owner any absolute path, a paired browser only those below the import roots, links
 * resolved.
 * @returns the folders that links below these paths may not lead out of, as an import takes them
 * @throws input.invalid for a relative path, auth.path_not_allowed, path.offline
 */
export async function allowPaths(
  { store, mounts }: Pick<Services, 'store' | 'mounts'>,
  caller: Caller,
  paths: readonly string[],
): Promise<{ readonly within?: readonly string[] }> {
  const relative = paths.find((path) => !isAbsolute(path))
  if (relative !== undefined) {
    throw new AppError('input.invalid', `"${relative}" is not an absolute path`)
  }
  if (caller.scope === 'owner') return {}
  const roots = store.reader.machine().import_roots
  const within = await realRoots(mounts, roots)
  for (const path of paths) {
    const named = roots.some((root) => isBelow(resolve(path), root))
    const real = await realOrNull(mounts, path, named)
    if (real === null || !within.some((root) => isBelow(real, root))) throw notAllowed(path)
  }
  return { within }
}

function notAllowed(path: string): AppError {
  return new AppError('auth.path_not_allowed', `This browser may not import from ${path}`, {
    hint: 'Import it from the page that the printed link opens, by command, or allow its folder: synapse config set import_roots.',
  })
}

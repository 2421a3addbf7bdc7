/** Who may name which path of this machine. */
import fs from 'node:fs'
import { isAbsolute, resolve, sep } from 'node:path'
import { AppError } from '../../schemas/errors.ts'
import type { Caller } from './handlers.ts'
import type { Services } from './services.ts'

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
}

function realOf(path: string): string {
  return fs.existsSync(path) ? fs.realpathSync(path) : resolve(path)
}

/**
 * Lets an owner name any absolute path, a paired browser those below the import roots alone, links
 * resolved.
 * @returns the folders that links below these paths may not lead out of, as an import takes them
 * @throws input.invalid for a relative path, auth.path_not_allowed
 */
export function allowPaths(
  { store }: Pick<Services, 'store'>,
  caller: Caller,
  paths: readonly string[],
): { readonly within?: readonly string[] } {
  const relative = paths.find((path) => !isAbsolute(path))
  if (relative !== undefined) {
    throw new AppError('input.invalid', `"${relative}" is no absolute path`)
  }
  if (caller.scope === 'owner') return {}
  const roots = store.reader.machine().import_roots.filter(fs.existsSync).map(realOf)
  const outside = paths.find((path) => {
    const real = realOf(path)
    return !roots.some((root) => isBelow(real, root))
  })
  if (outside === undefined) return { within: roots }
  throw new AppError('auth.path_not_allowed', `This browser may not import from ${outside}`, {
    hint: 'Import it from the page that the printed link opens, by command, or allow its folder: synapse config set import_roots.',
  })
}

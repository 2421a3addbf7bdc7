/**
 * Folders in which nothing may be created without permission. A disconnected disk leaves an empty
 * mount point; anything created there is hidden once the disk returns.
 */
import { relative, isAbsolute, sep } from 'node:path'

/** Throws where a folder must not be created at a path. */
export type FolderGuard = (path: string) => void

const guards = new Map<string, Set<FolderGuard>>()

/**
 * Calls `guard` before any folder is created at or below `root`, until the result is disposed of.
 */
export function guardFolder(root: string, guard: FolderGuard): Disposable {
  const some = guards.get(root) ?? new Set()
  guards.set(root, some.add(guard))
  return {
    [Symbol.dispose]() {
      some.delete(guard)
      if (some.size === 0 && guards.get(root) === some) guards.delete(root)
    },
  }
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** The guards of the nearest guarded folder above a path. */
function guardsOf(path: string): ReadonlySet<FolderGuard> {
  const roots = [...guards.keys()].filter((root) => isWithin(root, path))
  const nearest = roots.sort((a, b) => b.length - a.length)[0]
  return (nearest === undefined ? undefined : guards.get(nearest)) ?? new Set()
}

/**
 * Returns if a folder may be created at `path`: no guard is above it, or one of them allows it.
 * @throws what a guard throws
 */
export function requireMayMake(path: string): void {
  let refusal: { readonly error: unknown } | null = null
  for (const guard of guardsOf(path)) {
    try {
      guard(path)
      return
    } catch (error) {
      refusal = { error }
    }
  }
  if (refusal !== null) throw refusal.error
}

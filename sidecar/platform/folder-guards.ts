/**
 * Folders in which nothing may be made without leave. A disk that is not connected leaves an empty
 * folder where it was mounted; what is made there is hidden once the disk returns.
 */
import { relative, isAbsolute, sep } from 'node:path'

/** Throws where no folder may be made at a path. */
export type FolderGuard = (path: string) => void

const guards = new Map<string, Set<FolderGuard>>()

/** Asks `guard` before any folder is made at or below `root`, until the result is disposed of. */
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
 * Passes where a folder may be made at `path`: no guard stands above it, or one of them allows it.
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

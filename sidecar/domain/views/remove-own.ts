/** Removes single entries of a view that are of our making; whatever else has the name stays. */
import { basename } from 'node:path'
import { isAsideName } from '../../platform/aside-name.ts'
import { removeName } from '../../platform/disk.ts'
import { removeIf } from '../../platform/remove-if.ts'
import { isTemporaryName } from '../../platform/temporary-names.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import { inspectPath, type ExpectedLink, type PathState } from './inspect-path.ts'

/** Reports whether a path of a view, under whatever name, still has what was seen as `state`. */
export function isStill(state: PathState, paths: StorePaths, path: string): boolean {
  const expected = state.kind === 'link' ? state : null
  return inspectPath(paths, path, expected).kind === state.kind
}

/**
 * Removes a link of ours, the text of one, or what has a temporary or an aside name and was found to
 * be ours; the caller flushes the folder.
 * @param path absolute
 * @param expected the link that is expected there; null where there is no record of one
 * @throws disk.*
 */
export async function removeOwn(
  paths: StorePaths,
  path: string,
  expected: ExpectedLink | null,
): Promise<void> {
  const name = basename(path)
  // Other programs do not use these names.
  if (isTemporaryName(name) || isAsideName(name)) {
    await removeName(path, false)
    return
  }
  const state = inspectPath(paths, path, expected)
  if (state.kind !== 'link' && state.kind !== 'text') return
  await removeIf({ path, isMeant: (at) => isStill(state, paths, at) })
}

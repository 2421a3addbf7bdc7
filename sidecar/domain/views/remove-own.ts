/** Removes single entries of a view that are of our making; whatever else has the name stays. */
import { removeIf } from '../../platform/remove-if.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import { inspectPath, type ExpectedLink, type PathState } from './inspect-path.ts'

/** Reports whether a path of a view, under whatever name, still has what was seen as `state`. */
export function isStill(state: PathState, paths: StorePaths, path: string): boolean {
  const expected = state.kind === 'link' ? state : null
  return inspectPath(paths, path, expected).kind === state.kind
}

/**
 * Removes a link of ours, or the text of one; the caller flushes the folder.
 * @param path absolute
 * @param expected the link that is expected there; null where there is no record of one
 * @throws disk.*
 */
export async function removeOwn(
  paths: StorePaths,
  path: string,
  expected: ExpectedLink | null,
): Promise<void> {
  const state = inspectPath(paths, path, expected)
  if (state.kind !== 'link' && state.kind !== 'text') return
  await removeIf({ path, isMeant: (at) => isStill(state, paths, at) })
}

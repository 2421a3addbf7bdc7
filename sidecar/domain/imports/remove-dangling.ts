/** Removes symbolic links whose files were moved into the store. */
import { isAppError } from '../../../schemas/errors.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { OutsideFiles } from '../../store/outside-files.ts'
import type { Store } from '../../store/store.ts'

/** A link to a file that was moved. */
export interface MovedLink {
  readonly path: string
  readonly target: string | null
  readonly sha256: Sha256
}

/** Reports whether the link still has its target, and that is gone; false where that is unknown. */
async function isDangling(outside: OutsideFiles, path: string, target: string): Promise<boolean> {
  try {
    if ((await outside.call(path, 'link_target', path)) !== target) return false
    return !(await outside.realPath(path)).exists
  } catch (error) {
    if (isAppError(error, 'path.offline')) return false
    throw error
  }
}

/** The links of {@link MovedLink} that lead nowhere. */
async function danglingOf(
  { outside }: Pick<Store, 'outside'>,
  links: readonly MovedLink[],
): Promise<(MovedLink & { readonly target: string })[]> {
  const dangling: (MovedLink & { readonly target: string })[] = []
  for (const link of links) {
    const { path, target } = link
    if (target !== null && (await isDangling(outside, path, target))) {
      dangling.push({ ...link, target })
    }
  }
  return dangling
}

/** A dangling link that is kept does no harm. */
function passWhereOffline(error: unknown): void {
  if (!isAppError(error, 'path.offline')) throw error
}

/**
 * Removes links that dangle because their files were moved; the pack shows their names. Each
 * removal is an operation: undo makes the link again. A link in a folder that does not answer is
 * kept.
 * @throws store.locked, disk.*
 */
export async function removeDangling(
  store: Store,
  actor: string,
  links: readonly MovedLink[],
): Promise<void> {
  const dangling = await danglingOf(store, links)
  if (dangling.length === 0) return
  await store.transact(actor, async (tx) => {
    for (const { path, target, sha256 } of await danglingOf(store, dangling)) {
      const before = { path, target }
      const removal = tx.perform({ op: 'import.unlink', before, after: { sha256 } }, [
        { do: 'unlink_symbolic', path, target },
      ])
      await removal.catch(passWhereOffline)
    }
  })
}

/** Removing symbolic links whose files have moved into the store. */
import fs from 'node:fs'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { Store } from '../../store/store.ts'

/** A link that led to a file which was moved; null: the name is no link of its own. */
export interface MovedLink {
  readonly path: string
  readonly target: string | null
  readonly sha256: Sha256
}

/** Reports whether the link still says what it said, and leads nowhere. */
function isDangling(path: string, target: string): boolean {
  const link = fs.lstatSync(path, { throwIfNoEntry: false })
  if (link?.isSymbolicLink() !== true || fs.readlinkSync(path) !== target) return false
  return fs.statSync(path, { throwIfNoEntry: false }) === undefined
}

/**
 * Removes links that lead nowhere since their files have moved; the pack shows their names. Each
 * removal is an operation: undo makes the link again.
 * @throws store.locked, disk.*
 */
export async function removeDangling(
  store: Store,
  actor: string,
  links: readonly MovedLink[],
): Promise<void> {
  const dangling = links.flatMap(({ path, target, sha256 }) =>
    target !== null && isDangling(path, target) ? [{ path, target, sha256 }] : [],
  )
  if (dangling.length === 0) return
  await store.transact(actor, async (tx) => {
    for (const { path, target, sha256 } of dangling) {
      if (!isDangling(path, target)) continue
      const before = { path, target }
      await tx.act({ op: 'import.unlink', before, after: { sha256 } }, [
        { do: 'unlink_symbolic', path, target },
      ])
    }
  })
}

/** What must change for a view to hold the links that are wanted. Pure. */
import type { PlannedLink } from '../../../schemas/profile.ts'
import type { KnownLink } from '../../store/link-ledger.ts'

/** A link that is to lead elsewhere, and what it is now. */
export interface Repoint {
  readonly link: PlannedLink
  readonly from: KnownLink
}

/** Links to make, to point elsewhere and to take away. */
export interface ViewDiff {
  readonly add: readonly PlannedLink[]
  readonly repoint: readonly Repoint[]
  readonly remove: readonly KnownLink[]
  readonly unchanged: number
}

/**
 * Holds what is there against what is wanted.
 * @param wanted by folded path
 * @param fold what makes two paths the same on this volume
 */
export function diffView(
  there: ReadonlyMap<string, KnownLink & { readonly stale?: true }>,
  wanted: ReadonlyMap<string, PlannedLink>,
  fold: (path: string) => string,
): ViewDiff {
  const add: PlannedLink[] = []
  const repoint: Repoint[] = []
  const remove: KnownLink[] = []
  let unchanged = 0
  const kept = new Set<string>()
  for (const link of there.values()) {
    const key = fold(link.path)
    const wish = wanted.get(key)
    if (wish?.path !== link.path) {
      remove.push(link)
      continue
    }
    kept.add(key)
    if (wish.sha256 === link.sha256 && link.stale !== true) unchanged += 1
    else repoint.push({ link: wish, from: link })
  }
  for (const [key, wish] of wanted) if (!kept.has(key)) add.push(wish)
  return { add, repoint, remove, unchanged }
}

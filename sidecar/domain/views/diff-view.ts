/** The changes that give a view the wanted links. Pure. */
import type { PlannedLink } from '../../../schemas/view-files.ts'
import type { KnownLink } from '../../store/link-ledger.ts'

/** A link that is to get a new target, and its current state. */
export interface Repoint {
  readonly link: PlannedLink
  readonly from: KnownLink
}

/** Links to make, to repoint and to remove. */
export interface ViewDiff {
  readonly add: readonly PlannedLink[]
  readonly repoint: readonly Repoint[]
  readonly remove: readonly KnownLink[]
  readonly unchanged: number
}

/**
 * Compares existing links with wanted ones.
 * @param wanted by folded path
 * @param fold folds paths that are the same on this volume
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

/** The link at a path, and the one that should be there. */
export interface ComparedPath {
  readonly there: KnownLink | null
  readonly wish: PlannedLink | null
}

/**
 * Compares some paths of a view, given that all others are as they should be.
 * @param links all existing links
 * @param paths in the order in which links are made
 */
export function diffPaths(
  links: ReadonlyMap<string, KnownLink>,
  paths: readonly ComparedPath[],
): ViewDiff {
  const add: PlannedLink[] = []
  const repoint = new Map<KnownLink, Repoint>()
  const remove = new Set<KnownLink>()
  for (const { there, wish } of paths) {
    if (there !== null && wish?.path === there.path) {
      if (wish.sha256 !== there.sha256) repoint.set(there, { link: wish, from: there })
      continue
    }
    if (there !== null) remove.add(there)
    if (wish !== null) add.push(wish)
  }
  const changed = remove.size + repoint.size
  const inLedger = changed < 2 ? [...remove, ...repoint.keys()] : [...links.values()]
  return {
    add,
    repoint: inLedger.flatMap((link) => repoint.get(link) ?? []),
    remove: inLedger.filter((link) => remove.has(link)),
    unchanged: links.size - changed,
  }
}

/**
 * Links that the user or a program removed or renamed, and that a view gets back because a pack
 * shows them.
 */
import type { StoreTx } from '../../store/store-tx.ts'
import type { ViewDiff } from './diff-view.ts'
import type { ScannedView } from './scanned-view.ts'
import type { ViewAddress } from './view-address.ts'
import type { PlannedLink, ReturnedLink as Returned } from '../../../schemas/view-files.ts'

/** A link that comes back. */
export type ReturnedLink = Returned

/** How many are named in the journal. */
const MAX_NAMED = 20

interface Plan {
  readonly scan: Pick<ScannedView, 'removed'>
  readonly diff: Pick<ViewDiff, 'add' | 'remove'>
}

/** Returns the links that a plan restores, each with its new name if it was renamed. */
export function returnedLinks({ scan, diff }: Plan): ReturnedLink[] {
  if (scan.removed.length === 0) return []
  const removed = new Set(scan.removed)
  const renamed = new Map(diff.remove.map((link) => [link.sha256, link.path]))
  return diff.add.filter((link) => removed.has(link.path)).map((link) => returned(link, renamed))
}

function returned(
  { path, sha256, pack, dependency_id }: PlannedLink,
  renamed: ReadonlyMap<string, string>,
): ReturnedLink {
  const renamed_to = renamed.get(sha256)
  const about = { path, sha256, pack, dependency_id }
  return renamed_to === undefined ? about : { ...about, renamed_to }
}

/**
 * Records in the journal which links are restored. If no other operation is open, this one ends
 * once the view is synced.
 * @throws disk.*
 */
export async function noteReturned(
  tx: StoreTx,
  change: ViewAddress & { readonly returned: readonly ReturnedLink[] },
): Promise<void> {
  const { ui, profile, returned } = change
  if (returned.length === 0) return
  const links = returned.slice(0, MAX_NAMED)
  const after = { ui, profile, total: returned.length, links }
  const about = { before: { ui, profile }, after, syncViews: !tx.hasOpenOperation }
  await tx.perform({ op: 'view.restore_links', ...about }, [])
}

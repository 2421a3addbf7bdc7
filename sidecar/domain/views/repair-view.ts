/** Repairs a view without planning it: its ledger, its folders and their mtimes. */
import type { KnownLink } from '../../store/link-ledger.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { applyView } from './apply-view.ts'
import { scanView } from './scan-view.ts'
import type { ViewAddress } from './view-address.ts'
import { asScanned } from './view-change.ts'

/**
 * Records the actual content of the view in a slot, and removes the links for which `goes` is true.
 * @throws disk.*, view.path_taken
 */
export async function repairView(
  tx: StoreTx,
  view: ViewAddress,
  goes: (link: KnownLink) => boolean = () => false,
): Promise<void> {
  const scan = scanView(tx, view)
  await applyView(tx, {
    ...asScanned(tx, view, scan),
    remove: [...scan.links.values()].filter(goes),
  })
}

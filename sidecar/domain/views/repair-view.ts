/** Making a view whole as it stands: its ledger, its folders and its stamps, no matter its plan. */
import type { ProfileName, UiName } from '../../../schemas/ids.ts'
import type { KnownLink } from '../../store/link-ledger.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { applyView, asScanned } from './apply-view.ts'
import { scanView } from './scan-view.ts'

/**
 * Writes down what a view really holds, and takes away the links that `goes` says.
 * @throws disk.*, view.path_taken
 */
export async function repairView(
  tx: StoreTx,
  ui: UiName,
  slot: ProfileName,
  goes: (link: KnownLink) => boolean = () => false,
): Promise<void> {
  const scan = scanView(tx, ui, slot)
  await applyView(tx, {
    ...asScanned(tx, { ui, profile: slot }, scan),
    remove: [...scan.links.values()].filter(goes),
  })
}

/** Removes a whole view: our links, then empty folders. */
import { join } from 'node:path'
import { removeName } from '../../platform/disk.ts'
import { flushFolder } from '../../platform/folders.ts'
import { removeEmptyFolder } from '../../platform/folders.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { restoreDisplaced } from './displaced.ts'
import { removeOwn } from './remove-own.ts'
import { scanView } from './scan-view.ts'
import type { ViewAddress } from './view-address.ts'

/**
 * Removes a view that is no longer needed. Foreign files stay, with their folders.
 * @throws disk.*
 */
export async function removeView(tx: StoreTx, view: ViewAddress): Promise<void> {
  const { ui, profile } = view
  const root = tx.paths.view(ui, profile)
  const scan = scanView(tx, view, 'full')
  await tx.markViewsPending()
  await restoreDisplaced(tx, root, scan.displaced)
  for (const path of scan.leftovers) await removeOwn(tx.paths, join(root, path), null)
  for (const link of scan.links.values()) {
    await removeOwn(tx.paths, join(root, link.path), link)
  }
  for (const folder of [...scan.folders].sort().reverse()) removeEmptyFolder(join(root, folder))
  const parent = join(root, '..')
  if (scan.folders.has('')) await flushFolder(parent)
  await removeName(tx.paths.linkLedger(ui, profile))
}

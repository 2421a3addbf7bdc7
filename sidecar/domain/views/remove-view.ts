/** Removes a whole view: our links, then empty folders. */
import { join } from 'node:path'
import { removeName } from '../../platform/disk.ts'
import { flushFolder } from '../../platform/folders.ts'
import { removeEmptyFolder } from '../../platform/folders.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { inspectPath } from './inspect-path.ts'
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
  for (const path of scan.orphanedTemps) await removeName(join(root, path), false)
  for (const link of scan.links.values()) {
    const path = join(root, link.path)
    const { kind } = inspectPath(tx.paths, path, link)
    if (kind === 'link') await removeName(path, false)
  }
  for (const folder of [...scan.folders].sort().reverse()) removeEmptyFolder(join(root, folder))
  const parent = join(root, '..')
  if (scan.folders.has('')) await flushFolder(parent)
  await removeName(tx.paths.linkLedger(ui, profile))
}

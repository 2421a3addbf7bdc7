/** Taking a whole view away: our links, then the folders that are empty. */
import { join } from 'node:path'
import type { ProfileName, UiName } from '../../../schemas/ids.ts'
import { flushFolder, removeEmptyFolder, removeName } from '../../platform/disk.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { inspectPath } from './inspect-path.ts'
import { scanView } from './scan-view.ts'

/**
 * Removes a view that nobody needs any more. Files of somebody's stay, with their folders.
 * @throws disk.*
 */
export async function removeView(tx: StoreTx, ui: UiName, profile: ProfileName): Promise<void> {
  const root = tx.paths.view(ui, profile)
  const scan = scanView(tx, ui, profile, 'full')
  await tx.markViewsPending()
  for (const path of scan.orphanedTemps) await removeName(join(root, path), false)
  for (const link of scan.links.values()) {
    const path = join(root, link.path)
    const standing = inspectPath(tx.paths, path, link.sha256, link.target)
    if (standing.kind === 'link') await removeName(path, false)
  }
  for (const folder of [...scan.folders].sort().reverse()) removeEmptyFolder(join(root, folder))
  const parent = join(root, '..')
  if (scan.folders.has('')) await flushFolder(parent)
  await removeName(tx.paths.linkLedger(ui, profile))
}

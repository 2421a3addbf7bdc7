/**
 * Takes over views that another program made, or that lost their ledger: checks them once, link by
 * link.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import type { PlannedLink } from '../../../schemas/view-files.ts'
import type { KnownLink, KnownView } from '../../store/link-ledger.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { applyView } from './apply-view.ts'
import { scanView } from './scan-view.ts'
import type { ViewAddress } from './view-address.ts'
import { asScanned } from './view-change.ts'
import { listViews } from './list-views.ts'

const linkOf = ({ path, sha256, model_kind }: KnownLink): PlannedLink => ({
  path,
  sha256,
  kind: model_kind,
  pack: '',
  dependency_id: '',
})

/**
 * Reports whether a change of a view was interrupted: its ledger is still empty, or a folder has
 * not got its mtime. That also holds while a view is being taken over.
 */
function isHalfChanged(root: string, { lines, mtimes }: KnownView): boolean {
  if (lines === 0) return true
  return [...mtimes].some(([folder, at]) => at === 0 && fs.existsSync(join(root, folder)))
}

/**
 * Takes over every view without a ledger, or with an interrupted change, of all interfaces and
 * profiles: links to blobs enter the ledger, those to a former path of the store are repointed, and
 * those whose blob is missing are removed. Links to anything else are foreign and stay.
 * @returns whether there was such a view
 * @throws disk.*, view.path_taken
 */
export async function takeOverViews(tx: StoreTx): Promise<boolean> {
  let any = false
  for (const listed of listViews(tx)) {
    const slot = tx.viewSlot(listed.ui, listed.profile)
    const known = tx.knownView(listed.ui, slot)
    if (known !== null && !isHalfChanged(tx.paths.view(listed.ui, slot), known)) continue
    if (await takeOver(tx, { ui: listed.ui, profile: slot })) any = true
  }
  return any
}

async function takeOver(tx: StoreTx, view: ViewAddress): Promise<boolean> {
  const scan = scanView(tx, view, 'full')
  if (!scan.ours && scan.links.size === 0) return false
  const links = [...scan.links.values()]
  const good = links.filter((link) => tx.hasBlob(link.sha256))
  const stale =
    tx.linkStyle(view.ui).file === null ? [] : good.filter((link) => link.stale === true)
  await applyView(tx, {
    ...asScanned(tx, view, scan),
    repoint: stale.map((from) => ({ from, link: linkOf(from) })),
    remove: links.filter((link) => !tx.hasBlob(link.sha256)),
  })
  return true
}

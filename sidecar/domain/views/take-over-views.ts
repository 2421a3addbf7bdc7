/** Views that another program made, or that lost their ledger: looked at once, link by link. */
import type { PlannedLink } from '../../../schemas/profile.ts'
import type { KnownLink } from '../../store/link-ledger.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { applyView } from './apply-view.ts'
import { viewPlaces, type ViewPlace } from './find-foreign.ts'
import { foldersOf, layoutOf } from './layout.ts'
import { viewSlot, type LinkStyle } from './link-style.ts'
import { scanView } from './scan-view.ts'

const linkOf = ({ path, sha256, model_kind }: KnownLink): PlannedLink => ({
  path,
  sha256,
  kind: model_kind,
  pack: '',
  dependency_id: '',
})

/**
 * Takes over every view without a ledger, of all interfaces and profiles: links to blobs enter the
 * ledger, those that lead to where the store once was are led to it, and those whose blob is not
 * here go. Links to anything else are somebody's and stay.
 * @returns whether there was such a view
 * @throws disk.*, view.path_taken
 */
export async function takeOverViews(tx: StoreTx, style: LinkStyle): Promise<boolean> {
  let any = false
  for (const place of viewPlaces(tx, style)) {
    const slot = viewSlot(style, place.profile)
    if (tx.knownView(place.ui, slot) !== null) continue
    if (await takeOver(tx, style, { ...place, profile: slot })) any = true
  }
  return any
}

async function takeOver(
  tx: StoreTx,
  style: LinkStyle,
  { ui, profile }: ViewPlace,
): Promise<boolean> {
  const scan = scanView(tx, ui, profile, 'all')
  if (scan.links.size === 0) return false
  const links = [...scan.links.values()]
  const good = links.filter((link) => tx.hasBlob(link.sha256))
  const stale = style.file === null ? [] : good.filter((link) => link.stale === true)
  await applyView(tx, style, {
    ui,
    profile,
    add: [],
    repoint: stale.map((from) => ({ from, link: linkOf(from) })),
    remove: links.filter((link) => !tx.hasBlob(link.sha256)),
    record: scan.unrecorded,
    forget: [],
    replaced: scan.replaced,
    returned: [],
    quarantine: [],
    leftovers: scan.leftovers,
    folders: foldersOf(layoutOf(tx.config(), ui)),
    restamp: [...scan.unstamped],
    existing: scan.folders,
  })
  return true
}

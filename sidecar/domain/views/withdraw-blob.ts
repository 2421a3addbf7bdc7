/** Taking every link to a blob out of every view, before its bytes go. */
import { join } from 'node:path'
import type { ProfileName, Sha256, UiName } from '../../../schemas/ids.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { applyView } from './apply-view.ts'
import type { LinkStyle } from './link-style.ts'
import { scanView } from './scan-view.ts'

/** A view that shows a blob. */
export interface Showing {
  readonly ui: UiName
  readonly profile: ProfileName
  readonly path: string
}

/** Every view in which a blob has a link. */
export function viewsShowing(reader: StoreReader, sha256: Sha256): Showing[] {
  return reader
    .uisWithViews()
    .flatMap((ui) =>
      reader
        .knownViews(ui)
        .flatMap((profile) =>
          [...(reader.knownView(ui, profile)?.links.values() ?? [])]
            .filter((link) => link.sha256 === sha256)
            .map((link) => ({ ui, profile, path: link.path })),
        ),
    )
}

/** Takes the links to a blob out of all views. @throws disk.* */
export async function withdrawBlob(tx: StoreTx, style: LinkStyle, sha256: Sha256): Promise<void> {
  const views = new Map<string, Showing>()
  for (const one of viewsShowing(tx, sha256)) views.set(join(one.ui, one.profile), one)
  for (const { ui, profile } of views.values()) {
    const scan = scanView(tx, ui, profile)
    await applyView(tx, style, {
      ui,
      profile,
      add: [],
      repoint: [],
      remove: [...scan.links.values()].filter((link) => link.sha256 === sha256),
      record: scan.unrecorded,
      forget: scan.lost,
      quarantine: [],
      leftovers: scan.leftovers,
      folders: [],
      restamp: [...scan.unstamped],
      existing: scan.folders,
    })
  }
}

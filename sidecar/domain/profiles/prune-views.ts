/** The inactive views of an interface: kept ready for use, or removed. */
import fs from 'node:fs'
import { GLOBAL, type ProfileName, type UiName } from '../../../schemas/ids.ts'
import { ACTIVE_SLOT } from '../../store/store-paths.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { removeView } from '../views/remove-view.ts'
import { planView } from '../views/plan-view.ts'
import { foldersOf, layoutOf } from '../views/ui-layout.ts'
import { bringUpToDate } from './activate-top.ts'

/** Reports whether a profile is gone and not in any stack. */
function isForgotten(reader: StoreReader, ui: UiName, profile: ProfileName): boolean {
  if (profile === ACTIVE_SLOT || profile === GLOBAL) return false
  if (reader.activeProfile(ui) === profile) return false
  return !fs.existsSync(reader.paths.profile(profile)) && !reader.stack(ui).includes(profile)
}

/**
 * Removes the views of profiles that are gone, and updates those that lack a folder because the
 * layout changed since they were built.
 * @throws disk.*, view.path_taken
 */
export async function pruneStaleViews(tx: StoreTx, ui: UiName): Promise<void> {
  const folders = foldersOf(layoutOf(tx.config(), ui))
  for (const profile of tx.knownViews(ui)) {
    if (isForgotten(tx, ui, profile)) {
      tx.changes.views.add(ui)
      await removeView(tx, { ui, profile })
      continue
    }
    const mtimes = tx.knownView(ui, profile)?.mtimes
    if (mtimes === undefined || folders.every((folder) => (mtimes.get(folder) ?? 0) > 0)) continue
    await bringUpToDate(tx, planView(tx, { ui, profile }))
  }
}

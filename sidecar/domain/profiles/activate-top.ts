/** Activates the profile on top of an interface's stack. */
import type { ProfileName, UiName } from '../../../schemas/ids.ts'
import { prepareLink, renameLink } from '../../platform/links.ts'
import { ensureFolder } from '../../platform/folders.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { clearActivePath } from '../views/active-path.ts'
import { applyView } from '../views/apply-view.ts'
import { rememberMade } from '../views/plan-links.ts'
import { planView, type ViewPlan } from '../views/plan-view.ts'
import { changeOf } from '../views/view-change.ts'

/**
 * Brings a view to what its plan says.
 * @returns files that were moved to quarantine
 * @throws disk.*, view.path_taken
 */
export async function bringUpToDate(tx: StoreTx, view: ViewPlan): Promise<string[]> {
  const change = changeOf(view)
  if (change === null) return []
  const { quarantined } = await applyView(tx, change)
  const known = tx.knownView(view.ui, view.slot)
  if (known !== null) rememberMade(known.links, view)
  return quarantined
}

/** Returns the target of an interface's active link for a profile. */
export function activeTarget(tx: StoreTx, ui: UiName, profile: ProfileName): string {
  return tx.linkStyle(ui).folder === 'junction' ? tx.paths.view(ui, profile) : `profiles/${profile}`
}

/**
 * Makes an interface see the top of its stack: updates the view, then flips the active link.
 * @throws disk.*, view.path_taken
 */
export async function activateTop(
  tx: StoreTx,
  ui: UiName,
  depth: 'incremental' | 'full' = 'incremental',
): Promise<void> {
  const profile = tx.stack(ui).at(-1)
  if (profile === undefined) return
  tx.changes.views.add(ui)
  await bringUpToDate(tx, planView(tx, { ui, profile, depth }))
  const { folder } = tx.linkStyle(ui)
  if (folder === 'none' || tx.activeProfile(ui) === profile) return
  const target = activeTarget(tx, ui, profile)
  await ensureFolder(tx.paths.ui(ui))
  await clearActivePath(tx, ui)
  await renameLink(prepareLink(target, tx.paths.active(ui), folder), tx.paths.active(ui))
}

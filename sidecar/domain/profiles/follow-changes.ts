/** Keeping what interfaces see in step with packs, profiles and approvals. */
import { isAppError } from '../../../schemas/errors.ts'
import { documentText } from '../../../schemas/json.ts'
import type { UiName } from '../../../schemas/ids.ts'
import { writeStep } from '../../store/act.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { ScanDepth } from '../views/scan-view.ts'
import { takeOverViews } from '../views/take-over-views.ts'
import { settleView } from '../views/settle-view.ts'
import { showTop } from './show-top.ts'
import { tidyViews } from './tidy-views.ts'
import { derivedAnew } from './switch-profiles.ts'

/** Interfaces to which something was shown already. */
export function shownUis(reader: StoreReader): UiName[] {
  return reader
    .uisWithViews()
    .filter((ui) => reader.shownProfile(ui) !== null || reader.knownViews(ui).length > 0)
}

async function rewriteDerived(tx: StoreTx, ui: UiName): Promise<void> {
  for (const [name, document] of derivedAnew(tx, tx.stack(ui).slice(-1))) {
    const step = writeStep(tx.paths, tx.paths.profile(name), documentText(document))
    if (step === null) continue
    await tx.act({ op: 'profile.derive', after: { profile: name } }, [step])
  }
}

/** An interface whose view could not follow. */
export interface NotFollowed {
  readonly ui: UiName
  readonly detail: string
}

/** Only people can mend what an error of this sort tells; trying again does not. */
function isPeoples(error: unknown): boolean {
  return isAppError(error) && !error.code.startsWith('disk.')
}

async function followUi(tx: StoreTx, ui: UiName, depth: ScanDepth): Promise<void> {
  await rewriteDerived(tx, ui)
  await showTop(tx, ui, depth)
  await tidyViews(tx, ui)
}

/** The view that cannot be planned still has all folders, and a ledger that is true. */
async function keepAsItIs(tx: StoreTx, ui: UiName): Promise<void> {
  const profile = tx.shownProfile(ui)
  if (profile !== null) await settleView(tx, ui, tx.viewSlot(ui, profile))
}

/**
 * Brings the active views up to date, where that can be done, and ends the acts that waited for
 * it; the rest is told. Where a disk fails they stay open: the next holder of the lock repeats.
 * @returns the interfaces that could not follow, and why
 * @throws disk.* where the journal cannot be written
 */
export async function followChanges(
  tx: StoreTx,
  depth: ScanDepth = 'changed',
): Promise<NotFollowed[]> {
  const problems: NotFollowed[] = []
  let mayEnd = true
  await takeOverViews(tx)
  for (const ui of shownUis(tx)) {
    try {
      await followUi(tx, ui, depth)
    } catch (error) {
      problems.push({ ui, detail: error instanceof Error ? error.message : String(error) })
      const kept = keepAsItIs(tx, ui).then(() => true, isPeoples)
      mayEnd = (await kept) && isPeoples(error) && mayEnd
    }
  }
  if (mayEnd) await tx.endFollowed()
  return problems
}

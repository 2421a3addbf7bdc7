/** Keeps active views in sync with packs, profiles and approvals. */
import { isAppError } from '../../../schemas/errors.ts'
import { documentText } from '../../../schemas/json.ts'
import type { UiName } from '../../../schemas/ids.ts'
import { writeStep } from '../../store/steps.ts'
import type { Store } from '../../store/store.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { ScanMode } from '../views/scanned-view.ts'
import { takeOverViews } from '../views/take-over-views.ts'
import { repairView } from '../views/repair-view.ts'
import { activateTop } from './activate-top.ts'
import { pruneStaleViews } from './prune-views.ts'
import { regenerateDerivedProfiles } from './regenerate-derived.ts'

/** Returns interfaces that already have an active profile. */
export function managedUis(reader: StoreReader): UiName[] {
  return reader
    .uisWithViews()
    .filter((ui) => reader.activeProfile(ui) !== null || reader.knownViews(ui).length > 0)
}

async function saveDerivedProfiles(tx: StoreTx, ui: UiName): Promise<void> {
  for (const [name, document] of regenerateDerivedProfiles(tx, tx.stack(ui).slice(-1))) {
    const step = writeStep(tx.paths, tx.paths.profile(name), documentText(document))
    if (step === null) continue
    await tx.perform({ op: 'profile.derive', after: { profile: name } }, [step])
  }
}

/** An interface whose view could not be synced. */
export interface ViewSyncFailure {
  readonly ui: UiName
  readonly detail: string
}

/** Reports whether only the user can fix an error; retrying cannot. */
function isUserFixable(error: unknown): boolean {
  return isAppError(error) && !error.code.startsWith('disk.')
}

async function syncUi(tx: StoreTx, ui: UiName, depth: ScanMode): Promise<void> {
  await saveDerivedProfiles(tx, ui)
  await activateTop(tx, ui, depth)
  await pruneStaleViews(tx, ui)
}

/** Repairs a view that cannot be planned: it still gets all folders and a correct ledger. */
async function keepCurrentView(tx: StoreTx, ui: UiName): Promise<void> {
  const profile = tx.activeProfile(ui)
  if (profile !== null) await repairView(tx, { ui, profile: tx.viewSlot(ui, profile) })
}

/** Makes a change under the lock, then lets active views follow as far as possible. */
export async function changeAndSync<T>(
  store: Store,
  actor: string,
  change: (tx: StoreTx) => Promise<T>,
): Promise<T> {
  return store.transact(actor, async (tx) => {
    const result = await change(tx)
    await syncActiveViews(tx)
    return result
  })
}

/**
 * Updates the active views as far as possible, and ends the operations that waited for that. If a
 * disk fails they stay open: the next holder of the lock repeats the sync.
 * @returns the interfaces that could not be synced, and why
 * @throws disk.* where the journal cannot be written
 */
export async function syncActiveViews(
  tx: StoreTx,
  depth: ScanMode = 'incremental',
): Promise<ViewSyncFailure[]> {
  const problems: ViewSyncFailure[] = []
  let mayEnd = true
  await takeOverViews(tx)
  for (const ui of managedUis(tx)) {
    try {
      await syncUi(tx, ui, depth)
    } catch (error) {
      problems.push({ ui, detail: error instanceof Error ? error.message : String(error) })
      const kept = keepCurrentView(tx, ui).then(() => true, isUserFixable)
      mayEnd = (await kept) && isUserFixable(error) && mayEnd
    }
  }
  if (mayEnd) await tx.completePendingViews()
  return problems
}

/** What interfaces would gain and lose by an operation: the answer of its dry run. */
import { isAppError } from '../../../schemas/errors.ts'
import type { Sha256, UiName } from '../../../schemas/ids.ts'
import type { ViewPreview } from '../../../schemas/view-preview.ts'
import type { Step } from '../../store/steps.ts'
import type { ReadingContext } from '../context.ts'
import { truncatedPaths } from '../truncate-list.ts'
import { managedUis } from './sync-views.ts'
import { regenerateDerivedProfiles } from './regenerate-derived.ts'
import { OverlayReader } from '../../store/overlay-reader.ts'
import { planView } from '../views/plan-view.ts'
import { viewsLinking } from '../views/unlink-blob.ts'

const group = (paths: Iterable<string>) => truncatedPaths([...new Set(paths)])

function previewView(
  after: OverlayReader,
  ui: UiName,
  withdrawn: Sha256 | null,
): ViewPreview | null {
  const profile = after.stack(ui).at(-1)
  if (profile === undefined) return null
  const nothing = group([])
  try {
    const document = regenerateDerivedProfiles(after, [profile]).get(profile)
    const { slot, diff } = planView(after, { ui, profile, document })
    const showing = withdrawn === null ? [] : viewsLinking(after, withdrawn)
    const here = showing.filter((one) => one.ui === ui && one.profile === slot)
    const appear = group(diff.add.map(({ path }) => path))
    const disappear = group([...diff.remove, ...here].map(({ path }) => path))
    const repoint = group(diff.repoint.map(({ link }) => link.path))
    const changed = appear.total + disappear.total + repoint.total > 0
    return changed ? { ui, profile, appear, disappear, repoint } : null
  } catch (error) {
    if (!isAppError(error)) throw error
    const problem = error.message
    return { ui, profile, appear: nothing, disappear: nothing, repoint: nothing, problem }
  }
}

/**
 * Returns the active views that an operation would change, one row for each interface, with the
 * reason if it could not be synced. Nothing is changed, and no lock is taken.
 * @param after the store after the operation
 * @param withdrawn the blob whose links the operation takes out of all views first
 */
export function previewViews(after: OverlayReader, withdrawn: Sha256 | null = null): ViewPreview[] {
  return managedUis(after).flatMap((ui) => previewView(after, ui, withdrawn) ?? [])
}

/**
 * Throws if two packs want one path in an active view after an operation.
 * @param after the store after the operation
 * @throws profile.conflict
 */
export function assertShowable(after: OverlayReader): void {
  for (const ui of managedUis(after)) {
    const profile = after.stack(ui).at(-1)
    if (profile === undefined) continue
    const document = regenerateDerivedProfiles(after, [profile]).get(profile)
    const shown = document ?? after.profile(profile)
    if (shown?.conflicts.mode === 'strict') planView(after, { ui, profile, document })
  }
}

/** As {@link previewViews}, for steps that are only planned. */
export async function previewSteps(
  { store }: ReadingContext,
  steps: readonly Step[],
  withdrawn: Sha256 | null = null,
): Promise<ViewPreview[]> {
  return previewViews(new OverlayReader(store.reader, steps), withdrawn)
}

/** What interfaces would see come and go if an act were done: the answer of its dry run. */
import { isAppError } from '../../../schemas/errors.ts'
import type { Sha256, UiName } from '../../../schemas/ids.ts'
import type { ForeseenView } from '../../../schemas/profile.ts'
import type { Step } from '../../store/act.ts'
import type { ReadingContext } from '../context.ts'
import { groupPaths } from '../listed.ts'
import { shownUis } from './follow-changes.ts'
import { derivedAnew } from './switch-profiles.ts'
import { ReaderAfter } from '../../store/reader-after.ts'
import { gatherView } from '../views/gather-view.ts'
import { viewsShowing } from '../views/withdraw-blob.ts'

const group = (paths: Iterable<string>) => groupPaths([...new Set(paths)])

function foreseeView(
  after: ReaderAfter,
  ui: UiName,
  withdrawn: Sha256 | null,
): ForeseenView | null {
  const profile = after.stack(ui).at(-1)
  if (profile === undefined) return null
  const nothing = group([])
  try {
    const document = derivedAnew(after, [profile]).get(profile)
    const { slot, diff } = gatherView(after, { ui, profile, document })
    const showing = withdrawn === null ? [] : viewsShowing(after, withdrawn)
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
 * The active views that would change if they followed an act, one row an interface. One that could
 * not follow says why. Nothing is changed, and no lock is taken.
 * @param after the store after the act
 * @param withdrawn the blob whose links the act takes out of all views first
 */
export function foreseeViews(after: ReaderAfter, withdrawn: Sha256 | null = null): ForeseenView[] {
  return shownUis(after).flatMap((ui) => foreseeView(after, ui, withdrawn) ?? [])
}

/** As {@link foreseeViews}, after steps that nobody has made yet. */
export async function foreseeSteps(
  { store }: ReadingContext,
  steps: readonly Step[],
  withdrawn: Sha256 | null = null,
): Promise<ForeseenView[]> {
  return foreseeViews(new ReaderAfter(store.reader, steps), withdrawn)
}

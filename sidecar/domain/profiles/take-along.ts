/** What happens to foreign files that a switch hides. */
import type { ProfileName, UiName } from '../../../schemas/ids.ts'
import type { SwitchResult } from '../../../schemas/switch.ts'
import type { HiddenFiles } from '../../../schemas/view-files.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'
import { truncated } from '../truncate-list.ts'
import { hiddenFiles, lookCloser } from '../views/hidden-files.ts'
import { viewName } from '../views/view-address.ts'
import { listViews } from '../views/list-views.ts'

/** Returns the plan of a switch, without adopting files that must wait. */
export async function withCloserLook(
  reader: StoreReader,
  result: SwitchResult,
): Promise<SwitchResult> {
  const uis = await Promise.all(
    result.plan.uis.map(async (ui) => ({
      ...ui,
      out_of_sight: await closerLook(reader, ui.out_of_sight),
    })),
  )
  return { ...result, plan: { ...result.plan, uis } }
}

const NONE: HiddenFiles = { total: 0, items: [] }

/** As {@link lookCloser}, for the listed files. */
export async function closerLook(
  reader: StoreReader,
  { total, items }: HiddenFiles = NONE,
): Promise<HiddenFiles> {
  return { total, items: await lookCloser(reader, items) }
}

/** The views with files to import. */
function viewsToTakeIn({ total, items }: HiddenFiles = NONE): string[] {
  const some = items.filter((file) => file.taken_in || items.length < total)
  return [...new Set(some.map((file) => viewName(file)))]
}

/**
 * Starts importing files that are no longer visible and may be imported.
 * @returns the id of the job; null where there is nothing to import
 */
export async function startTakingIn(
  { takeIn }: Pick<StoreContext, 'takeIn'>,
  hidden: readonly (HiddenFiles | undefined)[],
): Promise<string | null> {
  const views = [...new Set(hidden.flatMap(viewsToTakeIn))].sort()
  return takeIn === undefined || views.length === 0 ? null : takeIn(views)
}

/** As {@link startTakingIn}, after a switch; the answer names the job. */
export async function takeAlong(
  ctx: Pick<StoreContext, 'takeIn'>,
  result: SwitchResult,
): Promise<SwitchResult> {
  const shown = result.plan.uis.filter((ui) => !result.not_flipped.includes(ui.ui))
  const job = await startTakingIn(
    ctx,
    shown.map((ui) => ui.out_of_sight),
  )
  return job === null ? result : { ...result, adopt_job: job }
}

/**
 * Runs work that may change active profiles, then imports files that are no longer visible.
 * @returns the result of the work, with the import job if there is one
 */
export async function withTakingIn<T extends object>(
  ctx: StoreContext,
  work: () => Promise<T>,
): Promise<T & { adopt_job?: string }> {
  const { reader } = ctx.store
  const before = activeProfiles(reader)
  const done = await work()
  const after = activeProfiles(reader)
  const left = [...before].filter(([ui, profile]) => after.get(ui) !== profile)
  const files = left.flatMap(([ui, profile]) => hiddenFiles(reader, { ui, profile }))
  const job = await startTakingIn(ctx, [truncated(await lookCloser(reader, files))])
  return job === null ? done : { ...done, adopt_job: job }
}

function activeProfiles(reader: StoreReader): Map<UiName, ProfileName> {
  const switched = listViews(reader).filter(
    ({ ui, shown }) => shown && reader.linkStyle(ui).folder !== 'none',
  )
  return new Map(switched.map(({ ui, profile }) => [ui, profile]))
}

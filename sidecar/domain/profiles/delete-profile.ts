/** Deletes a profile: its document, never its packs. */
import { AppError } from '../../../schemas/errors.ts'
import type { ProfileName, UiName } from '../../../schemas/ids.ts'
import type { ProfileDeletion } from '../../../schemas/profile.ts'
import { writeStep } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import { hiddenWith, leaveProfiles, uisToGoBack } from './leave-profiles.ts'
import { assertDispensable } from './profile-names.ts'
import { syncActiveViews } from './sync-views.ts'
import { closerLook, startTakingIn } from './take-along.ts'

/** The profile to delete, and whether only the plan is requested. */
export interface ProfileDelete {
  readonly profile: ProfileName
  readonly dry_run: boolean
}

function planDeletion(reader: StoreReader, profile: ProfileName): ProfileDeletion {
  assertDispensable(reader, profile)
  if (!reader.profileNames().includes(profile)) {
    throw new AppError('profile.not_found', `No such profile: "${profile}"`)
  }
  const gone = new Set([profile])
  const goes_back_in_uis = uisToGoBack(reader, gone)
  return { dry_run: true, profile, goes_back_in_uis, ...hiddenWith(reader, gone) }
}

async function carryOut(tx: StoreTx, profile: ProfileName): Promise<ProfileDeletion> {
  const plan = planDeletion(tx, profile)
  await leaveProfiles(tx, new Set([profile]))
  const step = writeStep(tx.paths, tx.paths.profile(profile), null)
  const facts = { op: 'profile.delete', before: { profile }, syncViews: true } as const
  const journal_id = await tx.perform(facts, step === null ? [] : [step])
  await syncActiveViews(tx)
  return { ...plan, dry_run: false, journal_id }
}

async function withFiles(reader: StoreReader, plan: ProfileDeletion): Promise<ProfileDeletion> {
  if (plan.out_of_sight === undefined) return plan
  return { ...plan, out_of_sight: await closerLook(reader, plan.out_of_sight) }
}

/**
 * Deletes a profile: interfaces that show it go back first. Undo restores the document, not the
 * stacks.
 * @throws profile.not_found, profile.protected for `global` and for one that settings name,
 * profile.conflict or pack.cycle for a profile to go back to, view.path_taken, disk.*
 */
export async function deleteProfile(
  ctx: StoreContext,
  actor: string,
  { profile, dry_run }: ProfileDelete,
): Promise<ProfileDeletion> {
  const { reader } = ctx.store
  reader.requireInitialized()
  if (dry_run) return withFiles(reader, planDeletion(reader, profile))
  const deleted = await ctx.store.transact(actor, (tx) => carryOut(tx, profile))
  const plan = await withFiles(reader, deleted)
  const job = await startTakingIn(ctx, [plan.out_of_sight])
  for (const ui of plan.goes_back_in_uis as UiName[]) {
    const top = reader.stack(ui).at(-1)
    if (top !== undefined) ctx.publish({ type: 'profile.activated', ui, profile: top })
  }
  return job === null ? plan : { ...plan, adopt_job: job }
}

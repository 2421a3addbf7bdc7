/** Updates views on request of the user. */
import type { StoreContext } from '../context.ts'
import { carryOutSwitch, requireProfile, stacksFor } from './carry-out-switch.ts'
import { chooseUis } from './choose-uis.ts'
import { regenerateDerivedProfiles } from './regenerate-derived.ts'
import type { SwitchResult, SyncRequest } from '../../../schemas/switch.ts'

/**
 * Updates views and checks every link: views of one profile on top of stacks, or all active ones.
 * @throws profile.not_found, ui_set.not_found, plan.stale, view.path_taken
 */
export async function syncProfiles(
  ctx: StoreContext,
  actor: string,
  request: SyncRequest,
): Promise<SwitchResult> {
  const { profile } = request
  return carryOutSwitch(ctx, { actor, ...request }, (reader) => {
    if (profile !== undefined) requireProfile(reader, profile)
    const all = chooseUis(reader, request.ui_set)
    const uis = all.filter((ui) => profile === undefined || reader.stack(ui).at(-1) === profile)
    const stacks = stacksFor(reader, uis, (stack) => stack)
    const tops = [...stacks.values()].flatMap((stack) => stack.at(-1) ?? [])
    return {
      action: 'sync',
      profile: profile ?? null,
      stacks,
      documents: regenerateDerivedProfiles(reader, tops),
      refresh: true,
      depth: 'full',
    }
  })
}

/** Activates a profile. */
import type { StoreContext } from '../context.ts'
import { carryOutSwitch, requireProfile, stacksFor } from './carry-out-switch.ts'
import { chooseUis } from './choose-uis.ts'
import { regenerateDerivedProfiles } from './regenerate-derived.ts'
import { activated } from './runtime-stack.ts'
import type { ActivateRequest, SwitchResult } from '../../../schemas/switch.ts'

/**
 * Makes a profile the active one, whatever was active before; repeating it changes nothing.
 * @throws profile.not_found, ui_set.not_found, plan.stale, view.path_taken
 */
export async function activateProfile(
  ctx: StoreContext,
  actor: string,
  request: ActivateRequest,
): Promise<SwitchResult> {
  const { profile } = request
  return carryOutSwitch(ctx, { actor, ...request }, (reader) => {
    requireProfile(reader, profile)
    const uis = chooseUis(reader, request.ui_set)
    return {
      action: 'activate',
      profile,
      stacks: stacksFor(reader, uis, () => activated(profile)),
      documents: regenerateDerivedProfiles(reader, [profile]),
      refresh: true,
      depth: 'incremental',
    }
  })
}

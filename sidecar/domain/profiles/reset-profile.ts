/** Resets interfaces to the global profile. */
import { GLOBAL } from '../../../schemas/ids.ts'
import type { StoreContext } from '../context.ts'
import { carryOutSwitch, stacksFor } from './carry-out-switch.ts'
import { chooseUis } from './choose-uis.ts'
import type { ResetRequest, SwitchResult } from '../../../schemas/switch.ts'

/** Goes back to the global profile. @throws ui_set.not_found, plan.stale, view.path_taken */
export async function resetProfile(
  ctx: StoreContext,
  actor: string,
  request: ResetRequest,
): Promise<SwitchResult> {
  return carryOutSwitch(ctx, { actor, ...request }, (reader) => ({
    action: 'reset',
    profile: GLOBAL,
    stacks: stacksFor(reader, chooseUis(reader, request.ui_set), () => [GLOBAL]),
    documents: new Map(),
    refresh: true,
    depth: request.sync ? 'full' : 'incremental',
  }))
}

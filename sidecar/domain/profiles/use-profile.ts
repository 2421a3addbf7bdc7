/** Uses a pack on top of the base profile, or alone. */
import type { StoreContext } from '../context.ts'
import { carryOutSwitch, stacksFor } from './carry-out-switch.ts'
import { chooseUis } from './choose-uis.ts'
import { deriveProfile } from './derive-profile.ts'
import { derivedProfile } from '../views/derived-names.ts'
import { push } from './runtime-stack.ts'
import type { SwitchResult, UseRequest } from '../../../schemas/switch.ts'

/**
 * Uses a pack: on top of the base profile, or alone. If the pack is already on top, the stack is
 * unchanged and its view is updated.
 * @throws pack.not_found, pack.cycle, ui_set.not_found, plan.stale, view.path_taken
 */
export async function useProfile(
  ctx: StoreContext,
  actor: string,
  request: UseRequest,
): Promise<SwitchResult> {
  const name = derivedProfile(request.pack, request.only)
  return carryOutSwitch(ctx, { actor, ...request }, (reader) => {
    reader.requirePack(request.pack)
    const uis = chooseUis(reader, request.ui_set)
    return {
      action: 'use',
      profile: name,
      stacks: stacksFor(reader, uis, (stack) => push(stack, name)),
      documents: new Map([[name, deriveProfile(reader, name, request)]]),
      refresh: true,
      depth: request.sync ? 'full' : 'incremental',
    }
  })
}

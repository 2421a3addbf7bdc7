/** Goes back to the previous profile. */
import { AppError } from '../../../schemas/errors.ts'
import type { UiName } from '../../../schemas/ids.ts'
import type { StoreContext } from '../context.ts'
import { carryOutSwitch, stacksFor } from './carry-out-switch.ts'
import { chooseUis } from './choose-uis.ts'
import { pop } from './runtime-stack.ts'
import type { BackRequest, SwitchResult } from '../../../schemas/switch.ts'

/**
 * Goes back to the previous profile; its view is shown as it was, or updated first.
 * @throws profile.stack_empty where an interface of the set has nothing below; nothing changes
 */
export async function backProfile(
  ctx: StoreContext,
  actor: string,
  request: BackRequest,
): Promise<SwitchResult> {
  return carryOutSwitch(ctx, { actor, ...request }, (reader) => {
    const uis = chooseUis(reader, request.ui_set)
    const stacks = stacksFor(reader, uis, (stack, ui) => pop(stack) ?? emptyStack(ui))
    return {
      action: 'back',
      profile: stacks.values().next().value?.at(-1) ?? null,
      stacks,
      documents: new Map(),
      refresh: request.sync,
      depth: request.sync ? 'full' : 'incremental',
    }
  })
}

function emptyStack(ui: UiName): never {
  throw new AppError('profile.stack_empty', `${ui} has no profile to go back to`)
}

import { finishSwitch } from '../../profiles/finish-switch.ts'
import type { Facts, OperationKind } from './operation.ts'

function stacksText(facts: Facts): string {
  const stacks = (facts['stacks'] ?? {}) as Record<string, readonly string[]>
  return Object.entries(stacks)
    .map(([ui, stack]) => `${ui}: ${stack.at(-1) ?? ''}`)
    .join(', ')
}

/** `profile.switch` */
export const PROFILE_SWITCH: OperationKind = {
  op: 'profile.switch',
  summary: (_before, after) => `Switched to ${stacksText(after)}`,
  finish: finishSwitch,
  undo: { by: 'stacks' },
  panel: true,
}

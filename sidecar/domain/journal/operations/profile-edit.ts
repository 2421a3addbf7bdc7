import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `profile.edit` */
export const PROFILE_EDIT: OperationKind = {
  op: 'profile.edit',
  summary: (_before, after) => `Changed the profile ${text(after, 'profile')}`,
  undo: BY_STEPS,
  panel: true,
}

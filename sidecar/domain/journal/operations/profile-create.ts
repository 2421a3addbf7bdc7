import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `profile.create` */
export const PROFILE_CREATE: OperationKind = {
  op: 'profile.create',
  summary: (_before, after) => `Created the profile ${text(after, 'profile')}`,
  undo: BY_STEPS,
  panel: true,
}

import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `profile.delete` */
export const PROFILE_DELETE: OperationKind = {
  op: 'profile.delete',
  summary: (before) => `Deleted the profile ${text(before, 'profile')}`,
  undo: BY_STEPS,
  panel: true,
}

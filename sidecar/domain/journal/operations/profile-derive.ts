import { FOLLOWS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `profile.derive` */
export const PROFILE_DERIVE: OperationKind = {
  op: 'profile.derive',
  summary: (_before, after) => `Regenerated the profile ${text(after, 'profile')}`,
  undo: FOLLOWS,
  panel: true,
}

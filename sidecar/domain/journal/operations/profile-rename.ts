import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `profile.rename` */
export const PROFILE_RENAME: OperationKind = {
  op: 'profile.rename',
  summary: (before, after) =>
    `Renamed the profile ${text(before, 'profile')} to ${text(after, 'profile')}`,
  undo: BY_STEPS,
  panel: true,
}

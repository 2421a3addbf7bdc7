import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `pack.rename` */
export const PACK_RENAME: OperationKind = {
  op: 'pack.rename',
  summary: (before, after) => `Renamed the pack ${text(before, 'pack')} to ${text(after, 'pack')}`,
  undo: BY_STEPS,
  panel: true,
}

import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `pack.delete` */
export const PACK_DELETE: OperationKind = {
  op: 'pack.delete',
  summary: (before) => `Deleted the pack ${text(before, 'pack')}`,
  undo: BY_STEPS,
  panel: true,
}

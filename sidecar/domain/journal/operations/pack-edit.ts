import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `pack.edit` */
export const PACK_EDIT: OperationKind = {
  op: 'pack.edit',
  summary: (_before, after) => `Changed the pack ${text(after, 'pack')}`,
  undo: BY_STEPS,
  panel: true,
}

import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `pack.create` */
export const PACK_CREATE: OperationKind = {
  op: 'pack.create',
  summary: (_before, after) => `Created the pack ${text(after, 'pack')}`,
  undo: BY_STEPS,
  panel: true,
}

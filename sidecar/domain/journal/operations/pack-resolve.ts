import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `pack.resolve` */
export const PACK_RESOLVE: OperationKind = {
  op: 'pack.resolve',
  summary: (_before, after) => `Resolved the pack ${text(after, 'pack')}`,
  undo: BY_STEPS,
  panel: true,
}

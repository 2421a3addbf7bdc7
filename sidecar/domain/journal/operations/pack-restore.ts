import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `pack.restore` */
export const PACK_RESTORE: OperationKind = {
  op: 'pack.restore',
  summary: (_before, after) => `Restored the pack ${text(after, 'pack')}`,
  undo: BY_STEPS,
  panel: true,
}

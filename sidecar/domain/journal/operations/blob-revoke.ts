import { finishUnlinking } from '../../views/unlink-blob.ts'
import { BY_STEPS, type OperationKind } from './operation.ts'
import { short } from './texts.ts'

/** `blob.revoke` */
export const BLOB_REVOKE: OperationKind = {
  op: 'blob.revoke',
  summary: (_before, after) => `Blocked ${short(after)}`,
  finish: finishUnlinking,
  undo: BY_STEPS,
  panel: false,
}

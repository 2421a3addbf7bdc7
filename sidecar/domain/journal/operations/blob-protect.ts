import { BY_STEPS, type OperationKind } from './operation.ts'

/** `blob.protect` */
export const BLOB_PROTECT: OperationKind = {
  op: 'blob.protect',
  summary: (_before, after) => `Made models read-only again: ${String(after['models'])}`,
  undo: BY_STEPS,
  panel: true,
}

import { BY_STEPS, type OperationKind } from './operation.ts'
import { short } from './texts.ts'

/** `blob.approve` */
export const BLOB_APPROVE: OperationKind = {
  op: 'blob.approve',
  summary: (_before, after) => `Approved ${short(after)}`,
  inJob: (models) => `approved ${models}`,
  unlinksBlob: true,
  undo: BY_STEPS,
  panel: false,
}

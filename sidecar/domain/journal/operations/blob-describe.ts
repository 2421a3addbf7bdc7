import { FOLLOWS, type OperationKind } from './operation.ts'
import { short } from './texts.ts'

/** `blob.describe` */
export const BLOB_DESCRIBE: OperationKind = {
  op: 'blob.describe',
  summary: (_before, after) => `Wrote the manifest of ${short(after)}`,
  undo: FOLLOWS,
  panel: true,
}

import { BY_STEPS, type OperationKind } from './operation.ts'
import { short, text } from './texts.ts'

/** `blob.import` */
export const BLOB_IMPORT: OperationKind = {
  op: 'blob.import',
  summary: (before, after) =>
    `Imported ${text(before, 'path')} as ${short(after)} (${text(after, 'how')})`,
  inJob: (models) => `imported ${models}`,
  rank: 3,
  unlinksBlob: true,
  undo: BY_STEPS,
  panel: true,
}

import { finishUnlinking } from '../../views/unlink-blob.ts'
import type { OperationKind } from './operation.ts'
import { short, text } from './texts.ts'

/** `blob.evict` */
export const BLOB_EVICT: OperationKind = {
  op: 'blob.evict',
  summary: (before, after) =>
    `Removed ${short(before)} from the store, since its file was changed: ${text(after, 'path')}`,
  finish: finishUnlinking,
  undo: { by: 'never', reason: 'Its bytes are not those of the model any more' },
  panel: true,
}

import { finishUnlinking } from '../../views/unlink-blob.ts'
import { BY_STEPS, type OperationKind } from './operation.ts'
import { short, text } from './texts.ts'

/** `blob.delete` */
export const BLOB_DELETE: OperationKind = {
  op: 'blob.delete',
  summary: (before) => `Moved ${text(before, 'display_name')} (${short(before)}) to the trash`,
  inJob: (models) => `moved ${models} to the trash`,
  rank: 2,
  finish: finishUnlinking,
  undo: BY_STEPS,
  panel: true,
}

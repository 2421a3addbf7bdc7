import { arrivalOf, finishReplacement } from '../../imports/replace-blob.ts'
import type { OperationKind } from './operation.ts'
import { short, text } from './texts.ts'

/** `blob.replace` */
export const BLOB_REPLACE: OperationKind = {
  op: 'blob.replace',
  summary: (before, after) =>
    `Replaced the damaged ${short(after)} by ${text(before, 'path')}; its bytes are in the trash`,
  finish: finishReplacement,
  unlinksBlob: true,
  undo: { by: 'steps', of: arrivalOf },
  panel: true,
}

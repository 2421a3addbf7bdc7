import { finishEmpty } from '../../inventory/empty-trash.ts'
import type { OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `trash.empty` */
export const TRASH_EMPTY: OperationKind = {
  op: 'trash.empty',
  summary: (before) => `Removed ${text(before, 'display_name')} for good`,
  inJob: (models) => `removed ${models} for good`,
  rank: 1,
  finish: finishEmpty,
  undo: { by: 'never', reason: 'The bytes are gone for good' },
  panel: true,
}

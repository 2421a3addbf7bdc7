import { recoverAddFiles } from '../../imports/recover-add-files.ts'
import { FOLLOWS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `pack.add_files` */
export const PACK_ADD_FILES: OperationKind = {
  op: 'pack.add_files',
  summary: (_before, after) => `Added imported models to the pack ${text(after, 'pack')}`,
  finish: recoverAddFiles,
  undo: FOLLOWS,
  panel: true,
}

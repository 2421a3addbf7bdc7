import { recoverAddFiles } from '../../imports/recover-add-files.ts'
import { FOLLOWS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `pack.fill` */
export const PACK_FILL: OperationKind = {
  op: 'pack.fill',
  summary: (_before, after) => `Put imported models into the pack ${text(after, 'pack')}`,
  finish: recoverAddFiles,
  undo: FOLLOWS,
  panel: true,
}

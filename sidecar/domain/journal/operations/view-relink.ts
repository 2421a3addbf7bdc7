import { finishRelease } from '../../imports/release-copies.ts'
import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `view.relink` */
export const VIEW_RELINK: OperationKind = {
  op: 'view.relink',
  summary: (before) => `Relinked ${text(before, 'path')}`,
  finish: finishRelease,
  undo: BY_STEPS,
  panel: true,
}

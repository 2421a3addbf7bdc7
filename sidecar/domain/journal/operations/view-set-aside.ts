import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `view.set_aside` */
export const VIEW_SET_ASIDE: OperationKind = {
  op: 'view.set_aside',
  summary: (before) => `Set ${text(before, 'path')} aside, to be compared with the store`,
  undo: BY_STEPS,
  panel: true,
}

import { FOLLOWS, type OperationKind } from './operation.ts'

/** `view.follow` */
export const VIEW_FOLLOW: OperationKind = {
  op: 'view.follow',
  summary: () => 'Brought views up to date',
  undo: FOLLOWS,
  panel: true,
}

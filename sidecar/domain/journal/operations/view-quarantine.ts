import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `view.quarantine` */
export const VIEW_QUARANTINE: OperationKind = {
  op: 'view.quarantine',
  summary: (before) => `Moved ${text(before, 'path')} to quarantine`,
  undo: BY_STEPS,
  panel: true,
}

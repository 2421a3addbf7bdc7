import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `quarantine.discard` */
export const QUARANTINE_DISCARD: OperationKind = {
  op: 'quarantine.discard',
  summary: (before) => `Moved ${text(before, 'path')} to the trash`,
  undo: BY_STEPS,
  panel: false,
}

import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `quarantine.restore` */
export const QUARANTINE_RESTORE: OperationKind = {
  op: 'quarantine.restore',
  summary: (_before, after) => `Restored ${text(after, 'path')} from quarantine`,
  undo: BY_STEPS,
  panel: false,
}

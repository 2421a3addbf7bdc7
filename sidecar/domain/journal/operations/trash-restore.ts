import { BY_STEPS, type OperationKind } from './operation.ts'
import { short } from './texts.ts'

/** `trash.restore` */
export const TRASH_RESTORE: OperationKind = {
  op: 'trash.restore',
  summary: (_before, after) => `Took ${short(after)} out of the trash`,
  inJob: (models) => `${models} out of the trash`,
  unlinksBlob: true,
  undo: BY_STEPS,
  panel: true,
}

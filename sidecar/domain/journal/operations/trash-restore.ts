import { BY_STEPS, type OperationKind } from './operation.ts'
import { short } from './texts.ts'

/** `trash.restore` */
export const TRASH_RESTORE: OperationKind = {
  op: 'trash.restore',
  summary: (_before, after) => `Restored ${short(after)} from the trash`,
  inJob: (models) => `restored ${models} from the trash`,
  unlinksBlob: true,
  undo: BY_STEPS,
  panel: true,
}

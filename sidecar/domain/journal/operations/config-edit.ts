import { BY_STEPS, type OperationKind } from './operation.ts'

/** `config.edit` */
export const CONFIG_EDIT: OperationKind = {
  op: 'config.edit',
  summary: () => 'Changed the settings',
  undo: BY_STEPS,
  panel: false,
}

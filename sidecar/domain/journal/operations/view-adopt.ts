import { isDocumentStep } from '../../../store/steps.ts'
import type { OperationKind } from './operation.ts'
import { short, text } from './texts.ts'

/** `view.adopt` */
export const VIEW_ADOPT: OperationKind = {
  op: 'view.adopt',
  summary: (before, after) =>
    `Added the new ${text(before, 'path')} to the pack ${text(after, 'pack')} as ` +
    `${short(after)}, instead of ${short(before)}`,
  undo: { by: 'steps', of: (steps) => steps.filter(isDocumentStep) },
  panel: true,
}

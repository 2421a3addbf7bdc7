import { BY_STEPS, type OperationKind } from './operation.ts'
import { text } from './texts.ts'

/** `import.unlink` */
export const IMPORT_UNLINK: OperationKind = {
  op: 'import.unlink',
  summary: (before) =>
    `Removed the link ${text(before, 'path')}, whose file has moved into the store`,
  removesOriginals: true,
  undo: BY_STEPS,
  panel: true,
}

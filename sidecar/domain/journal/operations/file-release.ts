import type { JournalOperation } from '../../../store/journal.ts'
import { finishRelease } from '../../../store/release-files.ts'
import { stepsOf } from '../../../store/steps.ts'
import { BY_STEPS, type Facts, type OperationKind } from './operation.ts'
import { plural, text } from './texts.ts'

/** Names only the removed files; if the first file of a long record was kept, only their number. */
function summary(before: Facts, _after: Facts, operation: JournalOperation): string {
  const { kept = [] } = operation
  const removed = Number(before['files'] ?? 1) - kept.length
  const gone = stepsOf(operation).find((_step, index) => !kept.includes(index))
  const named = gone !== undefined && 'path' in gone ? gone.path : text(before, 'path')
  const isNamed = removed > 0 && (gone !== undefined || !kept.includes(0))
  const others = removed > 1 ? ` and ${String(removed - 1)} more` : ''
  const what = isNamed ? `${named}${others}` : plural(removed, 'file')
  return `Removed ${what}, which the store holds`
}

/** `file.release` */
export const FILE_RELEASE: OperationKind = {
  op: 'file.release',
  summary,
  removesOriginals: true,
  finish: finishRelease,
  undo: BY_STEPS,
  panel: true,
}

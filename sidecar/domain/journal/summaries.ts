/** One-sentence summaries of operations. */
import type { GroupCount } from '../../index/list-operations.ts'
import type { JournalOperation } from '../../store/journal.ts'
import { JOURNAL_UNDO } from './operations/journal-undo.ts'
import { kindOf } from './operations/operations.ts'
import { plural, text } from './operations/texts.ts'

/** Returns what an operation did, for the user. */
export function sentence(operation: JournalOperation): string {
  const { op, before, after } = operation.begin
  return kindOf(op)?.summary(before, after, operation) ?? op
}

/** Returns what the operations of a job did, for the user; `first` is the one that began first. */
export function groupSentence(counts: readonly GroupCount[], first: JournalOperation): string {
  const undone = counts.find(({ op }) => op === JOURNAL_UNDO.op)
  if (undone !== undefined) return `Undid ${plural(undone.parts, 'operation')} of a job`
  const done = counts.flatMap(({ op, parts }) => kindOf(op)?.inJob?.(plural(parts, 'model')) ?? [])
  const packs = new Set([text(first.begin.after, 'pack')].filter((pack) => pack !== ''))
  const into = [...packs].map((pack) => `pack ${pack}`)
  const removes = counts.some(({ op }) => kindOf(op)?.removesOriginals === true)
  if (done.length > 0) {
    const clauses = capitalized([...done, ...into].join(', '))
    return removes ? `${clauses}; removed originals` : clauses
  }
  if (removes) return ['Removed originals that the store holds', ...into].join(', ')
  const parts = counts.reduce((sum, one) => sum + one.parts, 0)
  return `${sentence(first)}, with ${plural(parts - 1, 'operation')} more`
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Counts the outcomes for the operations of a job during its undo. */
import { AppError, isAppError } from '../../../schemas/errors.ts'
import type { Uuid } from '../../../schemas/ids.ts'
import type { UndoKept, UndoResult } from '../../../schemas/journal.ts'
import { operationsOfGroup, type Operation } from '../../index/list-operations.ts'
import type { JournalOperation } from '../../store/journal.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { truncated as listed } from '../truncate-list.ts'
import { recordedOperation, type JournalContext } from './find-operations.ts'
import { sentence } from './summaries.ts'
import { isMade, type LeftOriginal } from './undo-conflicts.ts'

/** How many operations are undone in one transaction. */
const BATCH = 64

/** The outcomes so far. */
export interface Tally {
  total: number
  undone: number
  readonly kept: UndoKept[]
  /** The error of one that this caller may not undo. */
  refusal: AppError | null
}

/** A job being undone: the group of its operations, and the first of them. */
export interface UndoneJob {
  readonly group: Uuid
  readonly first: Operation
}

/** Returns an empty tally. */
export function newTally(): Tally {
  return { total: 0, undone: 0, kept: [], refusal: null }
}

/** Errors that keep one operation without stopping the others. */
const KEPT_CODES = [
  'journal.not_undoable',
  'auth.forbidden',
  'auth.path_not_allowed',
  'view.path_taken',
  'blob.not_found',
  'profile.conflict',
  'pack.cycle',
  'path.offline',
] as const

/** Reports whether an error stops only the undo of one operation of a job. */
export function isKept(error: unknown): error is AppError {
  return KEPT_CODES.some((code) => isAppError(error, code))
}

/** Records that an operation stays, and why. */
export function keep(
  reader: StoreReader,
  tally: Tally,
  { operation, error }: { readonly operation: Operation; readonly error: AppError },
): void {
  const { id, op, position } = operation
  const begin = reader.journal.head(position)
  const summary = begin === null ? op : sentence(recordedOperation(reader, operation, begin))
  tally.kept.push({ id, op, summary, reason: error.message })
  if (error.code.startsWith('auth.')) tally.refusal ??= error
}

/** Returns removed originals that do not come back, as rows of the answer. */
export function leftOf(
  { begin: { id, op } }: JournalOperation,
  left: readonly LeftOriginal[],
): UndoKept[] {
  return left.map(({ path, reason }) => ({ id, op, summary: path, reason }))
}

/** Returns the operations of a job that may still be undone, newest first, a few at a time. */
export function* undoable(ctx: Pick<JournalContext, 'index'>, group: Uuid): Generator<Operation[]> {
  for (let offset = 0; ; offset += BATCH) {
    const part = { limit: BATCH, offset, order: 'desc' } as const
    const page = ctx.index.operations((db) => operationsOfGroup(db, group, part))
    if (page.items.length === 0) return
    yield page.items.filter(({ op, undone_at }) => isMade(op) && undone_at === null)
  }
}

/** @throws journal.not_undoable, auth.forbidden, auth.path_not_allowed */
export function assertSomethingUndone({ undone, refusal, kept }: Tally): void {
  if (undone > 0) return
  const reason = kept[0]?.reason ?? 'There is nothing left to undo'
  throw refusal ?? new AppError('journal.not_undoable', reason)
}

/** Returns the answer of an undo of a job, or of its dry run. */
export function resultOf({ group, first }: UndoneJob, tally: Tally, dry_run: boolean): UndoResult {
  const { total, undone, kept } = tally
  const word = dry_run ? 'Would be undone' : 'Undone'
  const message = `${word}: ${String(undone)} of ${String(total)} operations`
  return {
    dry_run,
    undone: group,
    op: first.op,
    message,
    parts: { total, undone, kept: listed(kept) },
  }
}

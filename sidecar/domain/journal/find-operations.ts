/** Finds an operation with its record, or all operations of a job. */
import { AppError } from '../../../schemas/errors.ts'
import type { Uuid } from '../../../schemas/ids.ts'
import type { JournalRecord } from '../../../schemas/journal.ts'
import type { Index } from '../../index/index-file.ts'
import {
  countsOfGroup,
  operationById,
  operationsOfGroup,
  type Operation,
} from '../../index/list-operations.ts'
import type { JournalOperation } from '../../store/journal.ts'
import type { StoreReader } from '../../store/store-reader.ts'

/** The dependencies of queries of the journal. */
export interface JournalContext {
  readonly store: { readonly reader: StoreReader }
  readonly index: Pick<Index, 'operations'>
}

/** Returns an operation with its record. @param begin the record, if it was already read */
export function recordedOperation(
  reader: StoreReader,
  operation: Operation,
  begin: JournalRecord = reader.journal.read(operation.position),
): JournalOperation {
  const { ended_at, undone_at, kept } = operation
  return {
    begin,
    end: ended_at === null ? null : { at: ended_at },
    undone: undone_at === null ? null : { at: undone_at },
    kept,
  }
}

/** One operation, or the operations of one job. */
export type Found =
  | { readonly is: 'operation'; readonly operation: Operation }
  | { readonly is: 'group'; readonly group: Uuid; readonly first: Operation }

/**
 * Returns an operation or its whole job; a job with a single operation counts as that operation.
 */
export function foundOf(ctx: JournalContext, operation: Operation): Found {
  const { group } = operation
  if (group === null) return { is: 'operation', operation }
  const page = ctx.index.operations((db) => operationsOfGroup(db, group, { limit: 1, offset: 0 }))
  const [first] = page.items
  if (page.total === 1 || first === undefined) return { is: 'operation', operation }
  return { is: 'group', group, first }
}

/** Returns the operation or job with an id. @throws journal.not_found */
export function findOperation(ctx: JournalContext, id: Uuid): Found {
  const operation = ctx.index.operations((db) => operationById(db, id))
  if (operation !== null) return { is: 'operation', operation }
  const page = ctx.index.operations((db) => operationsOfGroup(db, id, { limit: 1, offset: 0 }))
  const [first] = page.items
  if (first === undefined) {
    throw new AppError('journal.not_found', `No such journal entry: ${id}`)
  }
  return page.total === 1
    ? { is: 'operation', operation: first }
    : { is: 'group', group: id, first }
}

/** Returns what a job has done, by name of operation. */
export function groupCounts(ctx: JournalContext, group: Uuid) {
  return ctx.index.operations((db) => countsOfGroup(db, group))
}

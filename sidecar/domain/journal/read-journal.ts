/** The journal for users: one entry for each job or single operation, newest first. */
import type { Sha256, Uuid } from '../../../schemas/ids.ts'
import type { JournalDetail, JournalEntry } from '../../../schemas/journal.ts'
import {
  leadingPage,
  matchingPage,
  operationsOfGroup,
  type GroupCount,
  type Operation,
} from '../../index/list-operations.ts'
import type { JournalOperation } from '../../store/journal.ts'
import {
  recordedOperation,
  foundOf,
  groupCounts,
  type Found,
  type JournalContext,
} from './find-operations.ts'
import { kindOf } from './operations/operations.ts'
import { groupSentence, sentence } from './summaries.ts'
import { whyNotAllowed, type Rights } from './undo-rights.ts'
import { isMade, quickConflict, whyNotUndoable } from './undo-conflicts.ts'

/** A query of the journal: the caller's rights, and a store with an index. */
export interface JournalQuestion extends JournalContext {
  readonly rights: Rights
}

/** An operation for a list, without steps if its record is long or cannot be read. */
function listedOperation(
  { store: { reader } }: JournalContext,
  operation: Operation,
): JournalOperation {
  const { id, op, at, actor, position } = operation
  const bare = { id, op, at, actor, phase: 'begin', before: {}, after: {} } as const
  return recordedOperation(reader, operation, reader.journal.head(position) ?? bare)
}

/** An operation as an entry. */
async function operationEntry(ctx: JournalQuestion, operation: Operation): Promise<JournalEntry> {
  const recorded = listedOperation(ctx, operation)
  const { reader } = ctx.store
  const undoable =
    (await whyNotUndoable(reader, recorded, quickConflict)) === null &&
    (await whyNotAllowed(reader, ctx.rights, recorded)) === null
  const { id, op, at, actor, before, after } = recorded.begin
  return {
    id,
    group: operation.group,
    parts: 1,
    op,
    at,
    ended_at: (recorded.undone ?? recorded.end)?.at ?? null,
    actor,
    state: recorded.undone !== null ? 'undone' : recorded.end !== null ? 'done' : 'open',
    summary: sentence(recorded),
    undoable,
    before,
    after,
  }
}

/** The name that best describes what a job did. */
function opOf(counts: readonly GroupCount[], first: Operation): string {
  const rankOf = (op: string) => kindOf(op)?.rank ?? 0
  return counts.reduce((best, { op }) => (rankOf(op) > rankOf(best) ? op : best), first.op)
}

function groupState(counts: readonly GroupCount[]): JournalEntry['state'] {
  const sum = (key: 'parts' | 'open' | 'undone') => counts.reduce((all, one) => all + one[key], 0)
  if (sum('open') > 0) return 'open'
  const made = counts.filter(({ op }) => isMade(op))
  return made.length > 0 && made.every(({ parts, undone }) => parts === undone) ? 'undone' : 'done'
}

/** For how many operations of a job it is checked whether the caller may undo them. */
const ASKED = 64

/** Reports whether a caller may undo any of the newest operations of a job that are not undone. */
async function mayUndoSome(ctx: JournalQuestion, group: Uuid): Promise<boolean> {
  if (ctx.rights.scope === 'owner') return true
  const part = { limit: ASKED, offset: 0, order: 'desc' } as const
  const { items } = ctx.index.operations((db) => operationsOfGroup(db, group, part))
  for (const one of items) {
    if (!isMade(one.op) || one.undone_at !== null) continue
    if ((await whyNotAllowed(ctx.store.reader, ctx.rights, listedOperation(ctx, one))) === null)
      return true
  }
  return false
}

/** All operations of a job as one entry. Whether each can be undone is found out by the undo. */
async function groupEntry(
  ctx: JournalQuestion,
  group: Uuid,
  first: Operation,
): Promise<JournalEntry> {
  const counts = groupCounts(ctx, group)
  const operation = listedOperation(ctx, first)
  const state = groupState(counts)
  const undoable = state === 'done' && counts.some(({ op }) => isMade(op))
  return {
    id: group,
    group,
    parts: counts.reduce((sum, { parts }) => sum + parts, 0),
    op: opOf(counts, first),
    at: first.at,
    ended_at: null,
    actor: first.actor,
    state,
    summary: groupSentence(counts, operation),
    undoable: undoable && (await mayUndoSome(ctx, group)),
    before: {},
    after: operation.begin.after,
  }
}

/** Returns what was found as an entry. */
export async function entryOf(ctx: JournalQuestion, found: Found): Promise<JournalEntry> {
  if (found.is === 'operation') return operationEntry(ctx, found.operation)
  return groupEntry(ctx, found.group, found.first)
}

/** A query of the journal. */
export interface JournalQuery {
  readonly sha256?: Sha256 | undefined
  readonly op?: string | undefined
  readonly limit: number
  readonly offset: number
}

/**
 * Returns a page of the journal, newest first: one entry for each job; with a filter, each matching
 * operation.
 */
export async function listJournal(ctx: JournalQuestion, query: JournalQuery) {
  const { limit, offset, op, sha256 } = query
  if (!ctx.store.reader.initialized) return { total: 0, limit, offset, items: [] }
  const isFiltered = op !== undefined || sha256 !== undefined
  const { total, items } = ctx.index.operations((db) =>
    isFiltered
      ? matchingPage(db, { op, sha256 }, { limit, offset })
      : leadingPage(db, { limit, offset }),
  )
  const entries: JournalEntry[] = []
  for (const operation of items) {
    const found = isFiltered ? ({ is: 'operation', operation } as const) : foundOf(ctx, operation)
    entries.push(await entryOf(ctx, found))
  }
  return { total, limit, offset, items: entries }
}

/** Returns an entry with a page of its parts, in the order in which they were done. */
export async function showEntry(
  ctx: JournalQuestion,
  found: Found,
  part: { readonly limit: number; readonly offset: number },
): Promise<JournalDetail> {
  const entry = await entryOf(ctx, found)
  if (found.is === 'operation') return { entry, parts: { total: 0, ...part, items: [] } }
  const page = ctx.index.operations((db) => operationsOfGroup(db, found.group, part))
  const items: JournalEntry[] = []
  for (const operation of page.items) items.push(await operationEntry(ctx, operation))
  return { entry, parts: { total: page.total, ...part, items } }
}

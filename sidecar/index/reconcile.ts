/**
 * Compares the index with the disk. The work is a generator: between two steps the file is
 * consistent and other work may run; each step reads the disk inside the transaction that writes.
 */
import { unsafePartReason, type ItemId, type PackName } from '../../schemas/ids.ts'
import { refreshAbsent } from './refresh-absent.ts'
import { refreshBlobs } from './refresh-blob.ts'
import { refreshApprovals } from './refresh-approvals.ts'
import { forgetLedgers, refreshLedgers } from './refresh-ledgers.ts'
import { refreshLocations } from './refresh-locations.ts'
import { forgetOperations, refreshOperations } from './refresh-journal.ts'
import { packFingerprint, refreshPack } from './refresh-pack.ts'
import { refreshRuntime, refreshView, uisToCheck, viewFingerprint } from './refresh-view.ts'
import {
  forgetStates,
  keepUnreadable,
  knownNames,
  savedState,
  markDirty,
  type RefreshContext,
} from './sources.ts'
import { hasAllRows } from './changes.ts'
import { compareFiles, isComparisonDue } from './compare-files.ts'
import { fillRows, STEP_ROWS, type FillState } from './fill-rows.ts'
import { namesIn } from './folder-names.ts'
import { recountGroups } from './groups.ts'
import { LIST_INDEXES } from './list-indexes.ts'
import { countAnew } from './row-counts.ts'
import { NOT_READ_YET, REFS_INDEX } from './schema.ts'
import { reconcileShards, SHARDS } from './shards.ts'
import { statement } from './statement.ts'

/** The input of a check. */
export interface ReconcileInput extends Pick<RefreshContext, 'db' | 'reader'> {
  /** Rebuilds every row, even where nothing reports a change. */
  readonly everything: boolean
  /** Compares the blobs themselves with their rows, even if that is not due yet. */
  readonly thorough?: boolean
}

interface Work extends ReconcileInput, RefreshContext {}

/** The progress of a check, which it yields after each small piece of work. */
export type ReconcileState = FillState

function* reconcileLedgers(ctx: Work): Generator<void> {
  if (ctx.everything) {
    forgetStates(ctx.db, 'approvals')
    yield* forgetLedgers(ctx)
  }
  refreshApprovals(ctx)
  refreshRuntime(ctx)
  refreshLocations(ctx)
  while (refreshLedgers(ctx)) yield
}

function* reconcileJournal({ db, reader, everything }: ReconcileInput): Generator<void> {
  if (everything) forgetOperations(db)
  while (refreshOperations(db, reader)) yield
}

const REFERRING = statement((q) => q.selectFrom('refs').select('pack').distinct())

function packsToCheck({ db, reader }: ReconcileInput): PackName[] {
  const named = namesIn(reader.paths.packs).filter((name) => unsafePartReason(name) === null)
  const known = knownNames(db, 'pack')
  const referring = db.all(REFERRING)
  const names = new Set([...named, ...known, ...referring.map((row) => row.pack)])
  return [...names].sort() as PackName[]
}

function* reconcilePacks(ctx: Work): Generator<void> {
  const { db, reader } = ctx
  for (const name of packsToCheck(ctx)) {
    if (
      ctx.everything ||
      packFingerprint(reader, name) !== savedState(db, { source: 'pack', name })
    ) {
      refreshPack(ctx, name)
    }
    yield
  }
  refreshAbsent(ctx)
  keepUnreadable(ctx, [NOT_READ_YET], [])
}

function* reconcileViews({ db, reader, everything }: ReconcileInput): Generator<void> {
  for (const ui of uisToCheck(db, reader)) {
    const same = viewFingerprint(reader, ui) === savedState(db, { source: 'view', name: ui })
    if (everything || !same) refreshView(db, reader, ui)
    yield
  }
}

const COUNT_DIRTY = statement((q) =>
  q.selectFrom('cache_dirty').select((eb) => eb.fn.countAll<number>().as('n')),
)
const SOME_DIRTY = statement((q) =>
  q.selectFrom('cache_dirty').select('item').orderBy('item').limit(STEP_ROWS),
)

function* drain({ db, reader }: ReconcileInput, state: ReconcileState): Generator<void> {
  state.total = state.done + (db.first(COUNT_DIRTY)?.n ?? 0)
  for (;;) {
    const items = db.all(SOME_DIRTY).map((row) => row.item as ItemId)
    if (items.length === 0) return
    state.changed += refreshBlobs(db, reader, items)
    state.done += items.length
    yield
  }
}

/**
 * Finds changes on disk that the index lacks, and indexes them: by the fingerprints of documents
 * and of folders of blobs, and by size, mtime and mode of each blob. No model is read. Marks
 * survive a crash.
 */
export function* reconcileSteps(input: ReconcileInput, state: ReconcileState): Generator<void> {
  const { db } = input
  const isFirst = !hasAllRows(db)
  const mark = isFirst ? () => undefined : markDirty(db)
  const ctx: Work = { ...input, mark }
  yield* reconcileLedgers(ctx)
  yield* reconcileJournal(ctx)
  yield* reconcilePacks(ctx)
  yield* reconcileViews(ctx)
  db.execute(REFS_INDEX)
  if (isFirst) yield* fillRows(ctx, state)
  else {
    yield* reconcileShards(ctx)
    if (input.thorough === true || isComparisonDue(db)) yield* compareFiles(ctx, SHARDS)
  }
  yield* drain(input, state)
  for (const text of LIST_INDEXES) {
    db.execute(text)
    yield
  }
  if (input.everything) recountGroups(db)
  if (isFirst) countAnew(db)
}

/**
 * Holding the index against the disk. The work is a generator: between two steps of it the file is
 * whole and others may go on; each step reads the disk inside the transaction that writes.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { unsafePartReason, type ItemId, type PackName } from '../../schemas/ids.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import type { StoreReader } from '../store/store-reader.ts'
import { refreshAbsent } from './refresh-absent.ts'
import { refreshBlobs } from './refresh-blob.ts'
import { refreshApprovals } from './refresh-approvals.ts'
import { forgetLedgers, refreshLedgers } from './refresh-ledgers.ts'
import { refreshLocations } from './refresh-locations.ts'
import { forgetOperations, refreshOperations } from './refresh-journal.ts'
import { packStamp, refreshPack } from './refresh-pack.ts'
import { refreshRuntime, refreshView, uisToCheck, viewStamp } from './refresh-view.ts'
import {
  forgetStamp,
  keepStamp,
  keepUnreadable,
  knownNames,
  knownStamp,
  markDirty,
  type RefreshContext,
} from './sources.ts'
import { compareFiles, isComparisonDue } from './compare-files.ts'
import { recountGroups } from './groups.ts'
import { LIST_INDEXES } from './list-indexes.ts'
import { NOT_READ_YET } from './schema.ts'
import { statement } from './statement.ts'

/** A folder changed this recently may change again without its time telling so. */
const RACY_MS = 2000
/** So many rows are made again in one step. */
const STEP_ROWS = 192

/** What a check works with. */
export interface ReconcileInput extends Pick<RefreshContext, 'db' | 'reader'> {
  /** Makes every row again, also where nothing reports a change. */
  readonly everything: boolean
  /** Compares the blobs themselves with their rows, also where that is not due yet. */
  readonly thorough?: boolean
}

interface Work extends ReconcileInput, RefreshContext {}

/** Where a check stands: it yields this after each small piece of work. */
export interface ReconcileState {
  /** Rows that had to be changed. */
  changed: number
  done: number
  total: number | null
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return []
    throw error
  }
}

function* reconcileLedgers(ctx: Work): Generator<void> {
  if (ctx.everything) {
    forgetStamp(ctx.db, 'approvals')
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
    if (ctx.everything || packStamp(reader, name) !== knownStamp(db, { source: 'pack', name })) {
      refreshPack(ctx, name)
    }
    yield
  }
  refreshAbsent(ctx)
  keepUnreadable(ctx, [NOT_READ_YET], [])
}

function* reconcileViews({ db, reader, everything }: ReconcileInput): Generator<void> {
  for (const ui of uisToCheck(db, reader)) {
    const same = viewStamp(reader, ui) === knownStamp(db, { source: 'view', name: ui })
    if (everything || !same) refreshView(db, reader, ui)
    yield
  }
}

/** The stamp of a folder of blobs: empty while it is too young to be trusted, null for none. */
function shardStamp({ reader }: ReconcileInput, shard: string): string | null {
  const stat = fs.statSync(join(reader.paths.blobs, shard), {
    bigint: true,
    throwIfNoEntry: false,
  })
  if (stat === undefined) return null
  const age = Date.now() - Number(stat.mtimeMs)
  return age < RACY_MS ? '' : `${String(stat.mtimeNs)}.${String(stat.ino)}`
}

/** Digest → whether a file of it is here, and whether a manifest is. */
type Listing = Map<string, string>

const BLOB = 'b'
const META = 'm'

function listShard(reader: StoreReader, shard: string): Listing {
  const listing: Listing = new Map()
  for (const name of namesIn(join(reader.paths.blobs, shard))) {
    const [, sha256, ending] = /^([0-9a-f]{64})(\.meta)?$/u.exec(name) ?? []
    if (sha256?.startsWith(shard) !== true) continue
    const mark = ending === undefined ? BLOB : META
    const other = listing.get(sha256)
    listing.set(sha256, other === undefined ? mark : BLOB + META)
  }
  return listing
}

const SHARD_ROWS = statement((q, { from, until }: { from: string; until: string }) =>
  q
    .selectFrom('blobs')
    .select(['item', 'present', 'has_meta'])
    .where('item', '>=', from)
    .where('item', '<', until),
)

/** Marks each blob of a folder whose row does not say what the folder says. */
function compareShard({ db, reader, everything, mark }: Work, shard: string): void {
  const listing = listShard(reader, shard)
  for (const row of db.all(SHARD_ROWS, { from: shard, until: `${shard}g` })) {
    const told = (row.present === 1 ? BLOB : '') + (row.has_meta === 1 ? META : '')
    if (everything || told !== (listing.get(row.item) ?? '')) mark(row.item)
    listing.delete(row.item)
  }
  for (const [sha256, found] of listing) if (found.startsWith(BLOB)) mark(sha256)
}

const SHARDS = Array.from({ length: 256 }, (_one, number) => number.toString(16).padStart(2, '0'))

function* reconcileShards(ctx: Work): Generator<void> {
  for (const shard of SHARDS) {
    const source = { source: 'shard', name: shard } as const
    const stamp = shardStamp(ctx, shard)
    const same = stamp !== null && stamp !== '' && stamp === knownStamp(ctx.db, source)
    if (ctx.everything || !same) {
      compareShard(ctx, shard)
      keepStamp(ctx.db, source, stamp)
    }
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
  state.total = db.first(COUNT_DIRTY)?.n ?? 0
  for (;;) {
    const items = db.all(SOME_DIRTY).map((row) => row.item as ItemId)
    if (items.length === 0) return
    state.changed += refreshBlobs(db, reader, items)
    state.done += items.length
    yield
  }
}

/**
 * Finds what changed on disk behind the index and takes it over: by stamps of documents and of
 * folders of blobs, and by size, time and mode of each blob, without reading a model. What it marks outlives a crash.
 */
export function* reconcileSteps(input: ReconcileInput, state: ReconcileState): Generator<void> {
  const { db } = input
  const ctx: Work = { ...input, mark: markDirty(db) }
  yield* reconcileLedgers(ctx)
  yield* reconcileJournal(ctx)
  yield* reconcilePacks(ctx)
  yield* reconcileViews(ctx)
  yield* reconcileShards(ctx)
  if (input.thorough === true || isComparisonDue(db)) yield* compareFiles(ctx, SHARDS)
  yield* drain(input, state)
  for (const text of LIST_INDEXES) {
    db.execute(text)
    yield
  }
  if (input.everything) recountGroups(db)
}

/**
 * Holding the index against the disk. The work is a generator: between two steps of it the file is
 * whole and others may go on; each step reads the disk inside the transaction that writes.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { unsafePartReason, type PackName, type Sha256 } from '../../schemas/ids.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import { refreshAbsent } from './refresh-absent.ts'
import { refreshBlobs } from './refresh-blob.ts'
import { refreshApprovals } from './refresh-approvals.ts'
import { refreshProofs } from './refresh-ledgers.ts'
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
  type Mark,
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
export interface ReconcileInput {
  readonly db: IndexDatabase
  readonly reader: StoreReader
  /** Makes every row again, also where nothing reports a change. */
  readonly everything: boolean
  /** Compares the blobs themselves with their rows, also where that is not due yet. */
  readonly thorough?: boolean
}

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

function* reconcileLedgers(
  { db, reader, everything }: ReconcileInput,
  mark: Mark,
): Generator<void> {
  if (everything)
    for (const source of ['approvals', 'proofs', 'digests'] as const) forgetStamp(db, source)
  refreshApprovals(db, reader, mark)
  refreshRuntime(db, reader, mark)
  while (refreshProofs(db, reader, mark)) yield
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

function* reconcilePacks(input: ReconcileInput, mark: Mark): Generator<void> {
  const { db, reader } = input
  for (const name of packsToCheck(input)) {
    if (input.everything || packStamp(reader, name) !== knownStamp(db, 'pack', name)) {
      refreshPack(db, reader, name, mark)
    }
    yield
  }
  refreshAbsent(db, reader, mark)
  keepUnreadable(db, [NOT_READ_YET], [], mark)
}

function* reconcileViews({ db, reader, everything }: ReconcileInput): Generator<void> {
  for (const ui of uisToCheck(db, reader)) {
    const same = viewStamp(reader, ui) === knownStamp(db, 'view', ui)
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
    .select(['sha256', 'present', 'has_meta'])
    .where('sha256', '>=', from)
    .where('sha256', '<', until),
)

/** Marks each blob of a folder whose row does not say what the folder says. */
function compareShard(input: ReconcileInput, shard: string, mark: Mark): void {
  const listing = listShard(input.reader, shard)
  for (const row of input.db.all(SHARD_ROWS, { from: shard, until: `${shard}g` })) {
    const told = (row.present === 1 ? BLOB : '') + (row.has_meta === 1 ? META : '')
    if (input.everything || told !== (listing.get(row.sha256) ?? '')) mark(row.sha256)
    listing.delete(row.sha256)
  }
  for (const [sha256, found] of listing) if (found.startsWith(BLOB)) mark(sha256)
}

const SHARDS = Array.from({ length: 256 }, (_one, number) => number.toString(16).padStart(2, '0'))

function* reconcileShards(input: ReconcileInput, mark: Mark): Generator<void> {
  for (const shard of SHARDS) {
    const stamp = shardStamp(input, shard)
    const same = stamp !== null && stamp !== '' && stamp === knownStamp(input.db, 'shard', shard)
    if (input.everything || !same) {
      compareShard(input, shard, mark)
      keepStamp(input.db, 'shard', shard, stamp)
    }
    yield
  }
}

const COUNT_DIRTY = statement((q) =>
  q.selectFrom('cache_dirty').select((eb) => eb.fn.countAll<number>().as('n')),
)
const SOME_DIRTY = statement((q) =>
  q.selectFrom('cache_dirty').select('sha256').orderBy('sha256').limit(STEP_ROWS),
)

function* drain({ db, reader }: ReconcileInput, state: ReconcileState): Generator<void> {
  state.total = db.first(COUNT_DIRTY)?.n ?? 0
  for (;;) {
    const digests = db.all(SOME_DIRTY).map((row) => row.sha256 as Sha256)
    if (digests.length === 0) return
    state.changed += refreshBlobs(db, reader, digests)
    state.done += digests.length
    yield
  }
}

/**
 * Finds what changed on disk behind the index and takes it over: by stamps of documents and of
 * folders of blobs, and by size, time and mode of each blob, without reading a model. What it marks outlives a crash.
 */
export function* reconcileSteps(input: ReconcileInput, state: ReconcileState): Generator<void> {
  const { db } = input
  const mark = markDirty(db)
  yield* reconcileLedgers(input, mark)
  yield* reconcileJournal(input)
  yield* reconcilePacks(input, mark)
  yield* reconcileViews(input)
  yield* reconcileShards(input, mark)
  if (input.thorough === true || isComparisonDue(db)) {
    yield* compareFiles(db, input.reader, SHARDS, mark)
  }
  yield* drain(input, state)
  for (const text of LIST_INDEXES) {
    db.execute(text)
    yield
  }
  if (input.everything) recountGroups(db)
}

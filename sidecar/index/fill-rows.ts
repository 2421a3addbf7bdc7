/**
 * Fills an index file that never held a whole store. Nothing is marked: an interrupted fill starts
 * again.
 */
import { fileItemId, type ItemId, type Uuid } from '../../schemas/ids.ts'
import { refreshBlobs } from './refresh-blob.ts'
import { blobsOfShard, keepShard, shardFingerprint, SHARDS } from './shards.ts'
import type { RefreshContext } from './sources.ts'
import { statement } from './statement.ts'

/** The number of rows built in one step. */
export const STEP_ROWS = 192

/** The progress of {@link fillRows}. */
export interface FillState {
  /** Rows that had to be changed. */
  changed: number
  done: number
  total: number | null
}

interface Range {
  readonly from: string
  readonly until: string
}

const KNOWN = statement((q, { from, until }: Range) =>
  q.selectFrom('blobs').select('item').where('item', '>=', from).where('item', '<', until),
)
const WANTED = statement((q, { from, until }: Range) =>
  q
    .selectFrom('refs')
    .select('sha256 as item')
    .distinct()
    .where('sha256', '>=', from)
    .where('sha256', '<', until),
)
const HASHED = statement((q, { from, until }: Range) =>
  q
    .selectFrom('files')
    .select('sha256')
    .distinct()
    .where('sha256', '>=', from)
    .where('sha256', '<', until),
)
const UNHASHED = statement((q) => q.selectFrom('files').select('id').where('sha256', 'is', null))

function digestsIn({ db, reader }: RefreshContext, shard: string): ItemId[] {
  const range = { from: shard, until: `${shard}g` }
  const rows = [...db.all(KNOWN, range), ...db.all(WANTED, range)].map((row) => row.item)
  const hashed = db.all(HASHED, range).flatMap((row) => row.sha256 ?? [])
  return [...new Set([...rows, ...hashed, ...blobsOfShard(reader, shard)])].sort() as ItemId[]
}

function filesIn({ db }: RefreshContext): ItemId[] {
  const known = db.all(KNOWN, { from: 'file:', until: 'file;' }).map((row) => row.item as ItemId)
  const files = db.all(UNHASHED).map((row) => fileItemId(row.id as Uuid))
  return [...new Set([...known, ...files])]
}

function* makeRows(
  { db, reader }: RefreshContext,
  items: readonly ItemId[],
  state: FillState,
): Generator<void> {
  for (let at = 0; at < items.length; at += STEP_ROWS) {
    const some = items.slice(at, at + STEP_ROWS)
    state.changed += refreshBlobs(db, reader, some)
    state.done += some.length
    yield
  }
}

/**
 * Builds all rows, one folder of blobs after the other, once the sources are read; yields after
 * each step.
 */
export function* fillRows(ctx: RefreshContext, state: FillState): Generator<void> {
  for (const [number, shard] of SHARDS.entries()) {
    const fingerprint = shardFingerprint(ctx.reader, shard)
    yield* makeRows(ctx, digestsIn(ctx, shard), state)
    keepShard(ctx.db, shard, fingerprint)
    // Digests are distributed evenly over the folders.
    state.total = Math.round((state.done * SHARDS.length) / (number + 1))
    yield
  }
  yield* makeRows(ctx, filesIn(ctx), state)
  state.total = state.done
}

/** Queries about single blobs, and about those that need a check. */
import { sql, type SqlBool } from 'kysely'
import { fileOfItem, type ItemId, type Sha256 } from '../../schemas/ids.ts'
import { STORE_LOCATION } from '../../schemas/locations.ts'
import type { IndexDatabase } from './database.ts'
import type { BlobRow, RefRow } from './rows.ts'
import { statement } from './statement.ts'

/** A lock entry that refers to a blob. */
export type Reference = Pick<RefRow, 'pack' | 'dependency_id' | 'filename' | 'kind' | 'size_bytes'>

/** A blob that differs from its last reading. */
export interface Suspect {
  readonly sha256: Sha256
  readonly size_bytes: number
  readonly modified_ms: number
}

const ONE = statement((q, given: { item: string }) =>
  q.selectFrom('blobs').selectAll().where('item', '=', given.item),
)
const DIRTY = statement((q, given: { item: string }) =>
  q.selectFrom('cache_dirty').select('item').where('item', '=', given.item),
)

/** Returns the row of an item; undefined where it neither exists nor is referenced. */
export function rowOfItem(db: IndexDatabase, item: ItemId): BlobRow | undefined {
  return db.first(ONE, { item })
}

/** Reports whether the row of an item is waiting to be rebuilt. */
export function isDirty(db: IndexDatabase, item: ItemId): boolean {
  return db.first(DIRTY, { item }) !== undefined
}

const DIGEST_OF = statement((q, given: { id: string }) =>
  q.selectFrom('files').select('sha256').where('id', '=', given.id).where('sha256', 'is not', null),
)

/** Returns the item that lists a file now: its digest, once that is known. */
export function currentItem(db: IndexDatabase, item: ItemId): ItemId {
  const id = fileOfItem(item)
  const digest = id === null ? null : db.first(DIGEST_OF, { id })?.sha256
  return (digest ?? item) as ItemId
}

const UNSEEN = statement((q, given: { from: string; until: string }) =>
  q
    .selectFrom('blobs')
    .leftJoin('copies', (join) =>
      join.onRef('copies.sha256', '=', 'blobs.item').on('copies.location', '=', STORE_LOCATION),
    )
    .select('blobs.item')
    .where('blobs.item', '>=', given.from)
    .where('blobs.item', '<', given.until)
    .where('integrity', 'in', ['good', 'unverified'])
    .where('seen_mtime', 'is', null),
)

/**
 * Returns blobs that match their records, as far as known, but have no recorded time, among those
 * whose digests begin with the two digits of `shard`.
 */
export function unseenBlobs(db: IndexDatabase, shard: string): Sha256[] {
  const rows = db.all(UNSEEN, { from: shard, until: `${shard}g` })
  return rows.map((row) => row.item as Sha256)
}

const SUSPECTS = statement((q) =>
  q
    .selectFrom('blobs')
    .select(['item', 'size_bytes'])
    .select(sql<number>`cast(mtime_ns AS INTEGER) / 1000000`.as('modified_ms'))
    .where('integrity', 'in', ['changed', 'bad'])
    .where((eb) => {
      const readSo = eb
        .selectFrom('copies')
        .select('copies.sha256')
        .whereRef('copies.sha256', '=', 'blobs.item')
        .where('copies.location', '=', STORE_LOCATION)
        .where('good', '=', 0)
        .where(
          sql<SqlBool>`(seen_mtime IS NULL OR (seen_mtime, seen_bytes) = (mtime_ns, size_bytes))`,
        )
      return eb.not(eb.exists(readSo))
    })
    .orderBy('item'),
)

/**
 * Returns blobs that differ from their last reading: only reading them again shows what they hold.
 */
export function suspectBlobs(db: IndexDatabase): Suspect[] {
  return db.all(SUSPECTS).map((row) => ({
    sha256: row.item as Sha256,
    size_bytes: row.size_bytes ?? 0,
    modified_ms: row.modified_ms,
  }))
}

const REFS = statement((q, given: { sha256: string }) =>
  q
    .selectFrom('refs')
    .select(['pack', 'dependency_id', 'filename', 'kind', 'size_bytes'])
    .where('sha256', '=', given.sha256)
    .orderBy('pack')
    .orderBy('ordinal'),
)

/** Returns the lock entries that refer to a blob, by pack. */
export function referencesTo(db: IndexDatabase, sha256: Sha256): Reference[] {
  return db.all(REFS, { sha256 })
}

const ORPHANS = statement((q, given: { limit: number }) =>
  q
    .selectFrom('blobs')
    .selectAll()
    .where('status', '=', 'orphan')
    .where('item', 'not in', q.selectFrom('cache_dirty').select('item'))
    .orderBy('size_bytes', 'desc')
    .orderBy('item', 'desc')
    .limit(given.limit),
)

/**
 * Returns rows of blobs that no lock refers to, the biggest first; rows that are waiting to be
 * rebuilt are left out.
 */
export function orphanRows(db: IndexDatabase, limit: number): BlobRow[] {
  return db.all(ORPHANS, { limit })
}

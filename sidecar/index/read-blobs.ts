/** Questions about single blobs, and about those that need care. */
import { sql, type SqlBool } from 'kysely'
import type { Sha256 } from '../../schemas/ids.ts'
import type { IndexDatabase } from './database.ts'
import type { BlobRow, RefRow } from './rows.ts'
import { statement } from './statement.ts'

/** A lock entry that refers to a blob. */
export type Reference = Omit<RefRow, 'ordinal' | 'sha256'>

/** A blob that is not as it was last read. */
export interface Suspect {
  readonly sha256: Sha256
  readonly size_bytes: number
  readonly modified_ms: number
}

const ONE = statement((q, given: { sha256: string }) =>
  q.selectFrom('blobs').selectAll().where('sha256', '=', given.sha256),
)
const DIRTY = statement((q, given: { sha256: string }) =>
  q.selectFrom('cache_dirty').select('sha256').where('sha256', '=', given.sha256),
)

/** Returns the row of a blob; undefined where it is neither here nor wanted. */
export function rowOfBlob(db: IndexDatabase, sha256: Sha256): BlobRow | undefined {
  return db.first(ONE, { sha256 })
}

/** Reports whether the row of a blob waits to be made again. */
export function isDirty(db: IndexDatabase, sha256: Sha256): boolean {
  return db.first(DIRTY, { sha256 }) !== undefined
}

const UNSEEN = statement((q, given: { from: string; until: string }) =>
  q
    .selectFrom('blobs')
    .leftJoin('proofs', 'proofs.sha256', 'blobs.sha256')
    .select('blobs.sha256')
    .where('blobs.sha256', '>=', given.from)
    .where('blobs.sha256', '<', given.until)
    .where('integrity', 'in', ['good', 'unverified'])
    .where('seen_mtime', 'is', null),
)

/**
 * Returns blobs that are as recorded, so far as that is known, but of which no time is recorded: those
 * whose digests begin with the two digits of `shard`.
 */
export function unseenBlobs(db: IndexDatabase, shard: string): Sha256[] {
  const rows = db.all(UNSEEN, { from: shard, until: `${shard}g` })
  return rows.map((row) => row.sha256 as Sha256)
}

const SUSPECTS = statement((q) =>
  q
    .selectFrom('blobs')
    .select(['sha256', 'size_bytes'])
    .select(sql<number>`cast(mtime_ns AS INTEGER) / 1000000`.as('modified_ms'))
    .where('integrity', 'in', ['changed', 'bad'])
    .where((eb) => {
      const readSo = eb
        .selectFrom('proofs')
        .select('proofs.sha256')
        .whereRef('proofs.sha256', '=', 'blobs.sha256')
        .where('good', '=', 0)
        .where(
          sql<SqlBool>`(seen_mtime IS NULL OR (seen_mtime, seen_bytes) = (mtime_ns, size_bytes))`,
        )
      return eb.not(eb.exists(readSo))
    })
    .orderBy('sha256'),
)

/** Returns blobs that are not as they were last read: only reading them tells what they hold. */
export function suspectBlobs(db: IndexDatabase): Suspect[] {
  return db.all(SUSPECTS).map((row) => ({
    sha256: row.sha256 as Sha256,
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
    .where('sha256', 'not in', q.selectFrom('cache_dirty').select('sha256'))
    .orderBy('size_bytes', 'desc')
    .orderBy('sha256', 'desc')
    .limit(given.limit),
)

/**
 * Returns rows of blobs that no lock refers to, the biggest first; those whose row is made again
 * are out.
 */
export function orphanRows(db: IndexDatabase, limit: number): BlobRow[] {
  return db.all(ORPHANS, { limit })
}

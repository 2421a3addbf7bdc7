/** The 256 folders of blobs, by the first two digits of their digests. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import { namesIn } from './folder-names.ts'
import { saveState, savedState, type RefreshContext } from './sources.ts'
import { statement } from './statement.ts'

/** A folder that changed this recently may change again without its mtime showing it. */
const RACY_MS = 2000

/** Their names. */
export const SHARDS: readonly string[] = Array.from({ length: 256 }, (_one, number) =>
  number.toString(16).padStart(2, '0'),
)

/**
 * Returns a fingerprint of a folder of blobs (mtime and inode): empty while the folder changed too
 * recently to be trusted, null where there is none.
 */
export function shardFingerprint(reader: StoreReader, shard: string): string | null {
  const stat = fs.statSync(join(reader.paths.blobs, shard), {
    bigint: true,
    throwIfNoEntry: false,
  })
  if (stat === undefined) return null
  const age = Date.now() - Number(stat.mtimeMs)
  return age < RACY_MS ? '' : `${String(stat.mtimeNs)}.${String(stat.ino)}`
}

/** Digest → whether its blob and its manifest exist. */
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

/** Returns the digests of the blobs in a folder. */
export function blobsOfShard(reader: StoreReader, shard: string): string[] {
  const listing = listShard(reader, shard)
  return [...listing].flatMap(([sha256, found]) => (found.startsWith(BLOB) ? [sha256] : []))
}

const SHARD_ROWS = statement((q, { from, until }: { from: string; until: string }) =>
  q
    .selectFrom('blobs')
    .select(['item', 'present', 'has_meta'])
    .where('item', '>=', from)
    .where('item', '<', until),
)

/** The input of a check of the folders of blobs. */
interface ShardWork extends RefreshContext {
  /** Marks every row, even where no change shows. */
  readonly everything: boolean
}

/** Marks each blob whose row disagrees with its folder. */
function compareShard({ db, reader, everything, mark }: ShardWork, shard: string): void {
  const listing = listShard(reader, shard)
  for (const row of db.all(SHARD_ROWS, { from: shard, until: `${shard}g` })) {
    const expected = (row.present === 1 ? BLOB : '') + (row.has_meta === 1 ? META : '')
    if (everything || expected !== (listing.get(row.item) ?? '')) mark(row.item)
    listing.delete(row.item)
  }
  for (const [sha256, found] of listing) if (found.startsWith(BLOB)) mark(sha256)
}

const sourceOf = (shard: string) => ({ source: 'shard', name: shard }) as const

/** Saves the fingerprint of a folder of blobs. */
export function keepShard(db: IndexDatabase, shard: string, fingerprint: string | null): void {
  saveState(db, sourceOf(shard), fingerprint)
}

/**
 * Marks each blob that was added or removed since its folder was read; yields after each folder.
 */
export function* reconcileShards(ctx: ShardWork): Generator<void> {
  for (const shard of SHARDS) {
    const fingerprint = shardFingerprint(ctx.reader, shard)
    const known = savedState(ctx.db, sourceOf(shard))
    const same = fingerprint !== null && fingerprint !== '' && fingerprint === known
    if (ctx.everything || !same) {
      compareShard(ctx, shard)
      keepShard(ctx.db, shard, fingerprint)
    }
    yield
  }
}

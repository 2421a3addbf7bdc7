/** How a line of each appended ledger becomes a row. */
import { DigestRecord, StoreCopyRecord, type SeenFile } from '../../schemas/records.ts'
import { parseLine } from '../store/lines.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import type { ProofRow } from './rows.ts'
import { forgetStamp, type Mark } from './sources.ts'
import { statement } from './statement.ts'

/** Ledgers that are only ever appended to, and how a line of them becomes a row. */
export interface AppendedLedger {
  readonly source: 'proofs' | 'digests'
  /** Each stands over those before it. */
  readonly paths: (reader: StoreReader) => readonly string[]
  /** Takes a line over; the digest whose row hangs on it, null for none, undefined for no record. */
  readonly take: (db: IndexDatabase, line: string) => string | null | undefined
}

const proof = ({ sha256, good, at, seen_bytes, seen_mtime }: ProofRow): ProofRow => ({
  sha256,
  good,
  at,
  seen_bytes,
  seen_mtime,
})

const PUT_PROOF = statement((q, given: ProofRow) =>
  q
    .insertInto('proofs')
    .values(proof(given))
    .onConflict((conflict) =>
      conflict.column('sha256').doUpdateSet((eb) => ({
        good: eb.ref('excluded.good'),
        at: eb.ref('excluded.at'),
        seen_bytes: eb.ref('excluded.seen_bytes'),
        seen_mtime: eb.ref('excluded.seen_mtime'),
      })),
    ),
)
/** A first look adds what no reading has recorded. */
const PUT_LOOK = statement((q, given: ProofRow) =>
  q
    .insertInto('proofs')
    .values(proof(given))
    .onConflict((conflict) =>
      conflict
        .column('sha256')
        .doUpdateSet((eb) => ({
          seen_bytes: eb.ref('excluded.seen_bytes'),
          seen_mtime: eb.ref('excluded.seen_mtime'),
        }))
        .where('proofs.seen_mtime', 'is', null),
    ),
)
const DROP_PROOF = statement((q, given: { sha256: string }) =>
  q.deleteFrom('proofs').where('sha256', '=', given.sha256),
)

const AS_SEEN = statement((q, given: { sha256: string; bytes: number; mtime: string }) =>
  q
    .selectFrom('blobs')
    .select('id')
    .where('sha256', '=', given.sha256)
    .where('integrity', 'in', ['good', 'unverified'])
    .where('size_bytes', '=', given.bytes)
    .where('mtime_ns', '=', given.mtime),
)

/** A look that shows what the row says changes nothing in it. */
function takeLook(db: IndexDatabase, sha256: string, seen: SeenFile): string | null {
  const { size_bytes: bytes, mtime_ns: mtime } = seen
  db.run(PUT_LOOK, { sha256, good: null, at: null, seen_bytes: bytes, seen_mtime: mtime })
  return db.first(AS_SEEN, { sha256, bytes, mtime }) === undefined ? sha256 : null
}

function takeCopy(db: IndexDatabase, line: string): string | null | undefined {
  const record = parseLine(line, StoreCopyRecord)
  if (record === null) return undefined
  const { sha256, at } = record
  if (record.event === 'gone') {
    db.run(DROP_PROOF, { sha256 })
    return sha256
  }
  if (record.event === 'seen') return takeLook(db, sha256, record.seen)
  const { size_bytes: seen_bytes = null, mtime_ns: seen_mtime = null } = record.seen ?? {}
  db.run(PUT_PROOF, { sha256, good: record.good ? 1 : 0, at, seen_bytes, seen_mtime })
  return sha256
}

const PUT_DIGEST = statement((q, given: { sha256: string; size_bytes: number }) =>
  q
    .insertInto('digests')
    .values({ sha256: given.sha256, size_bytes: given.size_bytes })
    .onConflict((conflict) =>
      conflict
        .column('sha256')
        .doUpdateSet((eb) => ({ size_bytes: eb.ref('excluded.size_bytes') })),
    ),
)

function takeDigest(db: IndexDatabase, line: string): string | null | undefined {
  const record = parseLine(line, DigestRecord)
  if (record === null) return undefined
  const { sha256, size_bytes } = record
  if (size_bytes === undefined) return null
  db.run(PUT_DIGEST, { sha256, size_bytes })
  return sha256
}

/** All of them. */
export const LEDGERS: readonly AppendedLedger[] = [
  { source: 'proofs', paths: (reader) => reader.paths.storeCopies, take: takeCopy },
  { source: 'digests', paths: (reader) => [reader.paths.digests], take: takeDigest },
]

const ROWS = {
  proofs: statement((q) => q.selectFrom('proofs').select('sha256')),
  digests: statement((q) => q.selectFrom('digests').select('sha256')),
}
const EMPTY = {
  proofs: statement((q) => q.deleteFrom('proofs')),
  digests: statement((q) => q.deleteFrom('digests')),
}

/** Forgets what a ledger said, and that it was ever read. */
export function forgetRows(db: IndexDatabase, source: AppendedLedger['source'], mark: Mark): void {
  for (const row of db.all(ROWS[source])) mark(row.sha256)
  db.run(EMPTY[source])
  forgetStamp(db, source)
}

/** How a line of each appended ledger becomes a row. */
import { DigestRecord, StoreCopyRecord } from '../../schemas/records.ts'
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

function takeCopy(db: IndexDatabase, line: string): string | null | undefined {
  const record = parseLine(line, StoreCopyRecord)
  if (record === null) return undefined
  const { sha256, at } = record
  if (record.event === 'gone') {
    db.run(DROP_PROOF, { sha256 })
    return sha256
  }
  const { size_bytes: seen_bytes = null, mtime_ns: seen_mtime = null } = record.seen ?? {}
  const file = { sha256, seen_bytes, seen_mtime }
  if (record.event === 'seen') db.run(PUT_LOOK, { ...file, good: null, at: null })
  else db.run(PUT_PROOF, { ...file, good: record.good ? 1 : 0, at })
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

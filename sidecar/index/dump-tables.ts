/** The whole content of an index, save what only remembers how far the disk was read. */
import type { IndexDatabase } from './database.ts'
import { BLOB_COLUMNS } from './tables.ts'

/** Rows by table. */
export type Dump = Readonly<Record<string, readonly unknown[]>>

const QUERIES = {
  blobs: `SELECT ${BLOB_COLUMNS.join(', ')} FROM blobs ORDER BY sha256`,
  refs: 'SELECT * FROM refs ORDER BY pack, ordinal',
  visible: 'SELECT * FROM visible ORDER BY ui, sha256',
  proofs: 'SELECT * FROM proofs ORDER BY sha256',
  approved: 'SELECT * FROM approved ORDER BY sha256',
  unreadable: 'SELECT * FROM unreadable ORDER BY path',
  counters: 'SELECT * FROM counters ORDER BY status, where_, kind',
} as const

/** Reads every row that comes from disk, in an order that does not depend on history. */
export function dumpTables(db: IndexDatabase): Dump {
  const rows = Object.entries(QUERIES).map(([name, sql]) => [name, db.rows(sql)] as const)
  return Object.fromEntries(rows)
}

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
  digests: 'SELECT * FROM digests ORDER BY sha256',
  approved: 'SELECT * FROM approved ORDER BY sha256',
  unreadable: 'SELECT * FROM unreadable ORDER BY path',
  operations: `
    SELECT hex(id) AS id, hex(grp) AS grp, leads, op, at, actor, file, start, length, ended_at,
      undone_at, kept
    FROM operations ORDER BY id`,
  operation_blobs: `
    SELECT hex(sha256) AS sha256, hex(id) AS id
    FROM operation_blobs JOIN operations USING (seq) ORDER BY sha256, id`,
  group_ops: 'SELECT hex(grp) AS grp, op, parts, open, undone FROM group_ops ORDER BY grp, op',
  counters: 'SELECT * FROM counters ORDER BY status, where_, kind, integrity',
  words: 'SELECT term, doc FROM temp.vocabulary ORDER BY term',
} as const

const VOCABULARY = `
  CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, words, row)`

/**
 * Reads every row that comes from disk, and in how many of them each word is, in an order that does
 * not depend on history.
 */
export function dumpTables(db: IndexDatabase): Dump {
  db.run(VOCABULARY)
  const rows = Object.entries(QUERIES).map(([name, sql]) => [name, db.rows(sql)] as const)
  return Object.fromEntries(rows)
}

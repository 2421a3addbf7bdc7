/** The whole content of an index, except for how far the disk was read. */
import { sql, type Compilable } from 'kysely'
import type { IndexDatabase } from './database.ts'
import { COUNTED } from './filters.ts'
import { BLOB_COLUMNS } from './rows.ts'
import { builder as q } from './statement.ts'

/** Rows by table. */
export type Dump = Readonly<Record<string, readonly unknown[]>>

const hex = (column: 'id' | 'grp' | 'sha256') => sql<string>`hex(${sql.ref(column)})`.as(column)

/** Numbers that are specific to this file, such as those of groups, are left out. */
const QUERIES: Readonly<Record<string, Compilable>> = {
  blobs: q
    .selectFrom('blobs')
    .select(BLOB_COLUMNS.filter((column) => column !== 'grp'))
    .orderBy('item'),
  groups: COUNTED.reduce(
    (query, column) => query.orderBy(column),
    q.selectFrom('groups').select([...COUNTED, 'blobs', 'bytes']),
  ),
  refs: q.selectFrom('refs').selectAll().orderBy('pack').orderBy('ordinal'),
  visible: q.selectFrom('visible').selectAll().orderBy('ui').orderBy('sha256'),
  locations: q.selectFrom('locations').selectAll().orderBy('id'),
  copies: q.selectFrom('copies').selectAll().orderBy('sha256').orderBy('location'),
  files: q.selectFrom('files').selectAll().orderBy('id').orderBy('location'),
  digests: q.selectFrom('digests').selectAll().orderBy('sha256'),
  approved: q.selectFrom('approved').selectAll().orderBy('sha256'),
  unreadable: q.selectFrom('unreadable').selectAll().orderBy('path'),
  operations: q
    .selectFrom('operations')
    .select([hex('id'), hex('grp')])
    .select(['leads', 'op', 'at', 'actor', 'file', 'start', 'length'])
    .select(['ended_at', 'undone_at', 'kept'])
    .orderBy('operations.id'),
  operation_blobs: q
    .selectFrom('operation_blobs')
    .innerJoin('operations', 'operations.seq', 'operation_blobs.seq')
    .select([hex('sha256'), hex('id')])
    .orderBy('operation_blobs.sha256')
    .orderBy('operations.id'),
  group_ops: q
    .selectFrom('group_ops')
    .select([hex('grp'), 'op', 'parts', 'open', 'undone'])
    .orderBy('group_ops.grp')
    .orderBy('op'),
  words: q
    .selectFrom(sql<{ term: string; doc: number }>`temp.vocabulary`.as('vocabulary'))
    .select(['term', 'doc'])
    .orderBy('term'),
}

const VOCABULARY = `
  CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, words, row)`

/**
 * Reads every row that comes from the disk, and the number of rows with each word, in an order that
 * does not depend on history.
 */
export function dumpTables(db: IndexDatabase): Dump {
  db.execute(VOCABULARY)
  const rows = Object.entries(QUERIES).map(([name, query]) => [name, db.select(query)] as const)
  return Object.fromEntries(rows)
}

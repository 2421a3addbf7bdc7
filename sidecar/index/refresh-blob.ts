/** Takes blobs over into their rows, their words and their groups. */
import { sql } from 'kysely'
import type { Sha256 } from '../../schemas/ids.ts'
import type { StoreReader } from '../store/store-reader.ts'
import { knownOf } from './blob-facts.ts'
import { rowOf } from './blob-row.ts'
import type { IndexDatabase } from './database.ts'
import { groupFinder, pruneGroups } from './groups.ts'
import { BLOB_COLUMNS, type BlobRow } from './rows.ts'
import { listed, statement } from './statement.ts'

type GroupedRow = Omit<BlobRow, 'id'>

const VALUES = BLOB_COLUMNS.filter((column) => column !== 'sha256')

const rowOfAll = (table: 'blobs' | 'excluded') =>
  sql`(${sql.join(VALUES.map((column) => sql.ref(`${table}.${column}`)))})`

/** Rows are compared as a whole, for which the builder has no word. */
const PUT = statement((q, given: GroupedRow) =>
  q
    .insertInto('blobs')
    .values(rowGiven(given))
    .onConflict((conflict) =>
      conflict
        .column('sha256')
        .doUpdateSet((eb) =>
          Object.fromEntries(VALUES.map((column) => [column, eb.ref(`excluded.${column}`)])),
        )
        .where(sql<boolean>`${rowOfAll('blobs')} IS NOT ${rowOfAll('excluded')}`),
    ),
)

function rowGiven(given: GroupedRow): GroupedRow {
  const cells = BLOB_COLUMNS.map((column) => [column, given[column]] as const)
  return Object.fromEntries(cells) as unknown as GroupedRow
}

const REMOVE = statement((q, given: { sha256: string }) =>
  q.deleteFrom('blobs').where('sha256', '=', given.sha256),
)
const FORGET = statement((q, given: { among: string }) =>
  q.deleteFrom('cache_dirty').where('sha256', 'in', listed<string>(given.among)),
)
const OLD_WORDS = statement((q, given: { among: string }) =>
  q
    .selectFrom('blobs')
    .select(['sha256', 'search', 'facets'])
    .where('sha256', 'in', listed<string>(given.among)),
)
/**
 * The column with the table's name is how FTS5 gets commands. https://sqlite.org/fts5.html
 */
const DROP_WORDS = statement((q, given: { among: string }) =>
  q
    .insertInto('words')
    .columns(['words', 'rowid', 'search', 'facets'])
    .expression((eb) =>
      eb
        .selectFrom('blobs')
        .select([sql.lit('delete').as('words'), 'id', 'search', 'facets'])
        .where('sha256', 'in', listed<string>(given.among)),
    ),
)
const ADD_WORDS = statement((q, given: { among: string }) =>
  q
    .insertInto('words')
    .columns(['rowid', 'search', 'facets'])
    .expression((eb) =>
      eb
        .selectFrom('blobs')
        .select(['id', 'search', 'facets'])
        .where('sha256', 'in', listed<string>(given.among)),
    ),
)

/** Of a blob, and the row that it shall have; null where it is neither here nor wanted. */
interface Renewed {
  readonly sha256: Sha256
  readonly row: GroupedRow | null
}

/** Which blobs' words go, and which ones' come. */
function rewordedAmong(
  db: IndexDatabase,
  renewed: readonly Renewed[],
  among: string,
): { readonly going: Sha256[]; readonly coming: Sha256[] } {
  const old = new Map(db.all(OLD_WORDS, { among }).map((row) => [row.sha256, row]))
  const reworded = renewed.filter(({ sha256, row }) => {
    const was = old.get(sha256)
    return was?.search !== row?.search || was?.facets !== row?.facets
  })
  return {
    going: reworded.map((one) => one.sha256).filter((sha256) => old.has(sha256)),
    coming: reworded.filter((one) => one.row !== null).map((one) => one.sha256),
  }
}

function put(db: IndexDatabase, { sha256, row }: Renewed): boolean {
  return (row === null ? db.run(REMOVE, { sha256 }) : db.run(PUT, row)) > 0
}

function renewedOf(db: IndexDatabase, reader: StoreReader, digests: readonly Sha256[]): Renewed[] {
  const groupOf = groupFinder(db)
  return knownOf(db, reader, digests).map((known) => {
    const { sha256 } = known
    if (known.file === null && known.refs.length === 0) return { sha256, row: null }
    const row = rowOf(known)
    return { sha256, row: { ...row, grp: groupOf(row) } }
  })
}

/**
 * Makes the rows of blobs again; a blob that is neither here nor wanted has none. The words of all
 * are written at once: the full-text index writes out what it holds whenever another statement
 * that may be undone comes between.
 * @returns how many rows were others before
 */
export function refreshBlobs(
  db: IndexDatabase,
  reader: StoreReader,
  digests: readonly Sha256[],
): number {
  const among = JSON.stringify(digests)
  const renewed = renewedOf(db, reader, digests)
  db.run(FORGET, { among })
  const { going, coming } = rewordedAmong(db, renewed, among)
  if (going.length > 0) db.run(DROP_WORDS, { among: JSON.stringify(going) })
  const changed = renewed.filter((one) => put(db, one)).length
  if (coming.length > 0) db.run(ADD_WORDS, { among: JSON.stringify(coming) })
  pruneGroups(db)
  return changed
}

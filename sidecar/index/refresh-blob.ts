/** Updates the rows, words and groups of blobs. */
import { sql } from 'kysely'
import { fileOfItem, type ItemId, type Sha256 } from '../../schemas/ids.ts'
import type { StoreReader } from '../store/store-reader.ts'
import { knownOf, unhashedOf } from './blob-facts.ts'
import { rowOf, rowOfFile, type NewRow } from './blob-row.ts'
import type { IndexDatabase } from './database.ts'
import { groupFinder, pruneGroups } from './groups.ts'
import { BLOB_COLUMNS, type BlobRow } from './rows.ts'
import { listed, statement } from './statement.ts'

type GroupedRow = Omit<BlobRow, 'id'>

const VALUES = BLOB_COLUMNS.filter((column) => column !== 'item')

const rowOfAll = (table: 'blobs' | 'excluded') =>
  sql`(${sql.join(VALUES.map((column) => sql.ref(`${table}.${column}`)))})`

/** Rows are compared as a whole, which the builder does not support. */
const PUT = statement((q, given: GroupedRow) =>
  q
    .insertInto('blobs')
    .values(rowGiven(given))
    .onConflict((conflict) =>
      conflict
        .column('item')
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

const REMOVE = statement((q, given: { item: string }) =>
  q.deleteFrom('blobs').where('item', '=', given.item),
)
const FORGET = statement((q, given: { among: string }) =>
  q.deleteFrom('cache_dirty').where('item', 'in', listed<string>(given.among)),
)
const OLD_WORDS = statement((q, given: { among: string }) =>
  q
    .selectFrom('blobs')
    .select(['item', 'search', 'facets'])
    .where('item', 'in', listed<string>(given.among)),
)
/** FTS5 takes commands in the column with the table's name. https://sqlite.org/fts5.html */
const DROP_WORDS = statement((q, given: { among: string }) =>
  q
    .insertInto('words')
    .columns(['words', 'rowid', 'search', 'facets'])
    .expression((eb) =>
      eb
        .selectFrom('blobs')
        .select([sql.lit('delete').as('words'), 'id', 'search', 'facets'])
        .where('item', 'in', listed<string>(given.among)),
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
        .where('item', 'in', listed<string>(given.among)),
    ),
)

/** An item and its new row; null where it neither exists nor is referenced. */
interface Renewed {
  readonly item: ItemId
  readonly row: GroupedRow | null
}

/** The blobs whose words are removed, and those whose words are added. */
function rewordedAmong(
  db: IndexDatabase,
  renewed: readonly Renewed[],
  among: string,
): { readonly going: ItemId[]; readonly coming: ItemId[] } {
  const old = new Map(db.all(OLD_WORDS, { among }).map((row) => [row.item, row]))
  const reworded = renewed.filter(({ item, row }) => {
    const was = old.get(item)
    return was?.search !== row?.search || was?.facets !== row?.facets
  })
  return {
    going: reworded.map((one) => one.item).filter((item) => old.has(item)),
    coming: reworded.filter((one) => one.row !== null).map((one) => one.item),
  }
}

function put(db: IndexDatabase, { item, row }: Renewed): boolean {
  return (row === null ? db.run(REMOVE, { item }) : db.run(PUT, row)) > 0
}

/** The new rows of items, by item. */
function newRows(
  db: IndexDatabase,
  reader: StoreReader,
  items: readonly ItemId[],
): Map<string, NewRow> {
  const digests = items.filter((item): item is Sha256 => fileOfItem(item) === null)
  const files = items.flatMap((item) => fileOfItem(item) ?? [])
  const known = knownOf(db, reader, digests).filter(
    ({ file, files: others, refs }) => file !== null || others.length + refs.length > 0,
  )
  const rows = [...known.map(rowOf), ...Array.from(unhashedOf(db, files).values(), rowOfFile)]
  return new Map(rows.map((row) => [row.item, row]))
}

function renewedOf(db: IndexDatabase, reader: StoreReader, items: readonly ItemId[]): Renewed[] {
  const groupOf = groupFinder(db)
  const rows = newRows(db, reader, items)
  return items.map((item) => {
    const row = rows.get(item)
    return { item, row: row === undefined ? null : { ...row, grp: groupOf(row) } }
  })
}

/**
 * Rebuilds the rows of items; an item that neither exists nor is referenced has none. The words of
 * all are written at once: the full-text index flushes its buffer whenever a statement that can be
 * rolled back on its own runs in between.
 * @returns how many rows have changed
 */
export function refreshBlobs(
  db: IndexDatabase,
  reader: StoreReader,
  items: readonly ItemId[],
): number {
  const among = JSON.stringify(items)
  const renewed = renewedOf(db, reader, items)
  db.run(FORGET, { among })
  const { going, coming } = rewordedAmong(db, renewed, among)
  if (going.length > 0) db.run(DROP_WORDS, { among: JSON.stringify(going) })
  const changed = renewed.filter((one) => put(db, one)).length
  if (coming.length > 0) db.run(ADD_WORDS, { among: JSON.stringify(coming) })
  pruneGroups(db)
  return changed
}

/**
 * Blobs that agree in all counted columns are one group. There are a few dozen groups, however many
 * blobs there are; triggers keep their counts as rows are inserted, updated and deleted.
 */
import { sql } from 'kysely'
import { FILTER_NAMES, type FacetsQuery, type FilterName } from '../../schemas/inventory-query.ts'
import type { IndexDatabase } from './database.ts'
import { COUNTED, FILTERS, valuesIn, type CountedColumn } from './filters.ts'
import { statement } from './statement.ts'
import type { GroupRow } from './tables.ts'

/** The columns that distinguish groups. */
export type GroupKey = Pick<GroupRow, CountedColumn>

const ALL = statement((q) => q.selectFrom('groups').selectAll())

/** Returns all groups. */
export function groupsOf(db: IndexDatabase): GroupRow[] {
  return db.all(ALL)
}

/** Returns the values that a query requests of a filter; null where it does not use the filter. */
export function askedValues(query: FacetsQuery, name: FilterName): readonly string[] | null {
  const asked = query[name]
  if (asked === undefined) return null
  return typeof asked === 'string' ? [asked] : asked
}

/** Returns the groups that pass all filters by columns. @param except a filter to ignore */
export function passing<G extends GroupKey>(
  groups: readonly G[],
  query: FacetsQuery,
  except: FilterName | null = null,
): G[] {
  const tests = FILTER_NAMES.flatMap((name) => {
    const filter = FILTERS[name]
    if (name === except || 'table' in filter) return []
    const asked = askedValues(query, name)
    return asked === null ? [] : [{ filter, asked: new Set(asked) }]
  })
  return groups.filter((group) =>
    tests.every(({ filter, asked }) =>
      valuesIn(filter, group[filter.column as CountedColumn]).some((value) => asked.has(value)),
    ),
  )
}

/** Returns how many blobs some groups hold. */
export const blobsIn = (groups: readonly Pick<GroupRow, 'blobs'>[]): number =>
  groups.reduce((sum, group) => sum + group.blobs, 0)

const ADD = statement((q, given: GroupKey) =>
  q
    .insertInto('groups')
    .values({ ...keyOf(given), blobs: 0, bytes: 0 })
    .onConflict((conflict) => conflict.doNothing()),
)
const FIND = statement((q, given: GroupKey) =>
  q
    .selectFrom('groups')
    .select('id')
    .where((eb) => eb.and(COUNTED.map((column) => eb(column, '=', given[column])))),
)

/** Picks the counted columns. */
function keyOf(of: GroupKey): GroupKey {
  return Object.fromEntries(COUNTED.map((column) => [column, of[column]])) as unknown as GroupKey
}

function findGroup(db: IndexDatabase, key: GroupKey): number {
  const known = db.first(FIND, key)?.id
  if (known !== undefined) return known
  db.run(ADD, key)
  return findGroup(db, key)
}

/** Returns a function that finds or creates the group of a row. Valid until {@link pruneGroups}. */
export function groupFinder(db: IndexDatabase): (row: GroupKey) => number {
  const known = new Map<string, number>()
  return (row) => {
    const text = COUNTED.map((column) => row[column]).join('\0')
    const id = known.get(text) ?? findGroup(db, keyOf(row))
    known.set(text, id)
    return id
  }
}

const PRUNE = statement((q) => q.deleteFrom('groups').where('blobs', '=', 0))

/** Removes the groups without blobs. */
export function pruneGroups(db: IndexDatabase): void {
  db.run(PRUNE)
}

const RECOUNT = statement((q) =>
  q.updateTable('groups').set((eb) => ({
    blobs: eb
      .selectFrom('blobs')
      .whereRef('blobs.grp', '=', 'groups.id')
      .select((own) => own.fn.countAll<number>().as('blobs')),
    bytes: eb
      .selectFrom('blobs')
      .whereRef('blobs.grp', '=', 'groups.id')
      .select(sql<number>`coalesce(sum(size_bytes), 0)`.as('bytes')),
  })),
)

/** Recounts the groups that triggers have counted. */
export function recountGroups(db: IndexDatabase): void {
  db.run(RECOUNT)
}

/** How many blobs have each value of each filter, counted without that filter itself. */
import { sql } from 'kysely'
import {
  FILTER_NAMES,
  type FacetsQuery,
  type FacetValue,
  type FilterName,
} from '../../schemas/inventory-query.ts'
import {
  blobs,
  blobsBy,
  blobsByKey,
  countFoundBy,
  DIGEST_INDEX,
  foundBy,
  groupConditions,
  matchOf,
  membersOf,
  signConditions,
  tableConditions,
  wordsOf,
  type Condition,
} from './conditions.ts'
import type { IndexDatabase } from './database.ts'
import {
  FILTERS,
  valuesIn,
  type ColumnFilter,
  type CountedColumn,
  type TableFilter,
} from './filters.ts'
import { groupsOf, passing } from './groups.ts'
import { GROUP_INDEX } from './list-indexes.ts'
import { MAX_SORTED, type Walk } from './page-plan.ts'
import { builder } from './statement.ts'
import type { GroupRow } from './tables.ts'

/** The maximum number of values per filter; the most frequent ones are reported. */
const MAX_VALUES = 1000

/** The values of each filter, the most frequent first. */
export type Facets = Record<FilterName, FacetValue[]>

/** The conditions of a query besides its filters by columns. */
interface Rest {
  readonly tables: readonly Condition[]
  readonly signs: readonly Condition[]
  /** The full-text expression; null for a query without words. */
  readonly match: string | null
}

function restOf(query: FacetsQuery, except: FilterName | null): Rest {
  const match = wordsOf(query).length === 0 ? null : matchOf(query, null)
  return { tables: tableConditions(query, except), signs: signConditions(query), match }
}

const isNothing = ({ tables, signs, match }: Rest) =>
  tables.length + signs.length === 0 && match === null

/** The cheapest way to the remaining rows. */
function walkTo(db: IndexDatabase, { tables, signs, match }: Rest): Walk {
  const own = [...tables, ...signs]
  const from = blobsBy(tables.length > 0 ? DIGEST_INDEX : GROUP_INDEX)
  if (match === null) return { from, conditions: own }
  const found = foundBy(match)
  const isFew = (db.select(countFoundBy(match))[0]?.n ?? 0) <= MAX_SORTED
  if (isFew) return { from: blobsByKey(), conditions: [blobs('id', 'in', found), ...own] }
  return { from, conditions: [...own, blobs(sql<number>`+id`, 'in', found)] }
}

const countOf = sql<number>`count(*)`
const bytesOf = sql<number>`coalesce(sum(size_bytes), 0)`

/** The groups, each with the number of its remaining blobs. */
function groupsLeft(db: IndexDatabase, groups: readonly GroupRow[], rest: Rest): GroupRow[] {
  const { from, conditions } = walkTo(db, rest)
  const counted = from
    .select(['grp', countOf.as('blobs'), bytesOf.as('bytes')])
    .where(blobs.and([...conditions]))
    .groupBy('grp')
  const left = new Map(db.select(counted).map((row) => [row.grp, row]))
  return groups.flatMap((group) => {
    const { blobs: count, bytes } = left.get(group.id) ?? { blobs: 0, bytes: 0 }
    return count === 0 ? [] : [{ ...group, blobs: count, bytes }]
  })
}

const bySize = (a: FacetValue, b: FacetValue) => b.count - a.count || (a.value < b.value ? -1 : 1)

function valueOf(value: string, groups: readonly GroupRow[]): FacetValue {
  const sum = (of: (group: GroupRow) => number) => groups.reduce((all, group) => all + of(group), 0)
  return { value, count: sum((group) => group.blobs), bytes: sum((group) => group.bytes) }
}

function columnFacet(filter: ColumnFilter, groups: readonly GroupRow[]): FacetValue[] {
  const held = new Map<string, GroupRow[]>()
  for (const group of groups) {
    for (const value of valuesIn(filter, group[filter.column as CountedColumn])) {
      held.set(value, [...(held.get(value) ?? []), group])
    }
  }
  return [...held].map(([value, some]) => valueOf(value, some)).sort(bySize)
}

function tableFacet(
  db: IndexDatabase,
  filter: TableFilter,
  conditions: readonly Condition[],
): FacetValue[] {
  const query = builder
    .selectFrom(membersOf(filter).selectAll().distinct().as('members'))
    .innerJoin('blobs', 'blobs.item', 'members.digest')
    .select(['value', countOf.as('count'), bytesOf.as('bytes')])
    .where(blobs.and([...conditions]))
    .groupBy('value')
    .orderBy('count', 'desc')
    .orderBy('value')
    .limit(MAX_VALUES)
  return db.select(query)
}

function conditionsOf({ tables, signs, match }: Rest): Condition[] {
  return [...tables, ...signs, ...(match === null ? [] : [blobs('id', 'in', foundBy(match))])]
}

/** Counts the values of all filters among the rows that match the query. */
export function countFacets(db: IndexDatabase, query: FacetsQuery): Facets {
  const all = groupsOf(db)
  const rest = restOf(query, null)
  const groups = isNothing(rest) ? all : groupsLeft(db, all, rest)
  const facets = FILTER_NAMES.map((name) => {
    const filter = FILTERS[name]
    if (!('table' in filter)) return [name, columnFacet(filter, passing(groups, query, name))]
    const columns = groupConditions(all, passing(all, query))
    return [name, tableFacet(db, filter, [...columns, ...conditionsOf(restOf(query, name))])]
  })
  return Object.fromEntries(facets) as Facets
}

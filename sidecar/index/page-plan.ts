/**
 * How a page of the inventory is found. Groups give the number of rows that pass a filter, and so
 * the cheapest index to walk.
 */
import type { InventoryQuery } from '../../schemas/inventory-query.ts'
import { blobs, blobsBy, groupConditions, wordsOf, type Condition } from './conditions.ts'
import type { IndexDatabase } from './database.ts'
import { BROWSED, type BrowsedColumn } from './filters.ts'
import { blobsIn, groupsOf, passing } from './groups.ts'
import { GROUP_INDEX, sortedIndex, type SortColumn } from './list-indexes.ts'
import type { GroupRow } from './tables.ts'

/** Up to this many rows are collected and then sorted; for more, a sorted index is walked. */
export const MAX_SORTED = 1500

const SORTS: Readonly<Record<string, SortColumn>> = {
  name: 'sort_name',
  size: 'size_bytes',
  created: 'created_at',
  kind: 'kind',
  status: 'status',
  where: 'where_',
}

/** A query with its matching groups. */
export interface Plan {
  readonly query: InventoryQuery
  readonly words: readonly string[]
  readonly column: SortColumn
  readonly descending: boolean
  /** All groups, and those that pass the filters by columns. */
  readonly all: readonly GroupRow[]
  readonly left: readonly GroupRow[]
}

/** Plans a query. */
export function planOf(db: IndexDatabase, query: InventoryQuery): Plan {
  const all = groupsOf(db)
  const [sort = 'size', direction = 'desc'] = query.sort_by.split('_')
  return {
    query,
    words: wordsOf(query),
    column: SORTS[sort] ?? 'size_bytes',
    descending: direction === 'desc',
    all,
    left: passing(all, query),
  }
}

/** Returns the filters by columns. */
export const filtersOf = ({ all, left }: Plan): Condition[] => groupConditions(all, left)

/** The source of rows, and the conditions on it. */
export interface Walk {
  readonly from: ReturnType<typeof blobsBy>
  readonly conditions: readonly Condition[]
}

/** A walk along an index in the requested order, and the number of its rows. */
export interface SortedWalk extends Walk {
  readonly rows: number
}

/** The value of a column in all remaining rows, if they share one. */
function fixedValue({ left }: Plan, column: BrowsedColumn): string | null {
  const values = new Set(left.map((row) => row[column]))
  return values.size === 1 ? ([...values][0] ?? null) : null
}

function browsedWalk(plan: Plan, column: BrowsedColumn): SortedWalk[] {
  const value = fixedValue(plan, column)
  if (value === null || plan.column === column) return []
  const own = blobs(column, '=', value as never)
  const rows = blobsIn(plan.all.filter((group) => group[column] === value))
  const from = blobsBy(sortedIndex(plan.column, column))
  return [{ from, conditions: [own, ...filtersOf(plan)], rows }]
}

/** Returns the walk along the sorted index that passes the fewest other rows. */
export function sortedWalk(plan: Plan): SortedWalk {
  const browsed = BROWSED.flatMap((column) => browsedWalk(plan, column))
  const [best] = browsed.sort((a, b) => a.rows - b.rows)
  const from = blobsBy(sortedIndex(plan.column))
  return best ?? { from, conditions: filtersOf(plan), rows: blobsIn(plan.all) }
}

/** Returns a walk through the rows of the remaining groups, in no order. */
export function groupedWalk(plan: Plan): Walk {
  return { from: blobsBy(GROUP_INDEX), conditions: filtersOf(plan) }
}

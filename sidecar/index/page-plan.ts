/**
 * How a page of the inventory is found. Groups tell how many rows a filter leaves and with that the
 * cheapest index to walk.
 */
import type { InventoryQuery } from '../../schemas/inventory-query.ts'
import { blobs, blobsBy, groupConditions, wordsOf, type Condition } from './conditions.ts'
import type { IndexDatabase } from './database.ts'
import { BROWSED, type BrowsedColumn } from './filters.ts'
import { blobsIn, groupsOf, passing } from './groups.ts'
import { GROUP_INDEX, sortedIndex, type SortColumn } from './list-indexes.ts'
import type { GroupRow } from './tables.ts'

/** Up to so many rows are found first and sorted then; of more, a sorted index is walked. */
export const MAX_SORTED = 1500

const SORTS: Readonly<Record<string, SortColumn>> = {
  name: 'sort_name',
  size: 'size_bytes',
  created: 'created_at',
  kind: 'kind',
  status: 'status',
  where: 'where_',
}

/** A query with what the groups say of it. */
export interface Plan {
  readonly query: InventoryQuery
  readonly words: readonly string[]
  readonly column: SortColumn
  readonly descending: boolean
  /** All groups, and those that the filters by columns leave. */
  readonly all: readonly GroupRow[]
  readonly left: readonly GroupRow[]
}

/** Looks at a query. */
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

/** From where rows come, and what narrows them there. */
export interface Walk {
  readonly from: ReturnType<typeof blobsBy>
  readonly conditions: readonly Condition[]
}

/** A walk along an index in the wanted order, and how many rows lie along it. */
export interface SortedWalk extends Walk {
  readonly rows: number
}

/** The value that all rows which are left have in a column, if that is one. */
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

/** Returns the walk along the index that brings the rows in order after the fewest others. */
export function sortedWalk(plan: Plan): SortedWalk {
  const browsed = BROWSED.flatMap((column) => browsedWalk(plan, column))
  const [best] = browsed.sort((a, b) => a.rows - b.rows)
  const from = blobsBy(sortedIndex(plan.column))
  return best ?? { from, conditions: filtersOf(plan), rows: blobsIn(plan.all) }
}

/** Returns a walk to the rows of the groups that are left, in no order. */
export function groupedWalk(plan: Plan): Walk {
  return { from: blobsBy(GROUP_INDEX), conditions: filtersOf(plan) }
}

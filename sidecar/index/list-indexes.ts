/** Indexes that return the rows of a list in order. */
import { BROWSED, type BrowsedColumn } from './filters.ts'

/** A column that lists can be sorted by. */
export type SortColumn = 'sort_name' | 'size_bytes' | 'created_at' | 'kind' | 'status' | 'where_'

const SORTED: readonly SortColumn[] = [
  'sort_name',
  'size_bytes',
  'created_at',
  'kind',
  'status',
  'where_',
]

/** The index of rows by group, in no order. */
export const GROUP_INDEX = 'blobs_in_group'

/**
 * Returns the index in the order of a column: of all rows, or of those with one value of another
 * column.
 */
export function sortedIndex(column: SortColumn, browsed: BrowsedColumn | null = null): string {
  return `blobs_${browsed ?? 'all'}_${column}`
}

/** Each includes the group, which filters need, so that walking it touches no row of the table. */
function indexText(browsed: BrowsedColumn | null, column: SortColumn): string {
  const columns = [...(browsed === null ? [] : [browsed]), column, 'tie', 'grp'].join(', ')
  return `CREATE INDEX IF NOT EXISTS ${sortedIndex(column, browsed)} ON blobs (${columns})`
}

/**
 * The statements that create the indexes of lists; run once all rows exist, which is ten times
 * cheaper.
 */
export const LIST_INDEXES: readonly string[] = [
  `CREATE INDEX IF NOT EXISTS ${GROUP_INDEX} ON blobs (grp)`,
  ...[null, ...BROWSED].flatMap((browsed) =>
    SORTED.filter((column) => column !== browsed).map((column) => indexText(browsed, column)),
  ),
]

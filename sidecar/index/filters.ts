/**
 * The filters of the inventory, one row each: lists, counts, facets and the groups in which the
 * index counts blobs are derived from this table. Adding a row requires raising `VERSION`.
 */
import type { FilterName } from '../../schemas/inventory-query.ts'
import type { BlobStatus } from '../../schemas/inventory.ts'
import type { BaseTables } from './base-tables.ts'
import type { BlobRow, RowStatus } from './rows.ts'

/** The columns of a row that hold text. */
type TextColumn<R> = { [C in keyof R & string]: R[C] extends string ? C : never }[keyof R & string]

/** The same, or null. */
type OptionalText<R> = {
  [C in keyof R & string]: R[C] extends string | null ? C : never
}[keyof R & string]

/** A filter by a column of `blobs` that has few values: blobs that agree in all are one group. */
export interface ColumnFilter {
  readonly column: TextColumn<BlobRow>
  /** Lists of one value have their own indexes: for columns that users browse by. */
  readonly browsed?: true
  /** Values of the filter → values of the column; absent where they are the same. */
  readonly values?: Readonly<Record<string, readonly string[]>>
  /** Values of the column that are not facets. */
  readonly hidden?: readonly string[]
  /** The column holds several values separated by blanks: a row has each of them. */
  readonly several?: true
}

/** Tables besides `blobs` that have digests. */
type DigestTable = {
  [T in keyof BaseTables]: BaseTables[T] extends { readonly sha256: string } ? T : never
}[keyof BaseTables]

/**
 * A filter by the rows of another table: a blob has as many values as it has rows there. `column`
 * holds the value, `sha256` the digest of the blob.
 */
export type TableFilter = {
  [T in DigestTable]: { readonly table: T; readonly column: OptionalText<BaseTables[T]> }
}[DigestTable]

/** A row of the table. */
export type Filter = ColumnFilter | TableFilter

/** Displayed status → statuses of rows. */
const STATUSES: Readonly<Record<BlobStatus, readonly RowStatus[]>> = {
  referenced: ['referenced'],
  orphan: ['orphan'],
  library: ['library', 'library_unhashed'],
  backup_only: ['backup_only'],
  missing: ['missing'],
}
const HASHED: readonly RowStatus[] = ['referenced', 'orphan', 'library', 'backup_only', 'missing']

const TABLE = {
  kind: { column: 'kind', browsed: true },
  status: { column: 'status', browsed: true, values: STATUSES },
  where: { column: 'where_' },
  integrity: { column: 'integrity', hidden: ['none'] },
  location: { column: 'location_ids', several: true },
  pack: { table: 'refs', column: 'pack' },
  hashed: { column: 'status', values: { yes: HASHED, no: ['library_unhashed'] } },
} as const satisfies Readonly<Record<FilterName, Filter>>

/** Name → how a filter is applied and counted. */
export const FILTERS: Readonly<Record<FilterName, Filter>> = TABLE

type Rows = (typeof TABLE)[keyof typeof TABLE]
type ColumnOf<T> = T extends { table: string } ? never : T extends { column: infer C } ? C : never
type BrowsedOf<T> = T extends { column: infer C; browsed: true } ? C : never

/** A column whose values are counted. */
export type CountedColumn = ColumnOf<Rows>
/** A column that users browse by. */
export type BrowsedColumn = BrowsedOf<Rows>

const ROWS: readonly Filter[] = Object.values(TABLE)
const columns = (rows: readonly Filter[]) =>
  [...new Set(rows.flatMap((row) => ('table' in row ? [] : [row.column])))] as readonly string[]

/** The columns that are counted, each once. */
export const COUNTED = columns(ROWS) as readonly CountedColumn[]
/** The columns that users browse by. */
export const BROWSED = columns(ROWS.filter((row) => 'browsed' in row)) as readonly BrowsedColumn[]

/** Returns the filter values for the value of a column: one, several or none. */
export function valuesIn({ values, several, hidden }: ColumnFilter, cell: string): string[] {
  if (several === true) return cell === '' ? [] : cell.split(' ')
  if (values === undefined) return hidden?.includes(cell) === true ? [] : [cell]
  return Object.keys(values).filter((value) => values[value]?.includes(cell) === true)
}

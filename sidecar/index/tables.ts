/** Types of all tables for Kysely, by name. */
import type { CountedColumn } from './filters.ts'
import type { Keyed, BaseTables } from './base-tables.ts'
import type { BlobRow } from './rows.ts'

/** A row of `groups`: the blobs that agree in all counted columns; triggers on `blobs` count them. */
export interface GroupRow extends Pick<BlobRow, CountedColumn> {
  readonly id: number
  readonly blobs: number
  readonly bytes: number
}

/** The tables of the file. */
export interface Tables extends BaseTables {
  readonly blobs: Keyed<BlobRow, 'id'>
  readonly groups: Keyed<GroupRow, 'id'>
}

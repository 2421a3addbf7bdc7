/**
 * Types of the tables for Kysely on which filters are defined. `blobs` and `groups` are in tables.ts:
 * columns of `groups` are derived from filters.ts.
 */
import type { Generated } from 'kysely'
import type { CopyRow, FileRow, LocationRow, OperationRow, RefRow } from './rows.ts'

/** A row whose columns `K` may be left out of inserts: SQLite generates them. */
export type Keyed<T, K extends keyof T> = Omit<T, K> & { readonly [C in K]: Generated<T[C]> }

/** Tables that begin with `cache_` only record how far the disk was read. */
export interface BaseTables {
  readonly refs: RefRow
  readonly visible: { readonly ui: string; readonly sha256: string }
  readonly locations: LocationRow
  readonly copies: CopyRow
  readonly files: FileRow
  readonly digests: { readonly sha256: string; readonly size_bytes: number }
  readonly approved: { readonly sha256: string }
  readonly unreadable: { readonly path: string; readonly refers: 0 | 1 }
  readonly operations: Keyed<OperationRow, 'seq' | 'kept'>
  readonly operation_blobs: { readonly sha256: Uint8Array; readonly seq: number }
  readonly group_ops: {
    readonly grp: Uint8Array
    readonly op: string
    readonly parts: number
    readonly open: number
    readonly undone: number
  }
  /** The full-text index; the column with its own name takes commands or the search expression. */
  readonly words: {
    readonly words: Generated<string>
    readonly rowid: number
    readonly search: string
    readonly facets: string
  }
  readonly cache_sources: {
    readonly source: string
    readonly name: string
    readonly state: string
  }
  readonly cache_dirty: { readonly item: string }
  /** A single row with numbers of changes; see changes.ts. */
  readonly cache_changes: {
    /** The last change that began. */
    readonly begun: number
    /** The last change that ended normally. */
    readonly ended: number
    /** The last change that was not indexed. */
    readonly missed: number
    /**
     * The last missed change that a reconciliation has covered; 0 where the whole store was never
     * read.
     */
    readonly seen: number
  }
  readonly cache_counts: { readonly name: string; readonly rows: number }
}

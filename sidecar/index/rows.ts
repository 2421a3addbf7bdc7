/** The rows of the index. */
import type { BlobStatus, Integrity, InventoryItem, Where } from '../../schemas/inventory.ts'

/**
 * The status of a row. Among files of locations that no lock refers to, those without a digest have
 * their own status; both are shown as `library`.
 */
export type RowStatus = BlobStatus | 'library_unhashed'

/**
 * A row of `blobs`: everything that a list shows of one model file, whether it exists or is only
 * referenced.
 */
export interface BlobRow {
  readonly id: number
  /** The digest; `file:<uuid>` for a file of a location without one. */
  readonly item: string
  /**
   * Orders rows that are otherwise equal: the first six bytes of the digest or UUID, as a number.
   */
  readonly tie: number
  /** The group in which it is counted. */
  readonly grp: number
  /** Whether the store has a copy. */
  readonly present: 0 | 1
  /** Whether it has a manifest, readable or not. */
  readonly has_meta: 0 | 1
  readonly size_bytes: number | null
  readonly kind: string
  readonly display_name: string
  readonly sort_name: string
  readonly name_source: InventoryItem['name_source']
  /** JSON: names that other packs give it. */
  readonly other_names: string
  readonly status: RowStatus
  readonly where_: Where
  /**
   * Ids of the locations that hold it, in order, separated by blanks; the store's is
   * `STORE_ON_WIRE`.
   */
  readonly location_ids: string
  readonly ref_count: number
  /** JSON: names of packs. */
  readonly used_by: string
  readonly blocked: 0 | 1
  readonly verified: 0 | 1 | null
  /** `none` where the store has no copy. */
  readonly integrity: Integrity | 'none'
  /** The mtime of the file, in decimal nanoseconds; null where the blob is missing. */
  readonly mtime_ns: string | null
  readonly mode: number | null
  readonly last_verified: string | null
  readonly created_at: string | null
  /** JSON, or null. */
  readonly origin: string | null
  /** Folded words of all names, of the packs and the digest, each after one space. */
  readonly search: string
  /** The values of all counted columns as words that cannot be typed; see search-words.ts. */
  readonly facets: string
}

/** Columns of `blobs` except `id`, which has no meaning outside the file. */
export const BLOB_COLUMNS = [
  'item',
  'tie',
  'grp',
  'present',
  'has_meta',
  'size_bytes',
  'kind',
  'display_name',
  'sort_name',
  'name_source',
  'other_names',
  'status',
  'where_',
  'location_ids',
  'ref_count',
  'used_by',
  'blocked',
  'verified',
  'integrity',
  'mtime_ns',
  'mode',
  'last_verified',
  'created_at',
  'origin',
  'search',
  'facets',
] as const satisfies readonly (keyof BlobRow)[]

/** A row of `refs`: one entry of a lock that names a digest. */
export interface RefRow {
  readonly pack: string
  readonly ordinal: number
  readonly dependency_id: string
  readonly sha256: string
  readonly filename: string | null
  readonly kind: string
  readonly size_bytes: number | null
}

/** A row of `locations`: a location besides the store that can hold bytes of models. */
export interface LocationRow {
  readonly id: string
  readonly kind: string
  /** Its absolute path on this machine; null where it is not a folder. */
  readonly path: string | null
  readonly label: string | null
}

/** A row of `copies`: what reading a copy back showed, or its baseline. */
export interface CopyRow {
  readonly sha256: string
  readonly location: string
  readonly good: 0 | 1 | null
  readonly at: string | null
  readonly seen_bytes: number | null
  readonly seen_mtime: string | null
}

/** A row of `files`: a file of a location besides the store, as it was last seen or hashed. */
export interface FileRow {
  readonly id: string
  readonly location: string
  /** Relative to the location, `/` between parts. */
  readonly path: string
  readonly size_bytes: number
  readonly mtime_ns: string
  readonly ctime_ns: string
  readonly ino: string
  readonly sha256: string | null
}

/** A row of `operations`: the position of its record, and how it ended. */
export interface OperationRow {
  readonly seq: number
  readonly id: Uint8Array
  readonly grp: Uint8Array | null
  /** 1 for the first operation of a job, and for one without a job. */
  readonly leads: 0 | 1
  readonly op: string
  readonly at: string
  readonly actor: string
  readonly file: string
  readonly start: number
  readonly length: number
  readonly ended_at: string | null
  readonly undone_at: string | null
  /** JSON: indices. */
  readonly kept: string | null
}

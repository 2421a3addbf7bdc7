/** What is known of every model file; deleting, cleaning and verifying. */
import * as v from 'valibot'
import { Sha256 } from './ids.ts'
import { previewFields } from './view-preview.ts'
import {
  Bytes,
  Count,
  DryRunRequest,
  MAX_FILES,
  QueryBoolean,
  Timestamp,
  listOf,
  pageOf,
} from './values.ts'

/** `library`: in folders of the library alone, and no lock refers to it. */
export const BlobStatus = v.picklist(['referenced', 'orphan', 'library', 'backup_only', 'missing'])
export type BlobStatus = v.InferOutput<typeof BlobStatus>

export const Where = v.picklist(['local_only', 'both', 'backup_only', 'nowhere'])
export type Where = v.InferOutput<typeof Where>

/**
 * What records and one `stat` show of an existing blob: *good* (read back, and unchanged since),
 * *changed* (another mtime than when it was read or first seen), *bad* (another size than recorded,
 * or reading it gave another digest), *unverified* (never read).
 */
export const Integrity = v.picklist(['good', 'changed', 'bad', 'unverified'])
export type Integrity = v.InferOutput<typeof Integrity>

/** One known copy of a blob. */
export const Copy = v.object({
  location_id: v.string(),
  label: v.string(),
  kind: v.string(),
  present: v.boolean(),
  online: v.boolean(),
  last_seen: v.nullable(Timestamp),
  last_verified: v.nullable(Timestamp),
  verified: v.nullable(v.boolean()),
})
export type Copy = v.InferOutput<typeof Copy>

/** A row of the inventory. */
export const InventoryItem = v.object({
  /** The digest; `file:<uuid>` for a file of a location that has none yet. */
  id: v.string(),
  /** Null until the file is hashed. */
  sha256: v.nullable(v.string()),
  kind: v.string(),
  display_name: v.string(),
  name_source: v.picklist(['pack', 'manifest', 'file', 'digest']),
  other_names: v.array(v.string()),
  size_bytes: v.nullable(Bytes),
  status: BlobStatus,
  where: Where,
  copies: v.array(Copy),
  used_by_packs: v.array(v.string()),
  ref_count: Count,
  active_in_uis: v.array(v.string()),
  origin: v.nullable(v.record(v.string(), v.unknown())),
  verified: v.nullable(v.boolean()),
  /** Null where the store has no copy. */
  integrity: v.nullable(Integrity),
  blocked: v.boolean(),
  created_at: v.nullable(Timestamp),
})
export type InventoryItem = v.InferOutput<typeof InventoryItem>

/** A page of the inventory. */
export const InventoryPage = v.object({
  generated_at: Timestamp,
  ...pageOf(InventoryItem).entries,
})
export type InventoryPage = v.InferOutput<typeof InventoryPage>

/** Counts and bytes over all; no filter affects them. */
export const InventorySummary = v.object({
  generated_at: Timestamp,
  blobs_total: Count,
  blobs_referenced: Count,
  blobs_orphan: Count,
  blobs_missing: Count,
  blobs_backup_only: Count,
  blobs_library: Count,
  /** Of those that are here. */
  blobs_bad: Count,
  blobs_changed: Count,
  blobs_unverified: Count,
  /** Files of locations that have no digest yet; they are not blobs. */
  files_unhashed: Count,
  /** Bytes in the store, unless noted otherwise. */
  bytes_total: Bytes,
  bytes_referenced: Bytes,
  bytes_orphan: Bytes,
  /** In folders of the library. */
  bytes_library: Bytes,
  bytes_unhashed: Bytes,
  bytes_by_kind: v.record(v.string(), Bytes),
  disk_total: Bytes,
  disk_free: Bytes,
  trash_bytes: Bytes,
})
export type InventorySummary = v.InferOutput<typeof InventorySummary>

/** What a deletion would break. */
export const Impacts = v.object({
  /** Null until the file is hashed. */
  sha256: v.nullable(v.string()),
  status: BlobStatus,
  size_bytes: v.nullable(Bytes),
  used_by_packs: v.array(
    v.object({ name: v.string(), dependency_id: v.string(), is_active: v.boolean() }),
  ),
  active_in_uis: v.array(v.string()),
  workflows: v.array(v.string()),
  remaining_copies: v.array(Copy),
  can_download_again: v.boolean(),
  can_delete_safely: v.boolean(),
  warning: v.optional(v.string()),
})
export type Impacts = v.InferOutput<typeof Impacts>

/** Answer of `GET /api/store/inventory/{item}`. */
export const InventoryDetail = v.object({
  item: InventoryItem,
  impacts: Impacts,
  file_info: v.nullable(
    v.object({ path: v.string(), created_at: Timestamp, last_accessed: Timestamp }),
  ),
  history: v.array(v.object({ journal_id: v.string(), op: v.string(), at: Timestamp })),
})
export type InventoryDetail = v.InferOutput<typeof InventoryDetail>

const target = v.optional(v.pipe(v.string(), v.maxLength(64)), 'local')

/** Query of `DELETE /api/store/inventory/{item}`; the flags may also be in a body. */
export const DeleteQuery = v.strictObject({
  target,
  force: v.optional(QueryBoolean, false),
  confirm_impacts: v.optional(QueryBoolean, false),
  confirm_last_copy: v.optional(v.pipe(v.string(), v.maxLength(64)), ''),
  dry_run: v.optional(QueryBoolean, false),
})
export type DeleteQuery = v.InferOutput<typeof DeleteQuery>

/** What a deletion did (a dry run: what it would do). */
export const DeleteResult = v.object({
  dry_run: v.boolean(),
  sha256: v.string(),
  deleted_from: v.array(v.string()),
  bytes_freed: Bytes,
  bytes_moved_to_trash: Bytes,
  remaining_on: v.array(v.string()),
  impacts: Impacts,
  journal_id: v.optional(v.string()),
  warning: v.optional(v.string()),
})
export type DeleteResult = v.InferOutput<typeof DeleteResult>

/** Body of `POST /api/store/inventory/cleanup-orphans`. */
export const CleanupRequest = v.strictObject({
  dry_run: v.optional(v.boolean(), true),
  max_items: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  include_only_copies: v.optional(v.boolean(), false),
})
export type CleanupRequest = v.InferOutput<typeof CleanupRequest>

const CleanupRow = v.object({
  sha256: v.string(),
  display_name: v.string(),
  kind: v.string(),
  size_bytes: Bytes,
})

/** What a cleanup did (a dry run: what it would do). */
export const CleanupResult = v.object({
  dry_run: v.boolean(),
  orphans_found: Count,
  orphans_deleted: Count,
  bytes_freed: Bytes,
  bytes_moved_to_trash: Bytes,
  deleted: v.array(CleanupRow),
  /** Orphans that stay, since no other proven copy of them is known. */
  only_copies: v.array(CleanupRow),
  errors: v.array(v.object({ sha256: v.string(), code: v.string(), detail: v.string() })),
})
export type CleanupResult = v.InferOutput<typeof CleanupResult>

/**
 * Body of `POST /api/store/inventory/verify`: digests or `all`, so that an empty request is
 * invalid.
 */
export const VerifyRequest = v.pipe(
  v.strictObject({
    sha256: v.optional(listOf(Sha256, MAX_FILES)),
    all: v.optional(v.boolean(), false),
    /** Blobs that were written to since they were verified. */
    changed: v.optional(v.boolean(), false),
  }),
  v.forward(
    v.check(
      ({ sha256 = [], all, changed }) => all || changed || sha256.length > 0,
      'Name the models to verify, or say all or changed',
    ),
    ['sha256'],
  ),
)
export type VerifyRequest = v.InferOutput<typeof VerifyRequest>

/** What verification found; stored as proofs. */
export const VerifyResult = v.object({
  verified: Count,
  valid: v.array(v.string()),
  invalid: v.array(v.string()),
  missing: v.array(v.string()),
  bytes_verified: Bytes,
  errors: v.array(v.object({ sha256: v.string(), code: v.string(), detail: v.string() })),
  duration_ms: v.number(),
})
export type VerifyResult = v.InferOutput<typeof VerifyResult>

/** Body of `POST /api/store/inventory/migrate-manifests`. */
export const MigrateRequest = DryRunRequest

/** What the migration of manifests did. */
export const MigrateResult = v.object({
  dry_run: v.boolean(),
  scanned: Count,
  created: Count,
  already_there: Count,
  without_name: Count,
  errors: v.array(v.object({ sha256: v.string(), code: v.string(), detail: v.string() })),
})
export type MigrateResult = v.InferOutput<typeof MigrateResult>

/** Answer of approving a pickle, or revoking that. */
export const ApprovalResult = v.object({
  ...previewFields,
  sha256: v.string(),
  approved: v.boolean(),
  changed: v.boolean(),
})
export type ApprovalResult = v.InferOutput<typeof ApprovalResult>

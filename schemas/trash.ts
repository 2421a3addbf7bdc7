/** The trash: its records, its entries, and emptying it. */
import * as v from 'valibot'
import { Sha256 } from './ids.ts'
import { Bytes, Timestamp, pageOf, Count } from './values.ts'
import { previewFields } from './view-preview.ts'

/** `data/trash/<id>/entry.json`, synapse.trash_entry.v1. */
export const TrashRecord = v.looseObject({
  schema: v.optional(v.string(), 'synapse.trash_entry.v1'),
  sha256: Sha256,
  display_name: v.string(),
  size_bytes: Bytes,
  deleted_at: Timestamp,
  expires_at: Timestamp,
  /** Its bytes do not match its digest: it is never restored as that model. */
  bad: v.optional(v.boolean()),
})
export type TrashRecord = v.InferOutput<typeof TrashRecord>

/** An entry of the trash. */
export const TrashEntry = v.object({
  id: v.string(),
  /** Null where its record is lost and only reading its bytes would show it. */
  sha256: v.nullable(v.string()),
  display_name: v.string(),
  size_bytes: Bytes,
  deleted_at: Timestamp,
  /** Null where its record is lost: then it stays until the user empties the trash. */
  expires_at: v.nullable(Timestamp),
  /** Damaged: it cannot be restored as the model that its digest names. */
  bad: v.boolean(),
})
export type TrashEntry = v.InferOutput<typeof TrashEntry>

/** A page of the trash. */
export const TrashPage = pageOf(TrashEntry)

/** Answer of emptying the trash, wholly or by one entry. */
export const TrashEmptied = v.object({ removed: Count, bytes_freed: Bytes })
export type TrashEmptied = v.InferOutput<typeof TrashEmptied>

/** Answer of taking an entry back out of the trash. */
export const TrashRestored = v.object({
  ...previewFields,
  id: v.string(),
  sha256: v.string(),
  display_name: v.string(),
  size_bytes: Bytes,
})
export type TrashRestored = v.InferOutput<typeof TrashRestored>

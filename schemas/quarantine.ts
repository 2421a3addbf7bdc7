/** Quarantine: foreign files that stood where something of ours had to go. */
import * as v from 'valibot'
import { PortableName } from './ids.ts'
import { Bytes, Count, QueryBoolean, pageOf } from './values.ts'

/** What is in one folder of quarantine, or one loose file there. */
export const QuarantineEntry = v.object({
  id: v.string(),
  /** Name of the file, or of the folder that was moved as a whole. */
  name: v.string(),
  kind: v.picklist(['file', 'folder']),
  /** Where it was, relative to the store's root; null where its record is missing. */
  from: v.nullable(v.string()),
  /** When it was moved, by its record. */
  at: v.nullable(v.string()),
  files: Count,
  size_bytes: Bytes,
  /** Where it is now, relative to the store's root. */
  path: v.string(),
})
export type QuarantineEntry = v.InferOutput<typeof QuarantineEntry>

/** A page of quarantine, oldest first. */
export const QuarantinePage = pageOf(QuarantineEntry)

/** Body of `POST /api/quarantine/{id}/restore`. */
export const QuarantineRestore = v.strictObject({
  /** Another name for it in the folder where it stood. */
  as: v.optional(PortableName),
  dry_run: v.optional(v.boolean(), false),
})
export type QuarantineRestore = v.InferOutput<typeof QuarantineRestore>

/** What was restored, and where it is now, relative to the store's root. */
export const QuarantineRestored = v.object({
  dry_run: v.boolean(),
  id: v.string(),
  path: v.string(),
})
export type QuarantineRestored = v.InferOutput<typeof QuarantineRestored>

/** Query of `DELETE /api/quarantine/{id}`. */
export const QuarantineDiscard = v.strictObject({
  /** Digests, joined by commas, of the files of which no other copy is known. */
  confirm_last_copy: v.optional(v.pipe(v.string(), v.maxLength(65_000)), ''),
  dry_run: v.optional(QueryBoolean, false),
})
export type QuarantineDiscard = v.InferOutput<typeof QuarantineDiscard>

/** What went to the trash. */
export const QuarantineDiscarded = v.object({
  dry_run: v.boolean(),
  id: v.string(),
  files: Count,
  size_bytes: Bytes,
})
export type QuarantineDiscarded = v.InferOutput<typeof QuarantineDiscarded>

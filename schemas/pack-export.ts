/** One document that carries a pack without its bytes, and what restoring it did. */
import * as v from 'valibot'
import { PackName, RelativePath } from './ids.ts'
import { Timestamp, listOf, Count } from './values.ts'
import { previewFields } from './view-preview.ts'

/** One file that carries a pack without its bytes: synapse.pack_export.v1. */
export const PackExport = v.looseObject({
  schema: v.literal('synapse.pack_export.v1'),
  exported_at: Timestamp,
  name: PackName,
  /** The exact text of the documents, so that a restore is exact to the byte. */
  files: listOf(
    v.object({
      path: RelativePath,
      encoding: v.picklist(['utf8', 'base64']),
      content: v.pipe(v.string(), v.maxLength(64_000_000)),
    }),
    10_000,
  ),
})
export type PackExport = v.InferOutput<typeof PackExport>

/** What `pack restore` did. */
export const PackRestoreResult = v.object({
  ...previewFields,
  pack: v.string(),
  written: v.array(v.string()),
  unchanged: v.array(v.string()),
  files_here: Count,
  missing: v.array(v.object({ dependency_id: v.string(), sha256: v.nullable(v.string()) })),
})
export type PackRestoreResult = v.InferOutput<typeof PackRestoreResult>

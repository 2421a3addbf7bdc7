/** What an operation would change in what interfaces see. */
import * as v from 'valibot'
import { groupOf } from './view-files.ts'

/** What an interface would see come and go by an operation that is not done. */
export const ViewPreview = v.object({
  ui: v.string(),
  profile: v.string(),
  appear: groupOf(v.string()),
  disappear: groupOf(v.string()),
  /** Paths that would lead to another file. */
  repoint: groupOf(v.string()),
  /** Why the view could not follow. */
  problem: v.optional(v.string()),
})
export type ViewPreview = v.InferOutput<typeof ViewPreview>

/** What answers of operations hold that can be asked what they would do. */
export const previewFields = {
  dry_run: v.boolean(),
  /** In a dry run: what interfaces would see; unchanged ones are left out. */
  views: v.optional(v.array(ViewPreview)),
}

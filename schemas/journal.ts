/** The journal: its records, its entries, and undoing them. */
import * as v from 'valibot'
import { Uuid } from './ids.ts'
import { SwitchPlan } from './switch.ts'
import { Timestamp, AnyObject, Count, pageOf } from './values.ts'
import { previewFields } from './view-preview.ts'

/** A line of `data/journal/YYYY-MM.NNNN.jsonl`. */
export const JournalRecord = v.looseObject({
  id: Uuid,
  op: v.string(),
  phase: v.picklist(['begin', 'end', 'undone']),
  at: Timestamp,
  actor: v.string(),
  /** Of a beginning: the job that it belongs to. */
  group: v.optional(Uuid),
  before: v.optional(AnyObject, {}),
  after: v.optional(AnyObject, {}),
})
export type JournalRecord = v.InferOutput<typeof JournalRecord>

/** What was done: an operation of the journal, or all operations of one job. */
export const JournalEntry = v.object({
  /** Of the operation, or of the job where it has more than one. */
  id: v.string(),
  /** The job that it belongs to, or that it is. */
  group: v.nullable(v.string()),
  /** How many operations it covers. */
  parts: Count,
  op: v.string(),
  at: Timestamp,
  ended_at: v.nullable(Timestamp),
  actor: v.string(),
  state: v.picklist(['open', 'done', 'undone']),
  /** One sentence for people. */
  summary: v.string(),
  undoable: v.boolean(),
  before: AnyObject,
  after: AnyObject,
})
export type JournalEntry = v.InferOutput<typeof JournalEntry>

/** A page of the journal, newest first. */
export const JournalPage = pageOf(JournalEntry)

/** An entry, with a page of its operations where it matches several. */
export const JournalDetail = v.object({ entry: JournalEntry, parts: JournalPage })
export type JournalDetail = v.InferOutput<typeof JournalDetail>

/** An operation of a job that was not undone, and why. */
export const UndoKept = v.object({
  id: v.string(),
  op: v.string(),
  summary: v.string(),
  reason: v.string(),
})
export type UndoKept = v.InferOutput<typeof UndoKept>

/** What became of each operation of a job, or would. */
const UndoParts = v.object({
  total: Count,
  undone: Count,
  kept: v.object({ total: Count, items: v.array(UndoKept) }),
})

/** What an undo did, or would do. */
export const UndoResult = v.object({
  ...previewFields,
  undone: v.string(),
  op: v.string(),
  /** The operation that took it back; none of a dry run. */
  journal_id: v.optional(v.string()),
  message: v.string(),
  /** The plan of a dry run that goes back to the stacks before a switch. */
  plan: v.optional(SwitchPlan),
  /** Of a job of several operations. */
  parts: v.optional(UndoParts),
  /** The job that takes models into the store that went out of sight. */
  adopt_job: v.optional(v.string()),
})
export type UndoResult = v.InferOutput<typeof UndoResult>

/** What the store writes down about itself: manifests, ledgers, journal, trash. */
import * as v from 'valibot'
import { RelativePath, Sha256, Uuid } from './ids.ts'
import { previewFields, SwitchPlan } from './profile.ts'
import { AnyObject, Bytes, Count, Timestamp, pageOf } from './values.ts'

/** `<sha256>.meta`, synapse.blob_meta version 1: written once, never changed. */
export const BlobMeta = v.looseObject({
  version: v.literal(1),
  created_at: v.string(),
  original_filename: v.string(),
  kind: v.string(),
  model_kind: v.optional(v.string()),
  origin: v.nullish(AnyObject),
  size_bytes: v.optional(v.number()),
  digests: v.optional(v.looseObject({ blake3: v.optional(v.string()) })),
})
export type BlobMeta = v.InferOutput<typeof BlobMeta>

/** A line of `data/ledger/digests.jsonl`: every digest of one blob that was ever computed. */
export const DigestRecord = v.looseObject({
  sha256: Sha256,
  blake3: v.optional(v.string()),
  autov3: v.optional(v.string()),
  size_bytes: v.optional(Bytes),
  at: Timestamp,
})
export type DigestRecord = v.InferOutput<typeof DigestRecord>

/** 64 bits in decimal digits: JSON numbers hold 53 alone. */
const Decimal = v.pipe(v.string(), v.regex(/^-?\d{1,20}$/u))

/**
 * A file as it was when it was read. Without the device, whose number differs from mount to mount.
 * `ino` is `"0"` where the volume numbers no files.
 */
export const SeenFile = v.object({
  size_bytes: Bytes,
  mtime_ns: Decimal,
  ctime_ns: Decimal,
  ino: Decimal,
})
export type SeenFile = v.InferOutput<typeof SeenFile>

const CopyFacts = { sha256: Sha256, at: Timestamp }

/**
 * A line of `data/ledger/copies/<location>.jsonl`: what became known of a copy there. `read`: its
 * bytes were read and are, or are not, those of its digest; `seen`: it was looked at for the first
 * time, unread; `gone`: it is not there any more. `seen` is the file at that moment.
 */
export const CopyRecord = v.variant('event', [
  v.looseObject({
    event: v.literal('read'),
    ...CopyFacts,
    good: v.boolean(),
    how: v.picklist(['published', 'read_back']),
    seen: v.optional(SeenFile),
  }),
  v.looseObject({ event: v.literal('seen'), ...CopyFacts, seen: SeenFile }),
  v.looseObject({ event: v.literal('gone'), ...CopyFacts }),
])
export type CopyRecord = v.InferOutput<typeof CopyRecord>

/** What reading a copy showed. */
export type CopyReading = Extract<CopyRecord, { event: 'read' }>

/** A line of `data/ledger/proofs.jsonl`, where stores up to 0.1.0 kept what is in `copies/store.jsonl`. */
const FormerProof = v.union([
  v.looseObject({
    ...CopyFacts,
    location: v.literal('local'),
    good: v.boolean(),
    how: v.picklist(['published', 'read_back']),
    seen: v.optional(SeenFile),
  }),
  v.looseObject({ ...CopyFacts, location: v.literal('local'), good: v.null(), seen: SeenFile }),
])

/** A line about the store's own copies, of whatever version. */
export const StoreCopyRecord = v.union([
  CopyRecord,
  v.pipe(
    FormerProof,
    v.transform((proof): CopyRecord => {
      return proof.good === null
        ? { event: 'seen', sha256: proof.sha256, at: proof.at, seen: proof.seen }
        : { event: 'read', ...proof }
    }),
  ),
])

const FileFacts = { id: Uuid, at: Timestamp }

/**
 * A line of `data/ledger/files/<location>.jsonl`: a file of a folder that is not the store's. `id`
 * names it for ever, also once its digest is known. `path` is relative to the location, `/` between
 * parts; `seen` is the file at that moment.
 */
export const FileRecord = v.variant('event', [
  v.looseObject({ event: v.literal('seen'), ...FileFacts, path: RelativePath, seen: SeenFile }),
  v.looseObject({ event: v.literal('hashed'), ...FileFacts, sha256: Sha256, seen: SeenFile }),
  v.looseObject({ event: v.literal('gone'), ...FileFacts }),
])
export type FileRecord = v.InferOutput<typeof FileRecord>

const InPlaceFacts = { sha256: Sha256, at: Timestamp }

/**
 * A line of `data/ledger/in_place.jsonl`: a blob came in without its bytes being copied, was read
 * again with another time and the same bytes, or went out again since its file was changed.
 */
export const InPlaceRecord = v.variant('event', [
  v.looseObject({
    event: v.literal('arrived'),
    ...InPlaceFacts,
    from: v.string(),
    mode: Count,
    seen: v.looseObject({ size_bytes: Bytes, mtime_ns: v.string() }),
  }),
  v.looseObject({
    event: v.literal('seen'),
    ...InPlaceFacts,
    seen: v.looseObject({ size_bytes: Bytes, mtime_ns: v.string() }),
  }),
  v.looseObject({ event: v.literal('evicted'), ...InPlaceFacts, to: v.string() }),
])

/** A line of `data/ledger/evictions.jsonl`: a blob went out of the store. */
export const EvictionRecord = v.looseObject({ ...InPlaceFacts, to: v.string() })
export type EvictionRecord = v.InferOutput<typeof EvictionRecord>

/** How a link of a view is made. */
export const LinkForm = v.picklist(['symlink', 'absolute_symlink', 'hard_link'])
export type LinkForm = v.InferOutput<typeof LinkForm>

/** A line of `data/ledger/links/<ui>/<profile>.jsonl`. */
export const LinkRecord = v.variant('op', [
  v.looseObject({
    op: v.literal('add'),
    path: v.string(),
    sha256: Sha256,
    kind: LinkForm,
    target: v.string(),
    /** Kind of the model, which `kind` of a link is not. */
    model_kind: v.optional(v.string()),
  }),
  v.looseObject({
    op: v.literal('remove'),
    path: v.string(),
    /** Where something of somebody's took the link's place: the blob to which it led. */
    replaced: v.optional(Sha256),
  }),
  v.looseObject({
    op: v.literal('stamp'),
    path: v.string(),
    at: v.number(),
    /** Inode of the folder that bears the stamp: a copy of it bears the time, and not this. */
    ino: v.optional(v.string()),
    /**
     * Names in the folder that are neither links of ours nor folders with a stamp. Where they are not
     * told, the folder has to be listed.
     */
    others: v.optional(v.array(v.string())),
  }),
])
export type LinkRecord = v.InferOutput<typeof LinkRecord>

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
  /** How many operations it stands for. */
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

/** An entry, with a page of its operations where it stands for several. */
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
export const UndoParts = v.object({
  total: Count,
  undone: Count,
  kept: v.object({ total: Count, items: v.array(UndoKept) }),
})
export type UndoParts = v.InferOutput<typeof UndoParts>

/** What an undo did, or would do. */
export const UndoResult = v.object({
  ...previewFields,
  undone: v.string(),
  op: v.string(),
  /** The operation that took it back; none of a dry run. */
  journal_id: v.optional(v.string()),
  message: v.string(),
  /** Of a dry run that goes back to the stacks before a switch. */
  plan: v.optional(SwitchPlan),
  /** Of a job of several operations. */
  parts: v.optional(UndoParts),
  /** The job that takes models into the store that went out of sight. */
  adopt_job: v.optional(v.string()),
})
export type UndoResult = v.InferOutput<typeof UndoResult>

/** `data/trash/<id>/entry.json`, synapse.trash_entry.v1. */
export const TrashRecord = v.looseObject({
  schema: v.optional(v.string(), 'synapse.trash_entry.v1'),
  sha256: Sha256,
  display_name: v.string(),
  size_bytes: Bytes,
  deleted_at: Timestamp,
  expires_at: Timestamp,
  /** Its bytes are not those of its digest: it never becomes that model again. */
  bad: v.optional(v.boolean()),
})
export type TrashRecord = v.InferOutput<typeof TrashRecord>

/** An entry of the trash. */
export const TrashEntry = v.object({
  id: v.string(),
  /** Null where its papers are lost and only reading its bytes would tell. */
  sha256: v.nullable(v.string()),
  display_name: v.string(),
  size_bytes: Bytes,
  deleted_at: Timestamp,
  /** Null where its papers are lost: then it stays until somebody empties it. */
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

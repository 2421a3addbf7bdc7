/** What the store writes down about itself: manifests and ledgers. */
import * as v from 'valibot'
import { RelativePath, Sha256, Uuid } from './ids.ts'
import { AnyObject, Bytes, Count, Timestamp } from './values.ts'

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
 * A file as it was when it was read. Without the device number, which differs between mounts. `ino`
 * is `"0"` where the volume has no inode numbers.
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
 * bytes were read and are, or are not, those of its digest; `seen`: its baseline, taken when it was found
 * first, unread; `gone`: it is not there any more. The field `seen` is the file at that moment.
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

/**
 * A line of `data/ledger/proofs.jsonl`, where stores up to 0.1.0 kept what is in
 * `copies/store.jsonl`.
 */
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
 * A line of `data/ledger/in_place.jsonl`: a blob came in without being copied, was read again with
 * another mtime and the same bytes, or was evicted because its file was changed.
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
    /** Where something foreign replaced the link: the blob that the link led to. */
    replaced: v.optional(Sha256),
  }),
  v.looseObject({
    op: v.literal('stamp'),
    path: v.string(),
    at: v.number(),
    /**
     * Inode of the folder with this mtime: a copy of the folder has the same mtime, but another
     * inode.
     */
    ino: v.optional(v.string()),
    /**
     * Names in the folder that are neither links of ours nor folders with a recorded mtime. Where
     * they are not recorded, the folder has to be listed.
     */
    others: v.optional(v.array(v.string())),
  }),
])
export type LinkRecord = v.InferOutput<typeof LinkRecord>

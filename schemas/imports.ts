/** Taking files and folders into the store. */
import * as v from 'valibot'
import { NewPackName } from './ids.ts'
import { Bytes, Count, MAX_FILES, ModelKind, OutsidePath, listOf } from './values.ts'

export const ImportMode = v.picklist(['copy', 'move', 'link'])
export type ImportMode = v.InferOutput<typeof ImportMode>

/** Body of `POST /api/imports` and `POST /api/imports/preview`. */
export const ImportRequest = v.pipe(
  v.strictObject({
    paths: v.pipe(listOf(OutsidePath, MAX_FILES), v.minLength(1, 'Name at least one path')),
    mode: v.optional(ImportMode, 'copy'),
    /** With `link`: a hard link instead of a reflink; the original becomes read-only. */
    hard_link: v.optional(v.boolean(), false),
    /** Kind of all files; without it the kind comes from the folder's name. */
    kind: v.optional(ModelKind),
    /** Pack to create or extend with the files. */
    pack: v.optional(NewPackName),
    /** Includes files without a model's extension. */
    all_files: v.optional(v.boolean(), false),
  }),
  v.forward(
    v.check(({ hard_link, mode }) => !hard_link || mode === 'link', 'Only with mode link'),
    ['hard_link'],
  ),
)
export type ImportRequest = v.InferOutput<typeof ImportRequest>

/** Why a path is passed over. */
export const SkipReason = v.picklist([
  'empty',
  'broken_link',
  'link_not_moved',
  'loop',
  'not_a_file',
  'not_a_model',
  'unreadable',
  'inside_store',
  /** The original of an interrupted move, which the next change puts back. */
  'set_aside',
  'not_allowed',
  'same_file_twice',
  'gone',
  'offline',
  /** A control file of a downloader is beside it, or it is one. */
  'unfinished',
  /** A program holds it open for writing. */
  'in_use',
  /** Left by a move: no interface of the default set has a folder for its kind. */
  'no_folder',
  /** Left by a move: a part of a model that is a whole folder. */
  'folder_model',
  /** Left by a move: a pickle that is not approved. */
  'waits_for_approval',
  /** Left by a move: a link leads to it whose own path no interface could show. */
  'linked',
  /** A preview or description that stays where it is. */
  'sidecar',
])
export type SkipReason = v.InferOutput<typeof SkipReason>

/** Why bytes are copied though the import was to take the file over as it is. */
export const CopyReason = v.picklist(['hard_linked', 'just_written'])
export type CopyReason = v.InferOutput<typeof CopyReason>

/** One file that an import would take, before anything is read but its size. */
export const PreviewedFile = v.object({
  path: v.string(),
  name: v.string(),
  kind: v.string(),
  kind_from: v.picklist(['person', 'folder', 'none']),
  size_bytes: Bytes,
  blocked: v.boolean(),
  /** Given where this is a further name of a file: the path of that file. */
  alias_of: v.optional(v.string()),
  /** Given where the bytes are copied though the file was to be taken over as it is. */
  copied_because: v.optional(CopyReason),
})
export type PreviewedFile = v.InferOutput<typeof PreviewedFile>

const Skipped = v.object({ path: v.string(), reason: SkipReason })

/** What an import would do; nothing is changed or hashed. */
export const ImportPreview = v.object({
  mode: ImportMode,
  files: v.object({ total: Count, items: v.array(PreviewedFile) }),
  skipped: v.object({ total: Count, items: v.array(Skipped) }),
  bytes: Bytes,
  /** Bytes that the import needs on the store's volume. */
  bytes_needed: Bytes,
  /**
   * Further bytes that it needs where the disk turns out not to rename, or link, files that it
   * seems able to.
   */
  bytes_if_copied: Bytes,
  disk_free: Bytes,
  fits: v.boolean(),
  notes: v.array(v.string()),
})
export type ImportPreview = v.InferOutput<typeof ImportPreview>

/** Why no interface sees a file of the store, though it is there. */
export const UnseenReason = v.picklist(['no_pack', 'no_folder', 'waits_for_approval'])
export type UnseenReason = v.InferOutput<typeof UnseenReason>

/** A name and what it became. */
const Renamed = v.object({ from: v.string(), to: v.string() })

/** What became of one file. */
export const ImportedFile = v.object({
  path: v.string(),
  outcome: v.picklist(['imported', 'already_there', 'failed']),
  sha256: v.nullable(v.string()),
  name: v.string(),
  kind: v.string(),
  size_bytes: Bytes,
  how: v.nullable(v.picklist(['moved', 'copied', 'reflink', 'hard_link'])),
  /** Given where the store held damaged bytes, which are in the trash now. */
  replaced_damaged: v.optional(v.boolean()),
  copied_because: v.optional(CopyReason),
  blocked: v.boolean(),
  /** Given where this is a further name of a file: the path of that file. */
  alias_of: v.optional(v.string()),
  /** Subfolder and name under which the pack shows the file; null where it is in no pack. */
  exposed_as: v.optional(v.nullable(v.string()), null),
  /** Given where the pack shows it under another name than its own. */
  renamed: v.optional(Renamed),
  /** Given where the pack showed it with a guessed kind before. */
  kind_corrected: v.optional(Renamed),
  /** Given where no interface sees it. */
  unseen: v.optional(UnseenReason),
  code: v.optional(v.string()),
  detail: v.optional(v.string()),
})
export type ImportedFile = v.InferOutput<typeof ImportedFile>

/** Result of an import job. */
export const ImportResult = v.object({
  imported: Count,
  already_there: Count,
  failed: Count,
  bytes: Bytes,
  files: v.array(ImportedFile),
  skipped: v.array(Skipped),
  /** The pack that the files joined; null where none did. */
  pack: v.nullable(v.string()),
  /** Other files of the pack that gave up names to files whose own names they are. */
  displaced: v.optional(v.array(Renamed), []),
  /** How many files no interface sees, by reason; reasons without any are left out. */
  unseen: v.optional(v.record(v.string(), Count), {}),
  /** Sentences for people about how files were taken. */
  notes: v.optional(v.array(v.string()), []),
})
export type ImportResult = v.InferOutput<typeof ImportResult>

/** `pack.json` and `lock.json`: what a pack wants, and how it was resolved. */
import * as v from 'valibot'
import { NewPackName, PackName, PortableName, PortablePath, SafePart, Sha256 } from './ids.ts'
import { previewFields } from './view-preview.ts'
import { HiddenFiles } from './view-files.ts'
import {
  AnyObject,
  Bytes,
  Count,
  Line,
  MAX_FILES,
  MAX_WORDS,
  ModelKind,
  OutsidePath,
  Text,
  listOf,
  pageOf,
} from './values.ts'

const strings = v.optional(v.array(v.string()), [])
const objects = v.optional(v.array(AnyObject), [])
const maybe = <T extends v.GenericSchema>(schema: T) => v.nullish(schema)

/** The source of a dependency. */
export const Selector = v.looseObject({
  strategy: v.string(),
  civitai: maybe(AnyObject),
  huggingface: maybe(AnyObject),
  base_model: maybe(v.string()),
  url: maybe(v.string()),
  local_path: maybe(v.string()),
  constraints: maybe(AnyObject),
})

/** What a dependency is called in an interface, and in which subfolder of its kind's folder. */
export const Expose = v.looseObject({
  filename: v.optional(v.string(), ''),
  subfolder: maybe(v.string()),
  trigger_words: strings,
})

/** One wanted file of a pack. */
export const Dependency = v.looseObject({
  id: v.string(),
  kind: v.optional(v.string(), 'unknown'),
  model_kind: v.optional(v.string()),
  required: v.optional(v.boolean(), true),
  selector: Selector,
  update_policy: v.optional(v.looseObject({ mode: v.optional(v.string(), 'pinned') }), {
    mode: 'pinned',
  }),
  expose: v.optional(Expose, { filename: '', trigger_words: [] }),
  description: maybe(v.string()),
})
export type Dependency = v.InferOutput<typeof Dependency>

/** Another pack that a pack needs. */
export const PackDependency = v.looseObject({
  pack_name: v.string(),
  required: v.optional(v.boolean(), true),
  version_constraint: maybe(v.string()),
})

/** `state/packs/<Pack>/pack.json`, synapse.pack.v2. */
export const Pack = v.looseObject({
  schema: v.optional(v.string(), 'synapse.pack.v2'),
  name: v.string(),
  pack_type: v.optional(v.string(), 'unknown'),
  pack_category: v.optional(v.string(), 'custom'),
  source: v.optional(v.looseObject({ provider: v.optional(v.string(), 'local') }), {
    provider: 'local',
  }),
  dependencies: v.optional(v.array(Dependency), []),
  pack_dependencies: v.optional(v.array(PackDependency), []),
  resources: v.optional(AnyObject, {}),
  previews: objects,
  cover_url: maybe(v.string()),
  version: maybe(v.string()),
  description: maybe(v.string()),
  base_model: maybe(v.string()),
  author: maybe(v.string()),
  tags: strings,
  user_tags: strings,
  trigger_words: strings,
  created_at: maybe(v.string()),
  /** The interfaces that the pack is shown in; all where it names none. */
  uis: v.optional(v.array(v.string())),
  parameters: maybe(AnyObject),
  model_info: maybe(AnyObject),
  workflows: objects,
})
export type Pack = v.InferOutput<typeof Pack>

/** What a dependency was resolved to. */
export const Artifact = v.looseObject({
  kind: v.optional(v.string(), 'unknown'),
  model_kind: v.optional(v.string()),
  sha256: maybe(v.string()),
  size_bytes: maybe(v.number()),
  provider: v.optional(v.looseObject({ name: v.optional(v.string(), 'local') }), { name: 'local' }),
  download: v.optional(v.looseObject({ urls: strings }), { urls: [] }),
  integrity: v.optional(v.looseObject({ sha256_verified: v.optional(v.boolean(), false) }), {
    sha256_verified: false,
  }),
})

/** One line of a lock: a dependency and its exact bytes. */
export const Resolved = v.looseObject({ dependency_id: v.string(), artifact: Artifact })
export type Resolved = v.InferOutput<typeof Resolved>

/** A dependency that could not be resolved, and why. */
export const Unresolved = v.looseObject({
  dependency_id: v.string(),
  reason: v.optional(v.string(), ''),
  details: v.optional(v.unknown()),
})

/** `state/packs/<Pack>/lock.json`, synapse.lock.v2. */
export const Lock = v.looseObject({
  schema: v.optional(v.string(), 'synapse.lock.v2'),
  pack: v.string(),
  resolved_at: maybe(v.string()),
  resolved: v.optional(v.array(Resolved), []),
  unresolved: v.optional(v.array(Unresolved), []),
})
export type Lock = v.InferOutput<typeof Lock>

/** A dependency as a request names it: a file that is in the store or is at a path. */
export const DependencyInput = v.pipe(
  v.strictObject({
    id: v.optional(PortableName),
    kind: v.optional(ModelKind),
    filename: v.optional(PortableName),
    subfolder: v.optional(PortablePath),
    sha256: v.optional(Sha256),
    local_path: v.optional(OutsidePath),
    required: v.optional(v.boolean(), true),
    description: v.optional(Text),
  }),
  v.check(
    ({ sha256, filename, local_path }) => (sha256 ?? filename ?? local_path) !== undefined,
    'No file named: give sha256, filename or local_path',
  ),
)
export type DependencyInput = v.InferOutput<typeof DependencyInput>

const words = listOf(Line, MAX_WORDS)

const editable = {
  description: v.optional(v.nullable(Text)),
  version: v.optional(v.nullable(Line)),
  base_model: v.optional(v.nullable(Line)),
  author: v.optional(v.nullable(Line)),
  tags: v.optional(words),
  user_tags: v.optional(words),
  trigger_words: v.optional(words),
}

/** Body of `POST /api/packs`. */
export const PackCreate = v.strictObject({
  name: NewPackName,
  dependencies: v.optional(listOf(DependencyInput, MAX_FILES), []),
  pack_dependencies: v.optional(listOf(PackName, MAX_WORDS), []),
  /** Whether it is appended to the global profile. */
  global: v.optional(v.boolean(), true),
  ...editable,
})
export type PackCreate = v.InferOutput<typeof PackCreate>

/** Body of `PATCH /api/packs/{name}`: named fields change, the others are kept. */
export const PackEdit = v.strictObject({
  rename_to: v.optional(NewPackName),
  add: v.optional(listOf(DependencyInput, MAX_FILES), []),
  remove: v.optional(listOf(SafePart, MAX_FILES), []),
  pack_dependencies: v.optional(listOf(PackName, MAX_WORDS)),
  ...editable,
})
export type PackEdit = v.InferOutput<typeof PackEdit>

/** One dependency with what is known of its file here. */
export const PackFile = v.object({
  dependency_id: v.string(),
  kind: v.string(),
  filename: v.string(),
  subfolder: v.nullable(v.string()),
  required: v.boolean(),
  sha256: v.nullable(v.string()),
  size_bytes: v.nullable(Bytes),
  state: v.picklist(['here', 'missing', 'unresolved', 'blocked']),
  reason: v.optional(v.string()),
})
export type PackFile = v.InferOutput<typeof PackFile>

/** A pack in a list. */
export const PackSummary = v.object({
  name: v.string(),
  pack_type: v.string(),
  pack_category: v.string(),
  description: v.nullable(v.string()),
  base_model: v.nullable(v.string()),
  tags: v.array(v.string()),
  files: Count,
  files_here: Count,
  size_bytes: Bytes,
  /** Interfaces whose active profile contains the pack. */
  active_in_uis: v.array(v.string()),
  /** What is wrong with its documents; absent where nothing is. */
  broken: v.optional(v.string()),
})
export type PackSummary = v.InferOutput<typeof PackSummary>

/** A pack with its documents and files. */
export const PackDetail = v.object({
  summary: PackSummary,
  pack: Pack,
  lock: v.nullable(Lock),
  files: v.array(PackFile),
  profiles: v.array(v.string()),
})
export type PackDetail = v.InferOutput<typeof PackDetail>

/** A pack after a change or, in a dry run, as it would be. */
export const PackChange = v.object({ ...previewFields, ...PackDetail.entries })
export type PackChange = v.InferOutput<typeof PackChange>

/** A page of packs. */
export const PackPage = pageOf(PackSummary)

/** What deleting a pack does besides removing its documents. */
export const PackDeletion = v.object({
  dry_run: v.boolean(),
  pack: v.string(),
  removed_from_profiles: v.array(v.string()),
  /** Interfaces that go back a step, since the pack's profile is on top. */
  goes_back_in_uis: v.array(v.string()),
  removed_profiles: v.array(v.string()),
  becomes_orphan: v.array(v.object({ sha256: v.string(), display_name: v.string() })),
  /** Foreign files in the views of profiles that go with it, where there are any. */
  out_of_sight: v.optional(HiddenFiles),
  /** The job that takes those of them into the store that are models. */
  adopt_job: v.optional(v.string()),
  journal_id: v.optional(v.string()),
})
export type PackDeletion = v.InferOutput<typeof PackDeletion>

/** What `resolve` found out. */
export const ResolveResult = v.object({
  ...previewFields,
  pack: v.string(),
  lock: Lock,
  resolved: Count,
  unresolved: v.array(Unresolved),
  changed: v.boolean(),
})
export type ResolveResult = v.InferOutput<typeof ResolveResult>

/** Links and foreign files of a view, present and absent. */
import * as v from 'valibot'
import { Sha256 } from './ids.ts'
import { Count } from './values.ts'

/** A link of a view. */
export const PlannedLink = v.object({
  path: v.string(),
  sha256: Sha256,
  kind: v.string(),
  pack: v.string(),
  dependency_id: v.string(),
})
export type PlannedLink = v.InferOutput<typeof PlannedLink>

const Party = v.object({ pack: v.string(), dependency_id: v.string(), sha256: v.string() })

/** A link that lost its path to another pack's. */
export const Shadowed = v.object({
  ui: v.string(),
  path: v.string(),
  winner: Party,
  loser: Party,
})
export type Shadowed = v.InferOutput<typeof Shadowed>

/** A wanted file that gets no link, and why. */
export const Absent = v.object({
  ui: v.string(),
  pack: v.string(),
  dependency_id: v.string(),
  filename: v.string(),
  kind: v.string(),
  sha256: v.nullable(v.string()),
  reason: v.picklist([
    'missing',
    'offline',
    'unresolved',
    'blocked',
    'no_folder',
    'incomplete',
    'pack_missing',
    'pack_broken',
    'unusable_name',
    'bad',
    'path_taken',
  ]),
})
export type Absent = v.InferOutput<typeof Absent>

/** At most 200 items of a group, and how many there are in truth. */
export function groupOf<T extends v.GenericSchema>(item: T) {
  return v.object({ total: Count, items: v.array(item) })
}

/** A foreign file in a view. */
export const ForeignFile = v.object({
  path: v.string(),
  size_bytes: Count,
  /** True where the plan needs the path: the file is moved to quarantine first. */
  in_the_way: v.boolean(),
  /** The owner of the link that should be there: the file stays, and the link is absent. */
  instead_of: v.optional(v.object({ pack: v.string(), dependency_id: v.string() })),
})
export type ForeignFile = v.InferOutput<typeof ForeignFile>

/** A link that was removed or renamed, and was made again because a pack shows it. */
export const ReturnedLink = v.object({
  path: v.string(),
  sha256: Sha256,
  pack: v.string(),
  dependency_id: v.string(),
  /** The path to which it was moved. */
  renamed_to: v.optional(v.string()),
})
export type ReturnedLink = v.InferOutput<typeof ReturnedLink>

/** Why a foreign file is not imported but stays where it is. */
export const StaysBecause = v.picklist([
  'not_a_model',
  /** A preview or description of a model beside it. */
  'sidecar',
  'pickle',
  'empty',
  /** Its first bytes or its size are not those of a whole model. */
  'torn',
  /** No kind of model has its folder, or its name is not valid on every file system. */
  'no_folder',
  'folder_model',
  'link',
  'unfinished',
  'in_use',
  'hard_linked',
  'just_written',
])
export type StaysBecause = v.InferOutput<typeof StaysBecause>

/** A foreign file in a view that its interface does not look at. */
export const HiddenFile = v.object({
  ui: v.string(),
  profile: v.string(),
  /** In the view. */
  path: v.string(),
  /** Where it lies, relative to the store's root. */
  place: v.string(),
  size_bytes: Count,
  /** True where it is taken into the store; else it stays at its place. */
  taken_in: v.boolean(),
  /** The pack that it joins, or whose file it becomes. */
  pack: v.optional(v.string()),
  /** It was saved over a link of that pack. */
  replaces_link: v.optional(v.boolean()),
  stays_because: v.optional(StaysBecause),
})
export type HiddenFile = v.InferOutput<typeof HiddenFile>

/** At most 200 files in inactive views, and their total number. */
export const HiddenFiles = groupOf(HiddenFile)
export type HiddenFiles = v.InferOutput<typeof HiddenFiles>

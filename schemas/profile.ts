/** `profile.json` and `runtime.json`; switches and the plans that come before them. */
import * as v from 'valibot'
import { PackName, ProfileName, Sha256, UiName, UiSetName } from './ids.ts'
import { Count, Timestamp, pageOf } from './values.ts'

/** Who wins where two packs want one path. */
export const ConflictsMode = v.picklist(['last_wins', 'first_wins', 'strict'])
export type ConflictsMode = v.InferOutput<typeof ConflictsMode>

/** `state/profiles/<profile>/profile.json`, synapse.profile.v1. */
export const Profile = v.looseObject({
  schema: v.optional(v.string(), 'synapse.profile.v1'),
  name: v.string(),
  conflicts: v.optional(
    v.looseObject({ mode: v.optional(v.fallback(ConflictsMode, 'last_wins'), 'last_wins') }),
    { mode: 'last_wins' },
  ),
  packs: v.optional(v.array(v.looseObject({ name: v.string() })), []),
})
export type Profile = v.InferOutput<typeof Profile>

/** `data/runtime.json`, synapse.runtime.v1: per interface, the profiles in use, top last. */
export const Runtime = v.looseObject({
  schema: v.optional(v.string(), 'synapse.runtime.v1'),
  ui: v.optional(
    v.record(v.string(), v.looseObject({ stack: v.optional(v.array(v.string()), []) })),
    {},
  ),
})
export type Runtime = v.InferOutput<typeof Runtime>

const common = {
  ui_set: v.optional(UiSetName),
  dry_run: v.optional(v.boolean(), false),
  /** Fingerprint of the plan that was shown; another plan is refused with `plan.stale`. */
  expect: v.optional(v.pipe(v.string(), v.maxLength(64))),
}

/** Body of `POST /api/profiles/use`. */
export const UseRequest = v.strictObject({
  pack: PackName,
  only: v.optional(v.boolean(), false),
  /** Looks at every link of the view, not only at folders that have changed. */
  sync: v.optional(v.boolean(), false),
  ...common,
})
export type UseRequest = v.InferOutput<typeof UseRequest>

/** Body of `POST /api/profiles/back`. */
export const BackRequest = v.strictObject({ sync: v.optional(v.boolean(), false), ...common })
export type BackRequest = v.InferOutput<typeof BackRequest>

/** Body of `POST /api/profiles/reset`. */
export const ResetRequest = v.strictObject({ sync: v.optional(v.boolean(), false), ...common })
export type ResetRequest = v.InferOutput<typeof ResetRequest>

/** Body of `POST /api/profiles/sync`: without a profile, the active ones. */
export const SyncRequest = v.strictObject({ profile: v.optional(ProfileName), ...common })
export type SyncRequest = v.InferOutput<typeof SyncRequest>

/** Body of `POST /api/profiles/activate`. */
export const ActivateRequest = v.strictObject({ profile: ProfileName, ...common })
export type ActivateRequest = v.InferOutput<typeof ActivateRequest>

/** Body of `POST /api/profiles/startup`, which an interface's start-up hook sends. */
export const StartupRequest = v.strictObject({ ui: UiName })
export type StartupRequest = v.InferOutput<typeof StartupRequest>

/** Answer of the start-up hook: what was switched to, or why nothing was. */
export const StartupResult = v.object({
  ui: v.string(),
  profile: v.nullable(v.string()),
  switched: v.boolean(),
  /** Job that builds the view, where it was not built yet. */
  queued_job: v.nullable(v.string()),
  message: v.string(),
})
export type StartupResult = v.InferOutput<typeof StartupResult>

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
function groupOf<T extends v.GenericSchema>(item: T) {
  return v.object({ total: Count, items: v.array(item) })
}

/** A file of somebody's that stands in a view. */
export const ForeignFile = v.object({
  path: v.string(),
  size_bytes: Count,
  /** True where the plan needs the path: the file is moved to quarantine first. */
  in_the_way: v.boolean(),
  /** Whose link should stand there: the file stays, and the link is absent. */
  instead_of: v.optional(v.object({ pack: v.string(), dependency_id: v.string() })),
})
export type ForeignFile = v.InferOutput<typeof ForeignFile>

/** A link that somebody removed or renamed, and that stands again since a pack shows it. */
export const ReturnedLink = v.object({
  path: v.string(),
  sha256: Sha256,
  pack: v.string(),
  dependency_id: v.string(),
  /** The path to which it was moved, where it goes again. */
  renamed_to: v.optional(v.string()),
})
export type ReturnedLink = v.InferOutput<typeof ReturnedLink>

/** Why a file of somebody's is not taken into the store, but stays where it lies. */
export const StaysBecause = v.picklist([
  'not_a_model',
  /** A preview or description of a model beside it. */
  'sidecar',
  'pickle',
  'empty',
  /** Its first bytes or its size are not those of a whole model. */
  'torn',
  /** No kind of model has the folder that it lies in, or its name cannot be a file everywhere. */
  'no_folder',
  'folder_model',
  'link',
  'unfinished',
  'in_use',
  'hard_linked',
  'just_written',
])
export type StaysBecause = v.InferOutput<typeof StaysBecause>

/** A file of somebody's in a view that its interface does not look at. */
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

/** At most 200 files in views that nobody looks at, and how many there are in truth. */
export const HiddenFiles = groupOf(HiddenFile)
export type HiddenFiles = v.InferOutput<typeof HiddenFiles>

/** What a switch does to one interface. */
export const UiPlan = v.object({
  ui: v.string(),
  stack_before: v.array(v.string()),
  stack_after: v.array(v.string()),
  profile_before: v.nullable(v.string()),
  profile_after: v.string(),
  /** Changes of links in the view of `profile_after`. */
  add: groupOf(PlannedLink),
  remove: groupOf(PlannedLink),
  repoint: groupOf(PlannedLink),
  unchanged: Count,
  /** What people will see come and go, as paths in the interface's folders. */
  appear: groupOf(v.string()),
  disappear: groupOf(v.string()),
  /** What stays in the list and will be another file. */
  replace: groupOf(v.string()),
  shadowed: groupOf(Shadowed),
  absent: groupOf(Absent),
  foreign: groupOf(ForeignFile),
  /** Files of somebody's in the view of `profile_before`, which the interface sees no more. */
  out_of_sight: v.optional(HiddenFiles),
})
export type UiPlan = v.InferOutput<typeof UiPlan>

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
  /** Of a dry run: what interfaces would see; those where nothing changes are left out. */
  views: v.optional(v.array(ViewPreview)),
}

/** A switch before it is made. */
export const SwitchPlan = v.object({
  action: v.picklist(['use', 'back', 'reset', 'sync', 'activate']),
  profile: v.nullable(v.string()),
  fingerprint: v.string(),
  uis: v.array(UiPlan),
})
export type SwitchPlan = v.InferOutput<typeof SwitchPlan>

/** Answer of use, back, reset, sync and activate. */
export const SwitchResult = v.object({
  dry_run: v.boolean(),
  plan: SwitchPlan,
  profile: v.nullable(v.string()),
  uis: v.array(v.string()),
  stacks: v.record(v.string(), v.array(v.string())),
  added: Count,
  removed: Count,
  repointed: Count,
  shadowed: v.array(Shadowed),
  missing: v.array(Absent),
  restored_blobs: v.array(v.string()),
  /** Interfaces whose active link could not follow yet; the next act repeats it. */
  not_flipped: v.array(v.string()),
  /** Why each of them could not, and what can be done. */
  not_followed: v.optional(
    v.array(v.object({ ui: v.string(), detail: v.string(), hint: v.string() })),
  ),
  /** Where files of somebody's lie now that stood in the way, relative to the root. */
  quarantined: v.array(v.string()),
  /** The job that takes models into the store that went out of sight. */
  adopt_job: v.optional(v.string()),
  journal_id: v.optional(v.string()),
})
export type SwitchResult = v.InferOutput<typeof SwitchResult>

/** A profile in a list. */
export const ProfileSummary = v.object({
  name: v.string(),
  packs: Count,
  conflicts_mode: v.string(),
  derived: v.boolean(),
  active_in_uis: v.array(v.string()),
  in_stack_of_uis: v.array(v.string()),
  broken: v.optional(v.string()),
})
export type ProfileSummary = v.InferOutput<typeof ProfileSummary>

/** A page of profiles. */
export const ProfilePage = pageOf(ProfileSummary)

/** One profile with its document. */
export const ProfileDetail = v.object({ summary: ProfileSummary, profile: Profile })
export type ProfileDetail = v.InferOutput<typeof ProfileDetail>

/** What an interface sees now. */
export const UiStatus = v.object({
  ui: v.string(),
  stack: v.array(v.string()),
  active: v.nullable(v.string()),
  /** The pack that the active profile was derived from, if it was. */
  pack: v.nullable(v.string()),
  view: v.nullable(v.string()),
  links: Count,
  shadowed: v.array(Shadowed),
  absent: v.array(Absent),
  foreign: v.array(ForeignFile),
  /** Files of somebody's in views that the interface does not look at. */
  hidden: v.optional(HiddenFiles),
  /** One plain sentence for each thing that is wrong; empty where all is well. */
  health: v.array(v.string()),
  can_go_back: v.boolean(),
})
export type UiStatus = v.InferOutput<typeof UiStatus>

/** Answer of `GET /api/profiles/status`. */
export const ProfilesStatus = v.object({
  generated_at: Timestamp,
  default_ui_set: v.string(),
  ui_sets: v.record(v.string(), v.array(v.string())),
  uis: v.array(UiStatus),
  /** Files of somebody's that stood where something of ours had to go. */
  quarantine: v.optional(v.object({ entries: Count, bytes: Count })),
})
export type ProfilesStatus = v.InferOutput<typeof ProfilesStatus>

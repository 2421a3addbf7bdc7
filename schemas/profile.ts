/** `profile.json` and `runtime.json`; profiles as they are listed, and what interfaces see. */
import * as v from 'valibot'
import { NewProfileName, PackName } from './ids.ts'
import { Count, MAX_WORDS, Timestamp, listOf, pageOf } from './values.ts'
import { Shadowed, Absent, ForeignFile, HiddenFiles } from './view-files.ts'
import { previewFields } from './view-preview.ts'

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
export const ProfileDetail = v.object({
  summary: ProfileSummary,
  profile: Profile,
  /**
   * Its packs, with those that they depend on, in the order in which they apply: later ones win.
   * Empty where packs depend on each other in a cycle.
   */
  order: v.array(v.string()),
})
export type ProfileDetail = v.InferOutput<typeof ProfileDetail>

/** The packs of a request, each once. */
const Packs = v.pipe(
  listOf(PackName, MAX_WORDS),
  v.check((packs) => new Set(packs).size === packs.length, 'A pack is named twice'),
)

/** Body of `POST /api/profiles`. */
export const ProfileCreate = v.strictObject({
  name: NewProfileName,
  packs: v.optional(Packs, []),
  /** Else the one in the settings. */
  conflicts_mode: v.optional(ConflictsMode),
})
export type ProfileCreate = v.InferOutput<typeof ProfileCreate>

/** Moves a pack within a profile: before or after another one, or to an end. */
export const ProfileMove = v.pipe(
  v.strictObject({
    pack: PackName,
    before: v.optional(PackName),
    after: v.optional(PackName),
    to: v.optional(v.picklist(['first', 'last'])),
  }),
  v.check(
    ({ before, after, to }) => [before, after, to].filter((one) => one !== undefined).length === 1,
    'Name one of before, after and to',
  ),
)
export type ProfileMove = v.InferOutput<typeof ProfileMove>

/**
 * Body of `PATCH /api/profiles/{name}`: what is named changes, in this order: all packs, packs to
 * remove, packs to add at the end, the move of one.
 */
export const ProfileEdit = v.strictObject({
  packs: v.optional(Packs),
  remove: v.optional(Packs, []),
  add: v.optional(Packs, []),
  move: v.optional(ProfileMove),
  conflicts_mode: v.optional(ConflictsMode),
  rename_to: v.optional(NewProfileName),
})
export type ProfileEdit = v.InferOutput<typeof ProfileEdit>

/** A profile after a change or, in a dry run, as it would be. */
export const ProfileChange = v.object({ ...previewFields, ...ProfileDetail.entries })
export type ProfileChange = v.InferOutput<typeof ProfileChange>

/** What deleting a profile does besides removing its document. */
export const ProfileDeletion = v.object({
  dry_run: v.boolean(),
  profile: v.string(),
  /** Interfaces that go back a step, since it is on top of their stacks. */
  goes_back_in_uis: v.array(v.string()),
  /** Foreign files in its views, where there are any. */
  out_of_sight: v.optional(HiddenFiles),
  /** The job that takes those of them into the store that are models. */
  adopt_job: v.optional(v.string()),
  journal_id: v.optional(v.string()),
})
export type ProfileDeletion = v.InferOutput<typeof ProfileDeletion>

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
  /** Foreign files in views that the interface does not look at. */
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
  /** Foreign files that stood where something of ours had to go. */
  quarantine: v.optional(v.object({ entries: Count, bytes: Count })),
})
export type ProfilesStatus = v.InferOutput<typeof ProfilesStatus>

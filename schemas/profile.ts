/** `profile.json` and `runtime.json`; profiles as they are listed, and what interfaces see. */
import * as v from 'valibot'
import { Count, Timestamp, pageOf } from './values.ts'
import { Shadowed, Absent, ForeignFile, HiddenFiles } from './view-files.ts'

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

/** Switches of profiles, and the plans that come before them. */
import * as v from 'valibot'
import { UiSetName, PackName, ProfileName, UiName } from './ids.ts'
import { Count } from './values.ts'
import { groupOf, PlannedLink, Shadowed, Absent, ForeignFile, HiddenFiles } from './view-files.ts'

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
  /** Checks every link of the view, not only changed folders. */
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
  /** Foreign files in the view of `profile_before`, which the interface no longer sees. */
  out_of_sight: v.optional(HiddenFiles),
})
export type UiPlan = v.InferOutput<typeof UiPlan>

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
  /** Interfaces whose active link could not be flipped yet; the next operation tries again. */
  not_flipped: v.array(v.string()),
  /** Why each of them could not, and what can be done. */
  not_followed: v.optional(
    v.array(v.object({ ui: v.string(), detail: v.string(), hint: v.string() })),
  ),
  /** Where foreign files that were in the way are now, relative to the root. */
  quarantined: v.array(v.string()),
  /** The job that takes models into the store that went out of sight. */
  adopt_job: v.optional(v.string()),
  journal_id: v.optional(v.string()),
})
export type SwitchResult = v.InferOutput<typeof SwitchResult>

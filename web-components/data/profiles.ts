/** What each interface sees, and how that is switched. */
import type { Answer } from '../../schemas/endpoints.ts'
import type { AppEvent } from '../../schemas/jobs.ts'
import type { Api } from '../contexts/api.ts'
import { isOpen } from './jobs.ts'

/** All interfaces and what they see. */
export type ProfilesStatus = Answer<'profiles.status'>
/** One interface and what it sees. */
export type UiStatus = ProfilesStatus['uis'][number]
/** A switch made, or only planned. */
export type SwitchResult = Answer<'profiles.use'>
/** A switch before it is made. */
export type SwitchPlan = SwitchResult['plan']
/** What a switch does to one interface. */
export type UiPlan = SwitchPlan['uis'][number]
/** A wanted file without a link. */
export type Absent = UiStatus['absent'][number]
/** A link that gave way to another pack's. */
export type Shadowed = UiStatus['shadowed'][number]

/** How much is in quarantine. */
export type Quarantine = NonNullable<ProfilesStatus['quarantine']>
/** A file of the person's in a view that the interface does not look at. */
export type HiddenFile = NonNullable<UiStatus['hidden']>['items'][number]

/** What a person wants to switch to. */
export type SwitchIntent =
  | { readonly action: 'use'; readonly pack: string; readonly only: boolean }
  | { readonly action: 'back' }
  | { readonly action: 'reset' }
  | { readonly action: 'activate'; readonly profile: string }

/** Returns what every interface sees now. */
export function loadStatus(api: Api, signal: AbortSignal): Promise<ProfilesStatus> {
  return api.call('profiles.status', {}, signal)
}

/** Creates the store where there is none. */
export async function initStore(api: Api): Promise<void> {
  await api.call('store.init', { body: {} })
}

/** Returns what the switch would do to `ui`; nothing is changed. */
export function planSwitch(api: Api, intent: SwitchIntent, ui: string): Promise<SwitchResult> {
  return send(api, intent, { ui_set: ui, dry_run: true })
}

/** A switch as it was shown. */
export interface PlannedSwitch {
  readonly intent: SwitchIntent
  readonly ui: string
  readonly plan: SwitchPlan
}

/**
 * Makes the switch that was shown.
 * @throws AppError `plan.stale` where the plan has changed; then nothing is done
 */
export function applySwitch(api: Api, { intent, ui, plan }: PlannedSwitch): Promise<SwitchResult> {
  return send(api, intent, { ui_set: ui, dry_run: false, expect: plan.fingerprint })
}

interface Common {
  readonly ui_set: string
  readonly dry_run: boolean
  readonly expect?: string
}

function send(api: Api, intent: SwitchIntent, common: Common): Promise<SwitchResult> {
  switch (intent.action) {
    case 'use':
      return api.call('profiles.use', { body: { pack: intent.pack, only: intent.only, ...common } })
    case 'back':
      return api.call('profiles.back', { body: common })
    case 'reset':
      return api.call('profiles.reset', { body: common })
    case 'activate':
      return api.call('profiles.activate', { body: { profile: intent.profile, ...common } })
  }
}

const STATUS_EVENTS: readonly AppEvent['type'][] = [
  'profile.activated',
  'view.changed',
  'profile.changed',
  'pack.changed',
  'blob.added',
  'blob.removed',
  'config.changed',
  'index.rebuilt',
]

/**
 * Reports whether the status is out of date after an event; a job that ends may have found damaged
 * models.
 */
export const affectsStatus = (event: AppEvent) =>
  STATUS_EVENTS.includes(event.type) || (event.type === 'job.updated' && !isOpen(event.job))

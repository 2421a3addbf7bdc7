/** Profiles as a list, one with its packs, and how they are changed. */
import type { Answer, CallInput } from '../../schemas/endpoints.ts'
import type { AppEvent } from '../../schemas/jobs.ts'
import type { Api } from '../contexts/api.ts'

/** A profile in a list. */
export type ProfileSummary = Answer<'profiles.list'>['items'][number]
/** A profile with its packs. */
export type ProfileDetail = Answer<'profiles.show'>
/** What is to change of a profile. */
export type ProfileEdit = NonNullable<CallInput<'profiles.edit'>['body']>
/** What deleting a profile does. */
export type ProfileDeletion = Answer<'profiles.delete'>

/** More profiles than people make by hand. */
const ALL = 1000

/** Returns all profiles by name. */
export async function loadProfiles(api: Api, signal: AbortSignal): Promise<ProfileSummary[]> {
  const { items } = await api.call('profiles.list', { query: { limit: ALL } }, signal)
  return items
}

/** Returns one profile. */
export function loadProfile(api: Api, name: string, signal: AbortSignal): Promise<ProfileDetail> {
  return api.call('profiles.show', { params: { name } }, signal)
}

/** Creates an empty profile. */
export async function createProfile(api: Api, name: string): Promise<void> {
  await api.call('profiles.create', { body: { name } })
}

/** Changes a profile; interfaces that show it follow. */
export async function editProfile(api: Api, name: string, body: ProfileEdit): Promise<void> {
  await api.call('profiles.edit', { params: { name }, body })
}

/** Returns what deleting a profile would do. */
export function planDeletion(api: Api, name: string): Promise<ProfileDeletion> {
  return api.call('profiles.delete', { params: { name }, query: { dry_run: 'true' } })
}

/** Deletes a profile. */
export function deleteProfile(api: Api, name: string): Promise<ProfileDeletion> {
  return api.call('profiles.delete', { params: { name } })
}

/** Undoes an operation. */
export async function undoOperation(api: Api, id: string): Promise<void> {
  await api.call('journal.undo', { params: { id }, body: {} })
}

const EVENTS: readonly AppEvent['type'][] = [
  'profile.changed',
  'profile.activated',
  'pack.changed',
  'config.changed',
  'index.rebuilt',
]

/** Reports whether profiles are out of date after an event. */
export const affectsProfiles = (event: AppEvent) => EVENTS.includes(event.type)

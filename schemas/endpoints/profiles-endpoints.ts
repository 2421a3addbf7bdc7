/** Profiles and switches: rows of the endpoint table. */
import * as v from 'valibot'
import { ProfileName } from '../ids.ts'
import {
  ProfileChange,
  ProfileCreate,
  ProfileDeletion,
  ProfileDetail,
  ProfileEdit,
  ProfilePage,
  ProfilesStatus,
} from '../profile.ts'
import { DryRunRequest, QueryBoolean } from '../values.ts'
import { SwitchResult } from '../switch.ts'
import {
  ActivateRequest,
  BackRequest,
  ResetRequest,
  StartupRequest,
  StartupResult,
  SyncRequest,
  UseRequest,
} from '../switch.ts'
import { ADDRESSES } from './addresses.ts'
import { base, page, type EndpointRows } from './endpoint.ts'

const profile = { name: ProfileName }
const switchErrors = [
  'store.not_initialized',
  'ui_set.not_found',
  'plan.stale',
  'view.path_taken',
  'profile.conflict',
  'pack.cycle',
] as const

/** Rows of profiles and switches. */
export const PROFILES_ENDPOINTS = {
  'profiles.list': {
    ...base,
    ...ADDRESSES['profiles.list'],
    summary: 'Profiles by name',
    query: page,
    answer: ProfilePage,
  },

  'profiles.status': {
    ...base,
    ...ADDRESSES['profiles.status'],
    summary: 'Per interface: the stack, what is shadowed and what is absent',
    answer: ProfilesStatus,
  },

  'profiles.show': {
    ...base,
    ...ADDRESSES['profiles.show'],
    summary: 'A profile with its packs',
    params: profile,
    answer: ProfileDetail,
    errors: ['profile.not_found', 'store.document_broken', 'store.newer_format'],
  },

  'profiles.create': {
    ...base,
    ...ADDRESSES['profiles.create'],
    summary: 'Creates a profile of some packs',
    body: v.strictObject({ ...ProfileCreate.entries, ...DryRunRequest.entries }),
    answer: ProfileChange,
    needs: 'lock',
    errors: ['store.not_initialized', 'profile.name_taken', 'pack.not_found'],
  },

  'profiles.edit': {
    ...base,
    ...ADDRESSES['profiles.edit'],
    summary: 'Changes the packs of a profile, their order, its conflicts mode or its name',
    params: profile,
    body: v.strictObject({ ...ProfileEdit.entries, ...DryRunRequest.entries }),
    answer: ProfileChange,
    needs: 'lock',
    errors: [
      'store.not_initialized',
      'profile.not_found',
      'profile.name_taken',
      'profile.protected',
      'profile.conflict',
      'pack.not_found',
      'view.path_taken',
    ],
  },

  'profiles.delete': {
    ...base,
    ...ADDRESSES['profiles.delete'],
    summary: 'Deletes a profile, never its packs',
    params: profile,
    query: v.strictObject({ dry_run: v.optional(QueryBoolean, false) }),
    answer: ProfileDeletion,
    needs: 'lock',
    errors: [
      'store.not_initialized',
      'profile.not_found',
      'profile.protected',
      'profile.conflict',
      'pack.cycle',
      'view.path_taken',
    ],
  },

  'profiles.use': {
    ...base,
    ...ADDRESSES['profiles.use'],
    summary: 'Shows a pack, on top of the base profile or alone',
    body: UseRequest,
    answer: SwitchResult,
    needs: 'lock',
    errors: ['pack.not_found', ...switchErrors],
  },

  'profiles.back': {
    ...base,
    ...ADDRESSES['profiles.back'],
    summary: 'Goes back to the previous profile',
    body: BackRequest,
    answer: SwitchResult,
    needs: 'lock',
    errors: ['profile.stack_empty', ...switchErrors],
  },

  'profiles.reset': {
    ...base,
    ...ADDRESSES['profiles.reset'],
    summary: 'Goes back to the global profile',
    body: ResetRequest,
    answer: SwitchResult,
    needs: 'lock',
    errors: switchErrors,
  },

  'profiles.sync': {
    ...base,
    ...ADDRESSES['profiles.sync'],
    summary: 'Brings views up to date',
    body: SyncRequest,
    answer: SwitchResult,
    needs: 'lock',
    errors: ['profile.not_found', ...switchErrors],
  },

  'profiles.activate': {
    ...base,
    ...ADDRESSES['profiles.activate'],
    summary: 'Makes a profile the active one',
    body: ActivateRequest,
    answer: SwitchResult,
    needs: 'lock',
    errors: ['profile.not_found', ...switchErrors],
  },

  'profiles.startup': {
    ...base,
    ...ADDRESSES['profiles.startup'],
    summary: 'Prepares the view of an interface that starts; answers at once',
    body: StartupRequest,
    answer: StartupResult,
    needs: 'lock',
    errors: ['ui.not_found', 'service.not_running', 'store.not_initialized', 'view.path_taken'],
  },
} as const satisfies EndpointRows

/** Every operation that changes bytes, links or documents: one row each. */
import type { EndpointId } from '../../schemas/endpoints.ts'
import { BYTES } from './operations/byte-rows.ts'
import { IMPORTS } from './operations/import-rows.ts'
import { JOURNAL } from './operations/journal-rows.ts'
import type { Operation } from './operations/operation.ts'
import { PACKS } from './operations/pack-rows.ts'
import { PROFILES } from './operations/profile-rows.ts'
import { DAMAGED_STORES } from './operations/damaged-store-rows.ts'
import { STORE } from './operations/store-rows.ts'
import { SWITCHES } from './operations/switch-rows.ts'

export type { Operation } from './operations/operation.ts'

/** The rows; a new operation is one more of them. */
export const OPERATIONS: readonly Operation[] = [
  ...STORE,
  ...IMPORTS,
  ...PACKS,
  ...PROFILES,
  ...SWITCHES,
  ...BYTES,
  ...DAMAGED_STORES,
  ...JOURNAL,
]

/** Endpoints that change something and have no row, each with its reason. */
export const NOT_COVERED: Readonly<Partial<Record<EndpointId, string>>> = {
  'imports.preview': 'changes nothing',
  'jobs.cancel': 'stops a job between two steps; each of its steps is a kill of its own row',
  'jobs.pause': 'as jobs.cancel',
  'jobs.resume': 'the job goes on, as after a kill',
  'jobs.idle': 'one document beside the jobs, replaced atomically; no model depends on it',
  'auth.pair': 'in memory only',
  'auth.pair_state': 'one document in the home, replaced atomically; no model depends on it',
  'auth.approve': 'in memory only',
  'auth.login': 'one document in the home, replaced atomically; no model depends on it',
  'auth.session_revoke': 'one document in the home, replaced atomically; no model depends on it',
  'auth.logout': 'one document in the home, replaced atomically; no model depends on it',
  'comfyui.install': 'one link outside of the store; its own tests kill it',
  'comfyui.uninstall': 'one link outside of the store; its own tests kill it',
}

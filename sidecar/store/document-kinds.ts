/** Every kind of document in the store, with its newest known version. */
import { Approvals, Config, Machine, UiSets } from '../../schemas/config.ts'
import { Lock, Pack } from '../../schemas/pack.ts'
import { Profile, Runtime } from '../../schemas/profile.ts'
import { BlobMeta } from '../../schemas/records.ts'
import { TrashRecord } from '../../schemas/trash.ts'

export const CONFIG = { family: 'synapse.config', major: 2, schema: Config } as const
export const UI_SETS = { family: 'synapse.ui_sets', major: 1, schema: UiSets } as const
export const MACHINE = { family: 'synapse.machine', major: 1, schema: Machine } as const
export const APPROVALS = { family: 'synapse.approvals', major: 1, schema: Approvals } as const
export const PACK = { family: 'synapse.pack', major: 2, schema: Pack } as const
export const LOCK = { family: 'synapse.lock', major: 2, schema: Lock } as const
export const PROFILE = { family: 'synapse.profile', major: 1, schema: Profile } as const
export const RUNTIME = { family: 'synapse.runtime', major: 1, schema: Runtime } as const
export const BLOB_META = { family: 'synapse.blob_meta', major: 1, schema: BlobMeta } as const
export const TRASH_RECORD = {
  family: 'synapse.trash_entry',
  major: 1,
  schema: TrashRecord,
} as const

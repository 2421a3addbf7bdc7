/** Derives the profile of a pack for `use`. Pure, except for reading the base and its packs. */
import type { PackName, ProfileName } from '../../../schemas/ids.ts'
import type { Profile } from '../../../schemas/profile.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { profileOrder } from './profile-order.ts'

/** The new content of a profile. */
export interface ProfileContent {
  readonly name: ProfileName
  readonly packs: readonly string[]
  readonly mode: string
}

/** Returns a profile document with these packs; other keys of the former one are kept. */
export function profileWith(
  { name, packs, mode }: ProfileContent,
  before: Profile | null,
): Profile {
  const kept = before ?? { schema: 'synapse.profile.v1', conflicts: {} }
  return {
    ...kept,
    schema: 'synapse.profile.v1',
    name,
    conflicts: { ...kept.conflicts, mode: mode as Profile['conflicts']['mode'] },
    packs: packs.map((pack) => before?.packs.find((one) => one.name === pack) ?? { name: pack }),
  }
}

/** The pack that a profile is derived from, on top of the base or alone. */
interface DerivedFrom {
  readonly pack: PackName
  readonly only: boolean
}

/**
 * Returns the profile of `use`: the base profile's packs, then the pack; or, with `only`, the pack
 * alone. Its packs are in the order in which they apply, with those that they depend on.
 * @throws pack.cycle; store.document_broken, store.newer_format of config or a profile
 */
export function deriveProfile(
  reader: StoreReader,
  name: ProfileName,
  { pack, only }: DerivedFrom,
): Profile {
  const { defaults } = reader.config()
  const base = reader.profile(defaults.use_base as ProfileName)
  const mode = base?.conflicts.mode ?? defaults.conflicts_mode
  const below = only ? [] : (base?.packs.map((one) => one.name) ?? [])
  const wanted = [...below, pack].map((one) => ({ name: one }))
  const packs = profileOrder(reader, { name, packs: wanted })
  return profileWith({ name, packs, mode }, reader.profile(name))
}

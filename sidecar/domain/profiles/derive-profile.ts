/** Derives the profile of a pack for `use`. Pure, except for reading the base. */
import type { PackName, ProfileName } from '../../../schemas/ids.ts'
import type { Profile } from '../../../schemas/profile.ts'
import type { StoreReader } from '../../store/store-reader.ts'

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
 * Returns the profile of `use`: the base profile's packs, then the pack, moved to the end; or, with
 * `only`, the pack alone (what it depends on comes with it).
 * @throws store.document_broken, store.newer_format
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
  const packs = [...below.filter((one) => one !== pack), pack]
  return profileWith({ name, packs, mode }, reader.profile(name))
}

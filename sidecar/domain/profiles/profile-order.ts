/** The order in which the packs of a profile apply. */
import { isAppError } from '../../../schemas/errors.ts'
import type { PackName } from '../../../schemas/ids.ts'
import type { Pack } from '../../../schemas/pack.ts'
import type { Profile } from '../../../schemas/profile.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { expandProfile } from '../views/expand-packs.ts'

function packOrNull(reader: StoreReader, name: PackName): Pack | null {
  try {
    return reader.pack(name)
  } catch (error) {
    if (isAppError(error)) return null
    throw error
  }
}

/**
 * Returns the packs of a profile, with those that they depend on, in the order in which they apply:
 * later ones win. A pack that cannot be read counts as depending on none.
 * @throws pack.cycle
 */
export function profileOrder(
  reader: StoreReader,
  profile: Pick<Profile, 'name' | 'packs'>,
): PackName[] {
  return expandProfile(profile, (name) => packOrNull(reader, name)).order
}

/** Regenerates derived profiles from the current base. */
import type { ProfileName } from '../../../schemas/ids.ts'
import type { Profile } from '../../../schemas/profile.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { deriveProfile } from './derive-profile.ts'
import { packOfDerived } from '../views/derived-names.ts'

/** Returns the derived profiles among the tops of stacks, regenerated from their base. */
export function regenerateDerivedProfiles(
  reader: StoreReader,
  tops: Iterable<ProfileName>,
): Map<ProfileName, Profile> {
  const documents = new Map<ProfileName, Profile>()
  for (const name of new Set(tops)) {
    const pack = packOfDerived(name)
    if (pack === null || reader.pack(pack) === null) continue
    const only = name.startsWith('only__')
    documents.set(name, deriveProfile(reader, name, { pack, only }))
  }
  return documents
}

/** The profiles that contain a pack. */
import type { PackName, ProfileName } from '../../../schemas/ids.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { attempt } from './wanted-files.ts'

/** Returns profiles whose document names a pack; unreadable ones are skipped. */
export function profilesNaming(reader: StoreReader, name: PackName): ProfileName[] {
  return reader.profileNames().filter((profile) => {
    const document = attempt(() => reader.profile(profile)).value
    return document?.packs.some((pack) => pack.name === name) === true
  })
}

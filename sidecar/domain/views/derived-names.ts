/** The names of profiles that `use` derives from a pack. */
import type { PackName, ProfileName } from '../../../schemas/ids.ts'

/** Returns the name of the profile that `use` derives from a pack. */
export function derivedProfile(pack: PackName, only: boolean): ProfileName {
  return `${only ? 'only' : 'work'}__${pack}` as ProfileName
}

/** Returns the pack that a profile was derived from, or null. */
export function packOfDerived(profile: string): PackName | null {
  const pack = /^(?:work|only)__(?<pack>.+)$/su.exec(profile)?.groups?.['pack']
  return (pack ?? null) as PackName | null
}

/** Changes which packs a profile names. */
import { type ProfileName, type PackName, GLOBAL } from '../../../schemas/ids.ts'
import { documentText } from '../../../schemas/json.ts'
import type { Profile } from '../../../schemas/profile.ts'
import { type Step, writeStep } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { profileWith } from '../profiles/derive-profile.ts'

/**
 * Returns the step that changes the packs of a profile; none where they are the same.
 * @throws store.document_broken, store.newer_format
 */
export function profileChange(
  reader: StoreReader,
  name: ProfileName,
  change: (packs: string[]) => readonly string[],
): Step[] {
  const profile = reader.profile(name)
  const before = profile?.packs.map((one) => one.name) ?? []
  const mode = profile?.conflicts.mode ?? reader.config().defaults.conflicts_mode
  const after: Profile = profileWith({ name, packs: change(before), mode }, profile)
  const step = writeStep(reader.paths, reader.paths.profile(name), documentText(after))
  return step === null ? [] : [step]
}

/** Returns the step that appends a pack to the global profile; none where it is already in it. */
export function intoGlobal(reader: StoreReader, name: PackName): Step[] {
  return profileChange(reader, GLOBAL, (packs) => (packs.includes(name) ? packs : [...packs, name]))
}

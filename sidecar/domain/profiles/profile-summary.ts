/** A profile in one line, and the stacks that contain it. */
import { isAppError } from '../../../schemas/errors.ts'
import type { ProfileName, UiName } from '../../../schemas/ids.ts'
import type { Profile, ProfileSummary } from '../../../schemas/profile.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { uiNames } from '../views/ui-layout.ts'
import { packOfDerived } from '../views/derived-names.ts'

/** Interface → its stack. */
export type Stacks = ReadonlyMap<UiName, readonly ProfileName[]>

/** Returns the stack of each interface. @throws store.document_broken, store.newer_format */
export function stacksOf(reader: StoreReader): Stacks {
  return new Map(uiNames(reader.config()).map((ui) => [ui, reader.stack(ui)]))
}

/** Returns the summary of a profile, with the reason if it cannot be read. */
export function summaryOf(reader: StoreReader, name: ProfileName, stacks: Stacks): ProfileSummary {
  let profile: Profile | null = null
  let broken: string | null = null
  try {
    profile = reader.profile(name)
  } catch (error) {
    if (!isAppError(error)) throw error
    broken = error.message
  }
  const uis = [...stacks]
  return {
    name,
    packs: profile?.packs.length ?? 0,
    conflicts_mode: profile?.conflicts.mode ?? 'last_wins',
    derived: packOfDerived(name) !== null,
    active_in_uis: uis.filter(([, stack]) => stack.at(-1) === name).map(([ui]) => ui),
    in_stack_of_uis: uis.filter(([, stack]) => stack.includes(name)).map(([ui]) => ui),
    ...(broken === null ? {} : { broken }),
  }
}

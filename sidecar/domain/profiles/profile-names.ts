/** Which names profiles may get, and which profiles may be edited. */
import { AppError } from '../../../schemas/errors.ts'
import { GLOBAL, type ProfileName } from '../../../schemas/ids.ts'
import { readsAs } from '../../../schemas/visible-names.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { packOfDerived } from '../views/derived-names.ts'

/**
 * Throws if another profile has this name, or one that differs only in case, Unicode form or
 * invisible characters.
 * @param own the profile that gets the name
 * @throws profile.name_taken
 */
export function assertNameFree(reader: StoreReader, name: ProfileName, own?: ProfileName): void {
  const wanted = readsAs(name)
  const names = new Set([GLOBAL, ...reader.profileNames()])
  const other = [...names].find((one) => one !== own && readsAs(one) === wanted)
  if (other === undefined) return
  throw new AppError('profile.name_taken', `A profile "${other}" already exists`)
}

/** Throws for a profile that `use` derives from a pack. @throws profile.protected */
export function assertNotDerived(name: ProfileName): void {
  const pack = packOfDerived(name)
  if (pack === null) return
  throw new AppError(
    'profile.protected',
    `"${name}" follows from the pack "${pack}" and its base`,
    {
      hint: 'Edit the pack, or the profile that is the base.',
    },
  )
}

/** Throws for a profile that everything stands on, or that settings name. @throws profile.protected */
export function assertDispensable(reader: StoreReader, name: ProfileName): void {
  const { defaults, startup } = reader.config()
  if (name === GLOBAL) {
    throw new AppError('profile.protected', 'The profile "global" is below all others and stays', {
      hint: 'Its packs and their order can be changed.',
    })
  }
  if (defaults.use_base === name) throw named(name, 'defaults.use_base')
  for (const [ui, { activate }] of Object.entries(startup)) {
    if (activate === name) throw named(name, `startup.${ui}.activate`)
  }
}

function named(name: ProfileName, setting: string): AppError {
  return new AppError('profile.protected', `The setting ${setting} names the profile "${name}"`, {
    hint: `Change it first: synapse config set ${setting} global`,
  })
}

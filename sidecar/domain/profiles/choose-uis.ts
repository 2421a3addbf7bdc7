/** The interfaces that an operation concerns. */
import { AppError, isAppError } from '../../../schemas/errors.ts'
import type { UiName } from '../../../schemas/ids.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { uiNames } from '../views/ui-layout.ts'

/** Returns every set of interfaces by name; each interface is also a set of its own. */
export function uiSets(reader: StoreReader): Map<string, UiName[]> {
  const known = uiNames(reader.config())
  const sets = new Map<string, UiName[]>(known.map((ui) => [ui, [ui]]))
  for (const [name, uis] of Object.entries(reader.uiSets().sets)) {
    if (known.includes(name as UiName)) continue
    sets.set(
      name,
      known.filter((ui) => uis.includes(ui)),
    )
  }
  return sets
}

/**
 * Returns the interfaces of a set; without a name, of the default set.
 * @throws ui_set.not_found
 */
export function chooseUis(reader: StoreReader, name: string | undefined): UiName[] {
  const wanted = name ?? reader.config().defaults.ui_set
  const uis = uiSets(reader).get(wanted)
  if (uis !== undefined && uis.length > 0) return uis
  throw new AppError('ui_set.not_found', `No such set of interfaces: "${wanted}"`, {
    hint: `Known are: ${[...uiSets(reader).keys()].join(', ')}.`,
  })
}

/** Returns the interfaces of the default set; all known ones where it does not exist. */
export function defaultUis(reader: StoreReader): UiName[] {
  try {
    return chooseUis(reader, undefined)
  } catch (error) {
    if (!isAppError(error, 'ui_set.not_found')) throw error
    return uiNames(reader.config())
  }
}

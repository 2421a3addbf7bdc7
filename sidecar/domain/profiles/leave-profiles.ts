/** What it takes to do without profiles: stacks that have them, and files in their views. */
import * as v from 'valibot'
import { UiName, type ProfileName } from '../../../schemas/ids.ts'
import type { HiddenFiles } from '../../../schemas/view-files.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { truncated } from '../truncate-list.ts'
import { hiddenFiles } from '../views/hidden-files.ts'
import { performSwitch } from './perform-switch.ts'
import { without } from './runtime-stack.ts'

type Profiles = ReadonlySet<ProfileName>

/** Returns the stacks that lose a profile, in their new form. */
function stacksWithout(reader: StoreReader, gone: Profiles): Map<UiName, ProfileName[]> {
  const uis = Object.keys(reader.runtime().ui).filter((ui): ui is UiName => v.is(UiName, ui))
  return new Map(
    uis
      .map((ui) => [ui, reader.stack(ui)] as const)
      .filter(([, stack]) => stack.some((profile) => gone.has(profile)))
      .map(([ui, stack]) => [ui, without(stack, gone)]),
  )
}

/** Returns the interfaces that have one of the profiles on top. */
export function uisToGoBack(reader: StoreReader, gone: Profiles): UiName[] {
  return [...stacksWithout(reader, gone).keys()].filter((ui) => {
    const top = reader.stack(ui).at(-1)
    return top !== undefined && gone.has(top)
  })
}

/** Returns the foreign files in the views of the profiles, where there are any. */
export function hiddenWith(
  reader: StoreReader,
  gone: Profiles,
): { readonly out_of_sight?: HiddenFiles } {
  const files = reader
    .uisWithViews()
    .filter((ui) => reader.linkStyle(ui).folder !== 'none')
    .flatMap((ui) => [...gone].flatMap((profile) => hiddenFiles(reader, { ui, profile }, true)))
  return files.length === 0 ? {} : { out_of_sight: truncated(files) }
}

/**
 * Removes profiles from all stacks, in one switch.
 * @throws profile.conflict or pack.cycle for a profile to go back to, view.path_taken, disk.*
 */
export async function leaveProfiles(tx: StoreTx, gone: Profiles): Promise<void> {
  const stacks = stacksWithout(tx, gone)
  if (stacks.size === 0) return
  await performSwitch(tx, {
    action: 'back',
    profile: null,
    stacks,
    documents: new Map(),
    refresh: false,
    depth: 'incremental',
  })
}

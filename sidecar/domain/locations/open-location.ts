/** From an entry of `data/machine.json` to the location that it names. */
import type { EntryKind, EntryOf, LocationEntry } from '../../../schemas/locations.ts'
import { folderLocation, type FolderLocationContext } from './folder-location.ts'
import type { Location } from './location.ts'

/** What opening any kind of location needs. */
export type OpenLocationContext = FolderLocationContext

/** Kind → how it is opened. */
const OPENERS: {
  readonly [K in EntryKind]: (ctx: OpenLocationContext, entry: EntryOf<K>) => Location
} = {
  folder: folderLocation,
}

/** Opens the location of an entry; nothing is asked of it before one of its methods is called. */
export function openLocation(ctx: OpenLocationContext, entry: LocationEntry): Location {
  return OPENERS[entry.kind](ctx, entry)
}

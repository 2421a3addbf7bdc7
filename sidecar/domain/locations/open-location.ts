/** Opens the location of an entry in `data/machine.json`. */
import type { EntryKind, EntryOf } from '../../../schemas/locations.ts'
import { folderLocation, type FolderLocationContext } from './folder-location.ts'
import type { Location } from './location.ts'

/** The dependencies of all kinds of locations. */
export type OpenLocationContext = FolderLocationContext

/** Kind → function that opens it. */
const OPENERS: {
  readonly [K in EntryKind]: (ctx: OpenLocationContext, entry: EntryOf<K>) => Location
} = {
  folder: folderLocation,
}

/** Opens the location of an entry; it is not accessed before a method is called. */
export function openLocation<K extends EntryKind>(
  ctx: OpenLocationContext,
  entry: EntryOf<K>,
): Location {
  return OPENERS[entry.kind](ctx, entry)
}

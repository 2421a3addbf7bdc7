/** Everything that can hold bytes of models is a location. */
import * as v from 'valibot'

/** Names a location for ever: `store`, or the UUID under which it was added. */
export const LocationId = v.pipe(
  v.string(),
  v.regex(/^(?:store|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/u),
  v.brand('LocationId'),
)
export type LocationId = v.InferOutput<typeof LocationId>

/** The store itself, in ledgers and their names. */
export const STORE_LOCATION = 'store' as LocationId

/** The store itself in answers and in the filter by location, where its name is the wire's. */
export const STORE_ON_WIRE = 'local'

/** What every entry has, whatever its kind. */
const common = { id: LocationId, label: v.optional(v.string()) }

/** A folder of files that stay where they are. */
const FolderEntry = v.looseObject({
  ...common,
  kind: v.literal('folder'),
  /** Absolute. */
  path: v.string(),
})

/** An entry of `locations` in `data/machine.json`, by its kind; the store is none of them. */
export const LocationEntry = v.variant('kind', [FolderEntry])
export type LocationEntry = v.InferOutput<typeof LocationEntry>

/** What an entry can be. */
export type EntryKind = LocationEntry['kind']

/** The entry of one kind. */
export type EntryOf<K extends EntryKind> = Extract<LocationEntry, { readonly kind: K }>

/** What a location is: the store, or what an entry can be. */
export type LocationKind = 'store' | EntryKind

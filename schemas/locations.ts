/** Everything that can hold bytes of models is a location. */
import * as v from 'valibot'

/** Names a location for ever: `store`, or the UUID under which it was added. */
export const LocationId = v.pipe(
  v.string(),
  v.regex(/^(?:store|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/u),
  v.brand('LocationId'),
)
export type LocationId = v.InferOutput<typeof LocationId>

/** The store itself. */
export const STORE_LOCATION = 'store' as LocationId

/** What a location is: the store, or a folder of files that stay where they are. */
export const LocationKind = v.picklist(['store', 'folder'])
export type LocationKind = v.InferOutput<typeof LocationKind>

/** An entry of `locations` in `data/machine.json`; the store is none of them. */
export const LocationEntry = v.looseObject({
  id: LocationId,
  kind: v.literal('folder'),
  /** Absolute. */
  path: v.string(),
  label: v.optional(v.string()),
})
export type LocationEntry = v.InferOutput<typeof LocationEntry>

/** What the inventory is asked for: filters, words, an order. */
import * as v from 'valibot'
import { PackName } from './ids.ts'
import { BlobStatus, Integrity, Where } from './inventory.ts'
import {
  Bytes,
  Count,
  Line,
  ModelKind,
  PageQuery,
  QueryBoolean,
  Timestamp,
  oneOrMore,
} from './values.ts'

/** The filters: each lets pass what has one of its values, and all of them must let it pass. */
const FILTERS = {
  kind: v.optional(oneOrMore(ModelKind)),
  status: v.optional(oneOrMore(BlobStatus)),
  where: v.optional(oneOrMore(Where)),
  integrity: v.optional(oneOrMore(Integrity)),
  location: v.optional(oneOrMore(Line)),
  pack: v.optional(oneOrMore(PackName)),
  /** Whether the digest is known. */
  hashed: v.optional(oneOrMore(v.picklist(['yes', 'no']))),
}

/** Name of a filter. */
export type FilterName = keyof typeof FILTERS

/** All filters, in the order in which they are shown. */
export const FILTER_NAMES = Object.keys(FILTERS) as readonly FilterName[]

const narrowing = {
  ...FILTERS,
  /** Part of a name, the beginning of a digest, or a pack. */
  search: v.optional(v.pipe(v.string(), v.maxLength(200))),
}

/** Query of `GET /api/store/inventory/facets`. */
export const FacetsQuery = v.strictObject(narrowing)
export type FacetsQuery = v.InferOutput<typeof FacetsQuery>

const sorts = ['name', 'kind', 'size', 'status', 'where', 'created'] as const

/** A column and a direction. */
export const InventorySort = v.picklist(
  sorts.flatMap((column) => [`${column}_asc`, `${column}_desc`] as const),
)
export type InventorySort = v.InferOutput<typeof InventorySort>

/** Query of `GET /api/store/inventory`. */
export const InventoryQuery = v.strictObject({
  ...narrowing,
  sort_by: v.optional(InventorySort, 'size_desc'),
  /** Adds the stored results of verification to `copies`; nothing is ever hashed here. */
  include_verification: v.optional(QueryBoolean, false),
  ...PageQuery,
})
export type InventoryQuery = v.InferOutput<typeof InventoryQuery>

/** A value of a filter: how many models have it, and their bytes. */
export const FacetValue = v.object({ value: v.string(), count: Count, bytes: Bytes })
export type FacetValue = v.InferOutput<typeof FacetValue>

/** The values of a filter, those that most models have first. */
const facet = v.array(FacetValue)

/** What each filter would leave, counted without that filter itself. */
export const InventoryFacets = v.object({
  generated_at: Timestamp,
  kind: facet,
  status: facet,
  where: facet,
  integrity: facet,
  location: facet,
  pack: facet,
  hashed: facet,
} satisfies Record<FilterName | 'generated_at', v.GenericSchema>)
export type InventoryFacets = v.InferOutput<typeof InventoryFacets>

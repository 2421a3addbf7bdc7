/** Small schemas that many documents and messages share. */
import * as v from 'valibot'

/** A count of bytes. */
export const Bytes = v.pipe(v.number(), v.integer(), v.minValue(0))
/** A count of things. */
export const Count = v.pipe(v.number(), v.integer(), v.minValue(0))
/** A moment: ISO 8601 in UTC. */
export const Timestamp = v.pipe(v.string(), v.maxLength(40))
/** A line or paragraph that a person wrote. */
export const Text = v.pipe(v.string(), v.maxLength(20_000))
/** A short line. */
export const Line = v.pipe(v.string(), v.maxLength(1024))
/** An absolute path on this machine, as the user names it. */
export const OutsidePath = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(4096),
  v.regex(/^[^\0]+$/u, 'A path must not contain NUL'),
)
/** Body of an operation that can be asked what it would do. */
export const DryRunRequest = v.strictObject({ dry_run: v.optional(v.boolean(), false) })
export type DryRunRequest = v.InferOutput<typeof DryRunRequest>
/** Returns a list of a request, which never holds more than `most` items. */
export function listOf<T extends v.GenericSchema>(item: T, most: number) {
  return v.pipe(v.array(item), v.maxLength(most, tooMany(most)))
}

/** Most values that a filter takes. */
const MAX_VALUES = 100

/**
 * Returns a value, or several of which each will do: in a query string, the same name again and
 * again.
 */
export function oneOrMore<T extends v.GenericSchema>(item: T) {
  return v.union([item, listOf(item, MAX_VALUES)])
}

const tooMany = (most: number) => `At most ${String(most)} entries at once`

/** Returns a record of a request, which never holds more than `most` keys. */
export function recordOf<K extends v.GenericSchema<string, string>, T extends v.GenericSchema>(
  key: K,
  value: T,
  most: number,
) {
  return v.pipe(v.record(key, value), v.maxEntries(most, tooMany(most)))
}

/** Most files that one request may name: dependencies, paths, digests. */
export const MAX_FILES = 100_000
/** Most short words that one request may name: tags, trigger words, needed packs. */
export const MAX_WORDS = 1000

/** Any object of JSON. */
export const AnyObject = v.record(v.string(), v.unknown())

/** Returns a page of a list. */
export function pageOf<T extends v.GenericSchema>(item: T) {
  return v.object({ total: Count, limit: Count, offset: Count, items: v.array(item) })
}

/** What is asked of a paged list; numbers may come as text from a query string. */
export const PageQuery = {
  limit: v.optional(queryNumber(1, 1000), 50),
  offset: v.optional(queryNumber(0, 1_000_000_000), 0),
}

/** Returns a whole number from a query string or a body. */
export function queryNumber(least: number, most: number) {
  return v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,10}$/u, 'Not a whole number'))]),
    v.metadata({ type: 'integer', anyOf: undefined, minimum: least, maximum: most }),
    v.transform(Number),
    v.integer(),
    v.minValue(least),
    v.maxValue(most),
  )
}

/** A truth value from a query string or a body. */
export const QueryBoolean = v.pipe(
  v.union([v.boolean(), v.picklist(['true', 'false', '1', '0', ''])]),
  v.metadata({ type: 'boolean', anyOf: undefined }),
  v.transform((value) => value === true || value === 'true' || value === '1' || value === ''),
)

/** A kind as people and interfaces know it: one of the twelve or a finer one (`clip_vision`). */
export const ModelKind = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9_]{0,63}$/u, 'A kind is lower-case words joined by _'),
)
export type ModelKind = v.InferOutput<typeof ModelKind>

/** A body that says nothing: the request is all that is asked for. */
export const NoFields = v.strictObject({})

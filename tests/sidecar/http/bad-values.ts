/** Walks schemas of requests: what they hold, what fits, and what goes wrong in each place. */
import * as v from 'valibot'

/** A valibot schema with whatever parts its sort has. */
interface Loose {
  readonly type: string
  readonly wrapped?: v.GenericSchema
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
  readonly item?: v.GenericSchema
  readonly key?: v.GenericSchema
  readonly value?: v.GenericSchema
  readonly options?: readonly unknown[]
  readonly literal?: unknown
}

const loose = (schema: v.GenericSchema) => schema as unknown as Loose
const OPTIONAL = new Set(['optional', 'nullish', 'nullable', 'undefinedable'])

const TEXTS = [
  'x',
  'local',
  '/no/such/place',
  'ab'.repeat(32),
  '01890a5d-ac96-774b-bcce-b302099a8057',
  'comfyui',
  'true',
  '1',
]

/** A value that a schema takes: of an object the least. */
function sampleOf(schema: v.GenericSchema): unknown {
  const { type, wrapped, entries, item, key, value, options, literal } = loose(schema)
  if (OPTIONAL.has(type) && wrapped) return sampleOf(wrapped)
  if (entries) {
    const needed = Object.entries(entries).filter(([, entry]) => !OPTIONAL.has(loose(entry).type))
    return Object.fromEntries(needed.map(([name, entry]) => [name, sampleOf(entry)]))
  }
  if (type === 'record' && key && value) return { [String(sampleOf(key))]: sampleOf(value) }
  if (type === 'array' && item) return [sampleOf(item)]
  if (type === 'literal') return literal
  if (type === 'picklist') return options?.[0]
  return fittingOf(schema)
}

function fittingOf(schema: v.GenericSchema): unknown {
  const { type, options } = loose(schema)
  const fitting = [...TEXTS, 1, 1000, true].find((one) => v.is(schema, one))
  if (fitting !== undefined) return fitting
  if (type === 'union') return sampleOf(options?.[0] as v.GenericSchema)
  throw new Error(`There is no sample for a ${type}`)
}

/** A place in a request, and what puts a value there with all else as it should be. */
export interface Place {
  readonly name: string
  /** The whole value that has `leaf` in this place. */
  readonly with: (leaf: unknown) => unknown
}

function* placesBelow(schema: v.GenericSchema): Generator<Place> {
  const { type, wrapped, entries, item, key, value } = loose(schema)
  if (OPTIONAL.has(type) && wrapped) {
    yield* placesBelow(wrapped)
    return
  }
  yield { name: '', with: (leaf) => leaf }
  const whole = sampleOf(schema)
  for (const [name, entry] of Object.entries(entries ?? {})) {
    for (const place of placesBelow(entry)) {
      const put = (leaf: unknown): unknown => ({ ...(whole as object), [name]: place.with(leaf) })
      yield { name: [name, place.name].filter(Boolean).join('.'), with: put }
    }
  }
  if (type === 'array' && item) {
    for (const place of placesBelow(item)) {
      yield { name: `0.${place.name}`, with: (leaf) => [place.with(leaf)] }
    }
  }
  if (type === 'record' && key && value) {
    const name = String(sampleOf(key))
    yield { name: 'KEY', with: (leaf) => ({ [String(leaf)]: sampleOf(value) }) }
    for (const place of placesBelow(value)) {
      yield { name: `${name}.${place.name}`, with: (leaf) => ({ [name]: place.with(leaf) }) }
    }
  }
}

/**
 * Returns every place in the fields of a body or query, in objects, lists and records below them
 * too.
 */
export function placesIn(schema: v.GenericSchema): Place[] {
  return [...placesBelow(schema)].filter(({ name }) => name !== '')
}

/** Texts that do harm where nobody looks: ways out, control characters, words of the language. */
export const BAD_TEXTS: readonly string[] = [
  '',
  '.',
  '..',
  '../x',
  '../../../../etc/passwd',
  '..\\x',
  '/no/such/../place',
  'a/../../b',
  'C:\\x',
  '\\\\server\\share',
  'a\u0000b',
  'a\u0001b',
  'a\nb',
  'a\u009bb',
  '\u202egnp.exe',
  '\ud800',
  'a\udc00',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'nothing-of-that-name',
  'ab'.repeat(32),
  'AB'.repeat(32),
  '01890a5d-ac96-774b-bcce-b302099a8057',
  'CON',
  'x. ',
  'x'.repeat(256),
  'x'.repeat(100_000),
  '%2e%2e',
  '-1',
  '1.5',
  '1e3',
  '0x10',
  '99999999999999999999',
  "'; DROP TABLE blobs; --",
]

/** Values of every sort, among them those of a wrong one. */
export const BAD_VALUES: readonly unknown[] = [
  ...BAD_TEXTS,
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  -1e308,
  [],
  [[]],
  [null],
  ['../x'],
  [{}],
  {},
  { x: 1 },
  { constructor: 1 },
  { length: 1e9 },
]

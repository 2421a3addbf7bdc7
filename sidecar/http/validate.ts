/** Validates the input of an endpoint by its row of the table; nothing unchecked gets further. */
import type { Context } from 'hono'
import * as v from 'valibot'
import type { EndpointId } from '../../schemas/endpoints.ts'
import type { Endpoint } from '../../schemas/endpoints/endpoint.ts'
import { LARGE_BYTES, LONG_LIST, type LargeBodies } from '../app/bodies/large-bodies.ts'
import { asksDryRun, canRehearse, type RehearsalStore } from '../app/bodies/rehearsals.ts'
import { checkInput, joined, readJson, requireObject } from '../app/bodies/take-body.ts'
import { invalidInput } from '../app/to-problem.ts'
import { withBody } from './read-body.ts'

/** The input of a handler; its types are known only to the table. */
export interface CheckedInput {
  readonly params: unknown
  readonly query: unknown
  readonly body: unknown
}

/** Handling of large bodies: the thread that parses them, and the store for its dry runs. */
export interface BodyDeps {
  readonly large: LargeBodies
  /** Null where this process has no store for dry runs in another thread. */
  readonly rehearsalStore: (() => RehearsalStore) | null
}

/** Checked input, or the answer of a dry run that was made along with the check. */
export type Validated =
  { readonly input: CheckedInput } | { readonly answer: Uint8Array<ArrayBuffer> }

/** A row of the table. */
interface Row {
  readonly id: EndpointId
  readonly endpoint: Endpoint
}

/**
 * Reads and checks parameters, query and body. A large body is parsed in another thread, which also
 * refuses what its endpoint would refuse and makes the dry run where it can.
 * @throws input.* with an issue for each field that is wrong; service.busy
 */
export async function validate(
  c: Context,
  { id, endpoint }: Row,
  deps: BodyDeps,
): Promise<Validated> {
  const params = checkInput(v.strictObject(endpoint.params), c.req.param())
  const asked = queryOf(c, endpoint.query)
  if (endpoint.method === 'GET') return checkAll(endpoint, { params, asked, value: {} })
  return withBody(c, { limit: endpoint.limit.bytes, large: deps.large }, async (blocks) => {
    const [first] = blocks
    const isLarge = (first?.length ?? 0) > LARGE_BYTES && endpoint.body !== null
    const elsewhere = new OtherThread(c, id, deps)
    if (isLarge) return elsewhere.take(endpoint, { params, asked, blocks })
    const value = first === undefined ? {} : readJson(joined(blocks), endpoint.limit)
    const taken = checkAll(endpoint, { params, asked, value })
    return isLongDryRun(id, taken.input) ? elsewhere.dryRun(taken.input) : taken
  })
}

/** A request with checked parameters. */
interface Given {
  readonly params: unknown
  readonly asked: Asked
}

function checkAll(
  endpoint: Endpoint,
  { params, asked, value }: Given & { readonly value: unknown },
): { readonly input: CheckedInput } {
  const body = requireObject(value)
  if (endpoint.body === null) {
    const query = checkInput(endpoint.query, merged(asked, body))
    return { input: { params, query, body: undefined } }
  }
  const query = checkInput(endpoint.query, asked)
  return { input: { params, query, body: checkInput(endpoint.body, body) } }
}

/** The thread that parses large bodies, for one request. */
class OtherThread {
  readonly #signal: AbortSignal
  readonly #id: EndpointId
  readonly #deps: BodyDeps

  constructor(c: Context, id: EndpointId, deps: BodyDeps) {
    this.#signal = c.req.raw.signal
    this.#id = id
    this.#deps = deps
  }

  /** Checks a large body, and makes a dry run where that thread can. @throws as {@link validate} */
  async take(endpoint: Endpoint, { params, asked, blocks }: LargeRequest): Promise<Validated> {
    const { large, rehearsalStore } = this.#deps
    const query = checkInput(endpoint.query, asked)
    const at = canRehearse(this.#id) ? (rehearsalStore?.() ?? null) : null
    const task = { id: this.#id, given: { blocks }, params, query, store: at }
    const taken = await large.take(task, this.#signal)
    return 'answer' in taken ? taken : { input: { params, query, body: taken.body } }
  }

  /** Makes the dry run of checked input in the thread, if that can read the store. */
  async dryRun(input: CheckedInput): Promise<Validated> {
    const { large, rehearsalStore } = this.#deps
    if (rehearsalStore === null) return { input }
    const { params, query } = input
    const given = { body: input.body as Record<string, unknown> }
    const task = { id: this.#id, given, params, query, store: rehearsalStore() }
    const taken = await large.take(task, this.#signal)
    return 'answer' in taken ? taken : { input }
  }
}

type LargeRequest = Given & { readonly blocks: readonly Uint8Array<ArrayBuffer>[] }

function isLongDryRun(id: EndpointId, { query, body }: CheckedInput): boolean {
  if (!canRehearse(id) || !asksDryRun(query, body)) return false
  return Object.values(body ?? {}).some((held) => Array.isArray(held) && held.length > LONG_LIST)
}

/** The fields of a query string; a list where a name is repeated. */
type Asked = Readonly<Record<string, string | string[]>>

/** Reports whether a field of a query may be repeated. */
function takesLists(schema: v.GenericSchema, name: string): boolean {
  const fields = 'entries' in schema ? (schema.entries as v.ObjectEntries) : {}
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  return field !== undefined && v.is(field, [])
}

/** @throws input.invalid for a repeated name that takes a single value */
function queryOf(c: Context, schema: v.GenericSchema): Asked {
  const pairs = [...new URL(c.req.url).searchParams]
  const byName = [...Map.groupBy(pairs, ([name]) => name)]
  const fields = byName.map(([name, held]): [string, string | string[]] => {
    const values = held.map(([, value]) => value)
    const [only = ''] = values
    if (values.length === 1) return [name, only]
    if (takesLists(schema, name)) return [name, values]
    throw invalidInput([{ path: name, message: 'Appears twice in the query' }])
  })
  return Object.fromEntries(fields)
}

/** The options of a DELETE may be in its query or its body, but must not differ. */
function merged(query: Asked, body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const issues = Object.entries(query)
    .filter(([key, value]) => Object.hasOwn(body, key) && String(body[key]) !== value)
    .map(([path]) => ({ path, message: 'Query and body differ' }))
  if (issues.length > 0) throw invalidInput(issues)
  return Object.fromEntries([...Object.entries(body), ...Object.entries(query)])
}

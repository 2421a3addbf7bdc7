/**
 * A store opened for one command. Reads go straight to their handlers: the HTTP app and its
 * dependencies take longer to load than most answers. Everything else goes through the app.
 */
import * as v from 'valibot'
import { errorOf, type Client, type LooseProblem } from '../../schemas/client.ts'
import { ENDPOINTS, type EndpointId } from '../../schemas/endpoints.ts'
import type { Endpoint } from '../../schemas/endpoints/endpoint.ts'
import { checkInput } from '../app/bodies/take-body.ts'
import type { Caller } from '../app/handlers/handler.ts'
import type { SynapseOptions } from '../app/services.ts'
import { isUnexpected, toProblem } from '../app/to-problem.ts'
import { openParts, type SynapseParts } from './synapse-parts.ts'

/** An open store with its client. */
export interface DirectSynapse extends AsyncDisposable {
  /** A client with the owner's rights. */
  readonly client: Client
}

interface GivenInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: unknown
}

/** Segments that would not survive in a path. */
const LOST_IN_PATHS = new Set(['', '.', '..'])

function isPlainRead({ method, body }: Endpoint, { params = {} }: GivenInput): boolean {
  const whole = Object.values(params).every((part) => !LOST_IN_PATHS.has(part))
  return method === 'GET' && body === null && whole
}

/** Parameters in the form in which a URL would carry them. */
function asSent(given: unknown): Record<string, string> {
  const there = Object.entries(given ?? {}).filter(
    ([, value]) => value !== undefined && value !== null,
  )
  return Object.fromEntries(there.map(([key, value]) => [key, String(value).toWellFormed()]))
}

/** A value after a round trip through JSON. */
const asAnswered = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

type UntypedHandler = (input: object, caller: Caller) => unknown

async function read(
  { handlers, auth, services }: SynapseParts,
  id: EndpointId,
  { params, query }: GivenInput,
): Promise<unknown> {
  const endpoint: Endpoint = ENDPOINTS[id]
  const handle = handlers[id] as unknown as UntypedHandler
  const identity = auth.check(auth.ownerToken) ?? { actor: 'command', scope: 'owner' }
  const caller: Caller = { ...identity, via: 'direct', origin: null, userAgent: '' }
  try {
    const input = {
      params: checkInput(v.strictObject(endpoint.params), asSent(params)),
      query: checkInput(endpoint.query, asSent(query)),
      body: undefined,
    }
    return asAnswered(await handle(input, caller))
  } catch (error) {
    if (isUnexpected(error)) services.log({ level: 'error', event: 'http.failed', id, error })
    const problem = toProblem(error)
    throw errorOf(asAnswered(problem) as LooseProblem, problem.status)
  }
}

/** Opens a store for use in this process, as `createSynapse` does. @throws as that */
export async function openDirect(options: SynapseOptions): Promise<DirectSynapse> {
  const parts = await openParts(options)
  let app: Promise<Client> | null = null
  const openApp = () =>
    (app ??= import('./create-synapse.ts').then(({ overParts }) => overParts(parts).client))
  return {
    client: {
      raw: async (path, init) => (await openApp()).raw(path, init),
      async call(id, input, signal) {
        if (isPlainRead(ENDPOINTS[id], input ?? {})) {
          return (await read(parts, id, input ?? {})) as never
        }
        return (await openApp()).call(id, input, signal)
      },
    },
    [Symbol.asyncDispose]: async () => parts[Symbol.asyncDispose](),
  }
}

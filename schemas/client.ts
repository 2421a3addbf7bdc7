/** The API client of the panel, the command and scripts. */
import { AppError, isErrorCode, type Issue } from './errors.ts'
import type { Answer, CallInput } from './endpoints.ts'
import { ADDRESSES, takesBody, type Address, type EndpointId } from './endpoints/addresses.ts'

/** The address and credentials of a service. */
export interface ClientOptions {
  /** Address before `/api`, without a final slash. */
  readonly baseUrl: string
  /** The token, asked for at each call; null sends none. */
  readonly token: () => string | null
  /**
   * The header of the token: `Authorization`, or, for a page, a header of its own, so that
   * credentials for a reverse proxy are not overwritten.
   */
  readonly tokenIn?: 'Authorization' | typeof TOKEN_HEADER
  /** How requests are sent; the platform's `fetch` by default. */
  readonly fetch?: (url: string, init: RequestInit) => Response | Promise<Response>
}

/** Carries a page's token; overrides `Authorization`. */
export const TOKEN_HEADER = 'X-Synapse-Token'

/** Asks the endpoints of the table. */
export interface Client {
  /**
   * Sends one request and gives the answer's body.
   * @throws AppError with the problem's code; service.not_running where the service does not answer;
   *   service.foreign_answer where the answer is none of the service's
   */
  call<K extends EndpointId>(id: K, input?: CallInput<K>, signal?: AbortSignal): Promise<Answer<K>>
  /** Sends a request and gives the raw response (for streams); not checked. */
  raw(path: string, init?: RequestInit): Promise<Response>
}

/** What a call sends. */
export interface CallInit {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

/** As much of a response as a call reads. */
export type Reply = Pick<Response, 'ok' | 'status' | 'json'> & {
  readonly headers: { get(name: string): string | null }
}

/** Makes a client of the API. */
export function createClient(options: ClientOptions): Client {
  const header = options.tokenIn ?? 'Authorization'
  const send = options.fetch ?? ((url: string, init: RequestInit) => fetch(url, init))

  async function raw(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    const token = options.token()
    if (token !== null) headers.set(header, header === TOKEN_HEADER ? token : `Bearer ${token}`)
    try {
      return await send(options.baseUrl + path, { ...init, headers })
    } catch (error) {
      throw sendError(error, init.signal)
    }
  }

  return { raw, call: createCall(raw) }
}

/** Makes {@link Client.call} of what sends a request to an address below the service's. */
export function createCall(send: (path: string, init: CallInit) => Promise<Reply>): Client['call'] {
  return async (id, input = {}, signal) => {
    const address: Address = ADDRESSES[id]
    const sent = takesBody(address.method)
      ? {
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(input.body ?? {}),
        }
      : { headers: {} }
    const init = { method: address.method, ...sent, ...(signal ? { signal } : {}) }
    const response = await send(addressOf(address, input), init)
    if (!response.ok) throw await problemIn(response)
    if (!hasType(response, 'application/json')) throw foreignAnswer(response)
    return (await response.json()) as never
  }
}

/**
 * Returns the error of a request that could not be sent: service.not_running where the service does
 * not answer.
 */
export function sendError(error: unknown, signal: AbortSignal | null | undefined): unknown {
  // Without an answer, fetch throws only this type; any other error is a bug that must surface.
  if (signal?.aborted === true || !(error instanceof TypeError)) return error
  return new AppError('service.not_running', 'The Synapse service does not answer', {
    hint: 'Start it with `npm start`.',
    cause: error,
  })
}

interface LooseInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: unknown
}

/**
 * Returns the path and query of a call, each part encoded; a name is put behind `/-/`, where no
 * fixed path shadows it.
 */
export function addressOf(address: Address, input: LooseInput): string {
  const path = address.path.replace(/\{(\w+)\}/gu, (_whole, key: string) => {
    const value = encodeURIComponent((input.params?.[key] ?? '').toWellFormed())
    return key === 'name' ? `-/${value}` : value
  })
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(input.query ?? {})) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (one !== undefined && one !== null) query.append(key, String(one))
    }
  }
  const text = query.toString()
  return text === '' ? path : `${path}?${text}`
}

/** A problem of which nothing is known yet. */
export interface LooseProblem {
  code?: unknown
  detail?: unknown
  hint?: unknown
  issues?: unknown
  details?: unknown
}

/** Reports whether an answer's content type is this one. */
export function hasType(response: Pick<Reply, 'headers'>, type: string): boolean {
  const named = response.headers.get('content-type') ?? ''
  return named.split(';')[0]?.trim().toLowerCase() === type
}

/**
 * Returns the error for an answer that the service did not give: a login page or a refusal of a
 * server in front of it. Its status alone says nothing about our token.
 */
export function foreignAnswer(response: Pick<Reply, 'status'>): AppError {
  const status = String(response.status)
  return new AppError('service.foreign_answer', `Another server answered with HTTP ${status}`, {
    hint: 'A server in front of Synapse may want a login: reload the page.',
    details: { status: response.status },
  })
}

/** Returns the HTTP status in an error of {@link foreignAnswer}; null for any other error. */
export function foreignStatus(error: AppError | null | undefined): number | null {
  if (error?.code !== 'service.foreign_answer') return null
  const status = error.details?.['status']
  return typeof status === 'number' ? status : null
}

/**
 * Returns the error in a failed answer: of the service, or of a server in front of it.
 */
export async function problemIn(response: Reply): Promise<AppError> {
  if (!hasType(response, 'application/problem+json')) return foreignAnswer(response)
  let problem: LooseProblem
  try {
    problem = (await response.json()) as LooseProblem
  } catch {
    return foreignAnswer(response)
  }
  return errorOf(problem, response.status)
}

/** Returns the error that a problem document describes. */
export function errorOf(problem: LooseProblem, status: number): AppError {
  const code = isErrorCode(problem.code) ? problem.code : 'internal'
  const detail = typeof problem.detail === 'string' ? problem.detail : `HTTP ${String(status)}`
  return new AppError(code, detail, {
    hint: typeof problem.hint === 'string' ? problem.hint : undefined,
    issues: Array.isArray(problem.issues) ? (problem.issues as Issue[]) : undefined,
    details: (problem.details as Record<string, unknown> | undefined) ?? undefined,
  })
}

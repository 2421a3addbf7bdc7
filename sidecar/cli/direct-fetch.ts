/**
 * Requests to the service on this machine. They never go through a proxy of the environment, which
 * `fetch` uses where Node is configured to (`NODE_USE_ENV_PROXY`, `--use-env-proxy`): a proxy would
 * see the owner's token.
 */
import type { IncomingMessage } from 'node:http'
import process from 'node:process'
import type { CallInit, Reply } from '../../schemas/client.ts'

// An import of `node:http` would load all of fetch too, for its WebSocket: longer than Node's start.
const http = process.getBuiltinModule('node:http')

/** This agent has no proxy; the global one may have. */
const agent = new http.Agent({ keepAlive: false })

const WITHOUT_BODY = new Set([204, 205, 304])

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  }
  return headers
}

/** The body as it arrives. @throws TypeError where the connection breaks, as `fetch` does */
async function* piecesOf(message: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* message as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw new TypeError('terminated', { cause })
  }
}

function responseOf(message: IncomingMessage): Response {
  const status = message.statusCode ?? 500
  const init = { status, headers: headersOf(message) }
  if (!WITHOUT_BODY.has(status)) {
    return new Response(ReadableStream.from(piecesOf(message)), init)
  }
  message.resume()
  return new Response(null, init)
}

type Head = Pick<CallInit, 'method' | 'headers' | 'body'> & { readonly signal?: AbortSignal | null }

function send(url: string, { method, headers, body, signal }: Head): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const options = { agent, method, headers, ...(signal ? { signal } : {}) }
  const asked = http.request(url, options, resolve)
  asked.on('error', (cause) => {
    reject(
      signal?.aborted === true ? asError(signal.reason) : new TypeError('fetch failed', { cause }),
    )
  })
  asked.end(body)
  return promise
}

/**
 * Sends one request over plain http, as `fetch` does, but straight to its host. Redirects are not
 * followed.
 * @param init method, headers, a text body and signal are used
 * @throws TypeError where the service does not answer; the signal's reason where that is aborted
 */
export async function directFetch(url: string, init: RequestInit = {}): Promise<Response> {
  const { method = 'GET', body, signal } = init
  const headers = Object.fromEntries(new Headers(init.headers))
  const text = typeof body === 'string' ? { body } : {}
  return responseOf(await send(url, { method, headers, signal: signal ?? null, ...text }))
}

async function textOf(message: IncomingMessage): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of piecesOf(message)) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

/**
 * Calls as {@link directFetch} does, for an answer that is read as JSON. Does not load `fetch`,
 * which takes longer than the answer.
 * @throws TypeError where the service does not answer; the signal's reason where that is aborted
 */
export async function directCall(url: string, init: CallInit): Promise<Reply> {
  const message = await send(url, init)
  const status = message.statusCode ?? 500
  return {
    status,
    ok: status >= 200 && status < 300,
    headers: { get: (name) => message.headers[name.toLowerCase()]?.toString() ?? null },
    json: async () => JSON.parse(await textOf(message)) as unknown,
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}

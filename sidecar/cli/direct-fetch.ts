/**
 * Requests to the service on this machine. They never go through a proxy of the environment, which
 * `fetch` uses where Node is told to (`NODE_USE_ENV_PROXY`, `--use-env-proxy`): a proxy would see
 * the owner's token.
 */
import { Agent, request, type IncomingMessage } from 'node:http'

/** An agent of its own has no proxy; the global one may. */
const agent = new Agent({ keepAlive: false })

const WITHOUT_BODY = new Set([204, 205, 304])

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  }
  return headers
}

/** The body as it comes. @throws TypeError where the connection breaks off, as `fetch` has it */
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

/**
 * Sends one request over plain http, as `fetch` does, but straight to its host. Redirects are not
 * followed.
 * @param init of it method, headers, a text as body, and signal are heeded
 * @throws TypeError where nobody answers; the signal's reason where that is aborted
 */
export function directFetch(url: string, init: RequestInit = {}): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  const { method = 'GET', body, signal } = init
  const headers = Object.fromEntries(new Headers(init.headers))
  const options = { agent, method, headers, ...(signal ? { signal } : {}) }
  const asked = request(url, options, (message) => {
    resolve(responseOf(message))
  })
  asked.on('error', (cause) => {
    reject(
      signal?.aborted === true ? asError(signal.reason) : new TypeError('fetch failed', { cause }),
    )
  })
  asked.end(typeof body === 'string' ? body : undefined)
  return promise
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}

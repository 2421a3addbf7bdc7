/** Puts the app behind a socket. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { AppError } from '../../schemas/errors.ts'
import { answerParserError, answerRequestError } from './parser-errors.ts'
import { errnoOf } from '../platform/disk-calls.ts'

const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 5 * 60_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 5000,
  maxHeaderSize: 16 * 1024,
  // The app refuses a request without a host, with an explanation.
  requireHostHeader: false,
} as const
const IDLE_MS = 5 * 60_000
const MAX_HEADERS = 100
const GRACE_MS = 3000

interface ServeOptions {
  readonly app: Pick<Hono, 'fetch'>
  /** 0 lets the system choose. */
  readonly port: number
  /** 127.0.0.1 by default. */
  readonly host?: string
}

/** A listening socket. */
export interface Serving extends AsyncDisposable {
  readonly port: number
  /** Address for this machine, without a final slash. */
  readonly url: string
  /** Accepts no more requests, waits for running ones, and cuts them off after three seconds. */
  close(): Promise<void>
}

function listenError(error: unknown, host: string, port: number): unknown {
  const errno = errnoOf(error)
  if (errno !== 'EADDRINUSE' && errno !== 'EACCES') return error
  const why = errno === 'EACCES' ? 'may not be used' : 'is used by another program'
  return new AppError('service.port_taken', `Port ${port} of ${host} ${why}`, {
    hint: 'Name another with --port or SYNAPSE_PORT.',
    cause: error,
  })
}

/** The loopback address of a wildcard address. */
const LOOPBACK_OF: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

function urlOf(host: string, port: number): string {
  const reached = LOOPBACK_OF[host] ?? host
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${String(port)}`
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  server.once('error', reject)
  server.listen(port, host, () => {
    resolve(undefined)
  })
  try {
    await promise
  } catch (error) {
    throw listenError(error, host, port)
  } finally {
    server.off('error', reject)
  }
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  server.close(() => {
    resolve(undefined)
  })
  server.closeIdleConnections()
  const cut = setTimeout(() => {
    server.closeAllConnections()
  }, GRACE_MS)
  await promise
  clearTimeout(cut)
}

/**
 * Listens on loopback unless `host` is given. The hub of events must be closed before {@link
 * Serving.close}, since its streams never end by themselves.
 * @throws service.port_taken
 */
export async function serve({ app, port, host = '127.0.0.1' }: ServeOptions): Promise<Serving> {
  // No default host name: a request that names no host is refused.
  const answer = getRequestListener(app.fetch, {
    errorHandler: answerRequestError,
    overrideGlobalObjects: false,
  })
  const take = (request: IncomingMessage, response: ServerResponse) =>
    void answer(request, response)
  const server = createServer(LIMITS, take)
  // Node would answer any expectation other than 100-continue with an empty 417.
  server.on('checkExpectation', take)
  server.timeout = IDLE_MS
  server.maxHeadersCount = MAX_HEADERS
  server.on('clientError', answerParserError)
  await listen(server, host, port)
  const address = server.address() as AddressInfo
  const stop = () => close(server)
  return {
    port: address.port,
    url: urlOf(host, address.port),
    close: stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Connects to a store: through its running service, or opened in this process. */
import { realpath } from 'node:fs/promises'
import { createCall, createClient, sendError, type Client } from '../../schemas/client.ts'
import { AppError } from '../../schemas/errors.ts'
import { homeAt, readService, type ServiceInfo } from '../app/home/home.ts'
import type { RunningService, ServiceOptions } from '../http/run-service.ts'
import { directCall, directFetch } from './direct-fetch.ts'
import type { CliFolders } from './environment.ts'

const HEALTH_TIMEOUT_MS = 2000

/** A connection, until it is closed. */
export interface Connection {
  readonly client: Client
  readonly mode: 'service' | 'direct'
  close(): Promise<void>
}

/** Where to connect. */
export interface ConnectOptions extends CliFolders {
  readonly acceptNetworkLock: boolean
  /** Only a running service is accepted. */
  readonly serviceOnly: boolean
}

/** Connects to a store. @throws AppError service.not_running where only a service is accepted */
export type Connect = (options: ConnectOptions) => Promise<Connection>

/** Starts a service. @throws AppError service.already_running, service.port_taken, ... */
export type RunService = (options: ServiceOptions) => Promise<RunningService>

async function sameFolder(one: string, other: string): Promise<boolean> {
  try {
    return (await realpath(one)) === (await realpath(other))
  } catch {
    return false
  }
}

async function isAlive(client: Client): Promise<boolean> {
  try {
    await client.call('health', {}, AbortSignal.timeout(HEALTH_TIMEOUT_MS))
    return true
  } catch {
    return false
  }
}

/**
 * Returns the service that runs on this root, or on any if none was given, and answers; null where
 * there is none.
 */
export async function findService(folders: CliFolders): Promise<ServiceInfo | null> {
  const { root, home, rootByDefault = false } = folders
  const file = readService(homeAt(home))
  if (!file || !(rootByDefault || (await sameFolder(file.root, root)))) return null
  // The check whether it is alive sends no token: the port may belong to another program by now.
  return (await isAlive(clientOf(file, null))) ? file : null
}

/** Returns a client of a service, with or without a token. */
function clientOf({ url }: ServiceInfo, token: string | null): Client {
  const baseUrl = url.replace(/\/+$/u, '')
  const bearer: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` }
  return {
    raw: (path, init) =>
      createClient({ baseUrl, token: () => token, fetch: directFetch }).raw(path, init),
    call: createCall(async (path, init) => {
      try {
        return await directCall(baseUrl + path, {
          ...init,
          headers: { ...init.headers, ...bearer },
        })
      } catch (error) {
        throw sendError(error, init.signal)
      }
    }),
  }
}

async function openDirectly(options: ConnectOptions): Promise<Connection> {
  const { openDirect } = await import('../http/open-direct.ts')
  const { root, home, acceptNetworkLock } = options
  const synapse = await openDirect({ root, home, acceptNetworkLock, keepReserve: true })
  return {
    client: synapse.client,
    mode: 'direct',
    async close() {
      await synapse[Symbol.asyncDispose]()
    },
  }
}

/** Uses the service that {@link findService} finds, else opens the store in this process. */
export const connect: Connect = async (options) => {
  const service = await findService(options)
  if (service) {
    const client = clientOf(service, service.token)
    return { client, mode: 'service', close: () => Promise.resolve() }
  }
  if (!options.serviceOnly) return openDirectly(options)
  throw new AppError('service.not_running', `No service runs on ${options.root}`, {
    hint: 'Start it with `npm start` or `synapse serve`.',
  })
}

/** Synapse for use from code: the same endpoints as over HTTP, without a socket. */
import { createClient, type Client } from '../../schemas/client.ts'
import { VERSION } from '../../schemas/version.ts'
import type { Hono } from 'hono'
import type { Auth } from '../app/auth/auth.ts'
import { uiNames } from '../domain/views/ui-layout.ts'
import { tableOf, type LinkStyleTable } from '../store/link-styles.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { Services, SynapseOptions } from '../app/services.ts'
import { OWN_FOLDERS } from '../platform/own-files.ts'
import { createApp } from './app.ts'
import { openParts, type SynapseParts } from './synapse-parts.ts'

/** The `Host` of in-process requests; no socket has it. */
const IN_PROCESS = 'synapse.in-process'

/** An open store with its client. */
export interface Synapse extends AsyncDisposable {
  /** A client with the owner's rights. */
  readonly client: Client
  readonly services: Services
  readonly auth: Auth
  readonly app: Hono
  /** Allows further values of `Host`. */
  readonly allowHosts: (hosts: readonly string[]) => void
}

/** How Synapse is opened. */
export interface CreateOptions extends SynapseOptions {
  /** Throws if an answer or a problem does not match the table: for tests. */
  readonly checkAnswers?: boolean
}

/**
 * Opens a store for use in this process. Jobs of an earlier process are resumed by {@link
 * Synapse.services}`.jobs.recover`, which only a service calls.
 * @example
 * await using synapse = await createSynapse({ root: '/models/store' })
 * await synapse.client.call('profiles.use', { body: { pack: 'Portraits' } })
 * @throws disk.* where the store cannot be read
 */
export async function createSynapse(options: CreateOptions): Promise<Synapse> {
  return overParts(await openParts(options), options)
}

/** Builds the app on open parts, which are closed with the result. */
export function overParts(
  parts: SynapseParts,
  { checkAnswers = false }: Pick<CreateOptions, 'checkAnswers'> = {},
): Synapse {
  const { services, auth, handlers, large } = parts
  let hosts: readonly string[] = []
  const app = createApp({
    handlers,
    auth,
    events: services.events,
    allowedHosts: () => [IN_PROCESS, ...hosts],
    listedHosts: () => listedHosts(services),
    large,
    rehearsalStore: () => ({
      root: services.store.paths.root,
      linkStyles: linkStyleTable(services.store.reader),
      now: services.clock.now(),
    }),
    page: OWN_FOLDERS.page,
    docs: OWN_FOLDERS.docs,
    version: VERSION,
    log: services.log,
    checkAnswers,
  })
  const client = createClient({
    baseUrl: `http://${IN_PROCESS}`,
    token: () => auth.ownerToken,
    fetch: (url, init) => app.request(url, { ...init, headers: withHost(init.headers) }),
  })
  return {
    client,
    services,
    auth,
    app,
    allowHosts: (more) => {
      hosts = more
    },
    [Symbol.asyncDispose]: async () => parts[Symbol.asyncDispose](),
  }
}

function linkStyleTable(reader: StoreReader): LinkStyleTable {
  return tableOf(reader.linkStyles, uiNames(reader.config()))
}

/** The names that the owner lists; none where the settings cannot be read. */
function listedHosts({ store }: Services): readonly string[] {
  try {
    return store.reader.machine().security.hosts
  } catch {
    return []
  }
}

function withHost(headers: RequestInit['headers']): Headers {
  const all = new Headers(headers)
  all.set('Host', IN_PROCESS)
  return all
}

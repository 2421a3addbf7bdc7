/** Synapse for use from code: the same addresses as over HTTP, without a socket. */
import { createClient, type Client } from '../../schemas/client.ts'
import { VERSION } from '../../schemas/version.ts'
import type { Hono } from 'hono'
import { openAuth, type Auth } from '../app/auth/auth.ts'
import { createHandlers } from '../app/create-handlers.ts'
import { LargeBodies } from '../app/bodies/large-bodies.ts'
import { uiNames } from '../domain/views/layout.ts'
import { tableOf, type LinkStyleTable } from '../store/link-styles.ts'
import type { StoreReader } from '../store/store-reader.ts'
import { openServices, type Services, type SynapseOptions } from '../app/services.ts'
import { OWN_FOLDERS } from '../platform/own-files.ts'
import { createApp } from './app.ts'

/** The host that requests of this process name; no socket bears it. */
const IN_PROCESS = 'synapse.in-process'

/** An open store that can be asked. */
export interface Synapse extends AsyncDisposable {
  /** Asks with the owner's rights. */
  readonly client: Client
  readonly services: Services
  readonly auth: Auth
  readonly app: Hono
  /** Further values of `Host` that are let in. */
  readonly allowHosts: (hosts: readonly string[]) => void
}

/** How Synapse is opened. */
export interface CreateOptions extends SynapseOptions {
  /** Throws where an answer or a problem does not fit the table: for tests. */
  readonly checkAnswers?: boolean
}

/**
 * Opens a store for use in this process. Jobs that an earlier process left are taken up again by
 * {@link Synapse.services}`.jobs.resume`, which only a service calls.
 * @example
 * await using synapse = await createSynapse({ root: '/models/store' })
 * await synapse.client.call('profiles.use', { body: { pack: 'Portraits' } })
 * @throws disk.* where the store cannot be read
 */
export async function createSynapse(options: CreateOptions): Promise<Synapse> {
  await using stack = new AsyncDisposableStack()
  const services = stack.use(await openServices(options))
  const { home, clock, publish } = services
  const auth = stack.use(openAuth({ home, clock, publish }))
  const handlers = createHandlers({
    services,
    auth,
    extensionFolder: OWN_FOLDERS.extension,
  })
  const large = stack.use(new LargeBodies())
  let hosts: readonly string[] = []
  const app = createApp({
    handlers,
    auth,
    events: services.events,
    allowedHosts: () => [IN_PROCESS, ...hosts],
    listedHosts: () => listedHosts(services),
    large,
    rehearsalPlace: () => ({
      root: services.store.paths.root,
      linkStyles: linkStyleTable(services.store.reader),
      now: clock.now(),
    }),
    page: OWN_FOLDERS.page,
    docs: OWN_FOLDERS.docs,
    version: VERSION,
    log: services.log,
    checkAnswers: options.checkAnswers ?? false,
  })
  const client = createClient({
    baseUrl: `http://${IN_PROCESS}`,
    token: () => auth.ownerToken,
    fetch: (url, init) => app.request(url, { ...init, headers: withHost(init.headers) }),
  })
  const kept = stack.move()
  return {
    client,
    services,
    auth,
    app,
    allowHosts: (more) => {
      hosts = more
    },
    [Symbol.asyncDispose]: async () => kept.disposeAsync(),
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

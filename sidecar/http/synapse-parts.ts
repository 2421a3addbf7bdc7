/** Everything below the HTTP app: an open store, and a handler for each endpoint. */
import { openAuth, type Auth } from '../app/auth/auth.ts'
import { LargeBodies } from '../app/bodies/large-bodies.ts'
import { createHandlers } from '../app/handlers/create-handlers.ts'
import type { Handlers } from '../app/handlers/handler.ts'
import { openServices, type Services, type SynapseOptions } from '../app/services.ts'
import { OWN_FOLDERS } from '../platform/own-files.ts'

/** The parts that the app, or a command without it, uses. */
export interface SynapseParts extends AsyncDisposable {
  readonly services: Services
  readonly auth: Auth
  readonly handlers: Handlers
  /** Parses large bodies. */
  readonly large: LargeBodies
}

/** Opens a store with its handlers. @throws disk.* where it cannot be read */
export async function openParts(options: SynapseOptions): Promise<SynapseParts> {
  await using stack = new AsyncDisposableStack()
  const services = stack.use(await openServices(options))
  const { home, clock, publish } = services
  const auth = stack.use(openAuth({ home, clock, publish }))
  const handlers = createHandlers({ services, auth, extensionFolder: OWN_FOLDERS.extension })
  const large = stack.use(new LargeBodies())
  const kept = stack.move()
  return {
    services,
    auth,
    handlers,
    large,
    [Symbol.asyncDispose]: async () => kept.disposeAsync(),
  }
}

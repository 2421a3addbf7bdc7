/** What the root of the elements hands to all below it. */
import { ContextProvider } from '@lit/context'
import type { ReactiveElement } from 'lit'
import { apiContext } from '../contexts/api.ts'
import { eventsContext } from '../contexts/events.ts'
import { linkContext } from '../contexts/link.ts'
import { routerContext } from '../contexts/router.ts'
import { sessionContext, type Session } from '../contexts/session.ts'
import { surfaceContext, type Surface } from '../contexts/surface.ts'
import type { Connection } from '../data/connection.ts'
import type { Router } from './router.ts'

/** Provides the service, the router and the surface, each as a context of its own. */
export class ProvideServices {
  readonly #api: ContextProvider<typeof apiContext>
  readonly #events: ContextProvider<typeof eventsContext>
  readonly #link: ContextProvider<typeof linkContext>
  readonly #session: ContextProvider<typeof sessionContext>
  readonly #router: ContextProvider<typeof routerContext>
  readonly #surface: ContextProvider<typeof surfaceContext>

  constructor(host: ReactiveElement) {
    this.#api = new ContextProvider(host, { context: apiContext })
    this.#events = new ContextProvider(host, { context: eventsContext })
    this.#link = new ContextProvider(host, { context: linkContext })
    this.#session = new ContextProvider(host, { context: sessionContext })
    this.#router = new ContextProvider(host, { context: routerContext })
    this.#surface = new ContextProvider(host, { context: surfaceContext })
  }

  /** Provides what stays the same for the life of the page. */
  begin(connection: Connection, router: Router, surface: Surface): void {
    this.#api.setValue(connection)
    this.#events.setValue(connection)
    this.#router.setValue(router)
    this.#surface.setValue(surface)
  }

  /** Provides the current link and session. */
  update(connection: Connection, problem: string): void {
    this.#link.setValue(connection.link)
    const session: Session = {
      held: connection.session,
      problem,
      keep: (held) => connection.keepSession(held),
    }
    this.#session.setValue(session)
  }
}

/** The router above an element, which re-renders when the page changes. */
import type { ReactiveController, ReactiveElement } from 'lit'
import { consume, type Consumed } from '../contexts/consume.ts'
import { routerContext } from '../contexts/router.ts'
import type { Router } from './router.ts'

/** Follows the router while the element is connected. */
export class RouterController implements ReactiveController, Consumed<Router> {
  readonly #host: ReactiveElement
  readonly #router: Consumed<Router>
  readonly #onMoved: () => void
  #stop: (() => void) | undefined

  /** @param onMoved called when the user went to a page */
  constructor(host: ReactiveElement, onMoved: () => void = () => undefined) {
    this.#host = host
    this.#onMoved = onMoved
    this.#router = consume(host, routerContext)
    host.addController(this)
  }

  get value(): Router {
    return this.#router.value
  }

  hostConnected(): void {
    this.#stop = this.value.onChange((moved) => {
      if (moved) this.#onMoved()
      this.#host.requestUpdate()
    })
  }

  hostDisconnected(): void {
    this.#stop?.()
  }
}

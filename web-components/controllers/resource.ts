/** Fetched data of an element, kept fresh while the element is connected. */
import type { ReactiveController, ReactiveElement } from 'lit'
import { AppError } from '../../schemas/errors.ts'
import type { AppEvent } from '../../schemas/jobs.ts'
import { apiContext, type Api } from '../contexts/api.ts'
import { consume, type Consumed } from '../contexts/consume.ts'
import { eventsContext, type ServiceEvents } from '../contexts/events.ts'
import { linkContext, type Link, type LinkState } from '../contexts/link.ts'

const SLOW_MS = 150
/** Events come in bursts; one fetch answers a burst. */
const BURST_MS = 40

/** How a resource is fetched, and what makes it old. */
export interface ResourceOptions<T> {
  readonly load: (api: Api, signal: AbortSignal) => Promise<T>
  /** Reports whether the content is out of date after this event. */
  readonly affects?: (event: AppEvent) => boolean
  /** Applies an event to the content, without a fetch. */
  readonly apply?: (value: T, event: AppEvent) => T
}

/**
 * Fetches, aborts what is overtaken, fetches again after events, `resync` and a lost connection.
 * After a failure the last content stays beside the problem.
 */
export class Resource<T> implements ReactiveController {
  value: T | undefined
  problem: AppError | undefined
  /** When {@link value} was true, in milliseconds; undefined before the first success. */
  at: number | undefined
  /** True once the first fetch takes long enough to show a skeleton. */
  slow = false

  readonly #host: ReactiveElement
  readonly #api: Consumed<Api>
  readonly #events: Consumed<ServiceEvents>
  readonly #options: ResourceOptions<T>
  #abort: AbortController | null = null
  #burst: ReturnType<typeof setTimeout> | undefined
  #stop: (() => void) | undefined
  #link: LinkState = 'closed'

  constructor(host: ReactiveElement, options: ResourceOptions<T>) {
    this.#host = host
    this.#options = options
    this.#api = consume(host, apiContext)
    this.#events = consume(host, eventsContext)
    consume(host, linkContext, (link) => this.#follow(link))
    host.addController(this)
  }

  get pending(): boolean {
    return this.#abort !== null
  }

  hostConnected(): void {
    this.#stop = this.#events.value.onEvent((event) => this.#take(event))
    void this.refresh()
  }

  hostDisconnected(): void {
    this.#stop?.()
    clearTimeout(this.#burst)
    this.#abort?.abort()
    this.#abort = null
  }

  /** Fetches now; what was under way is dropped. */
  async refresh(): Promise<void> {
    this.#abort?.abort()
    clearTimeout(this.#burst)
    const abort = new AbortController()
    this.#abort = abort
    const timer = setTimeout(() => this.#becomeSlow(), SLOW_MS)
    this.#host.requestUpdate()
    try {
      const value = await this.#options.load(this.#api.value, abort.signal)
      if (!abort.signal.aborted) this.#succeed(value)
    } catch (error) {
      if (!abort.signal.aborted) this.problem = problemOf(error)
    } finally {
      clearTimeout(timer)
      if (this.#abort === abort) {
        this.#abort = null
        this.slow = false
        this.#host.requestUpdate()
      }
    }
  }

  #follow({ state }: Link): void {
    const back = state === 'live' && this.#link !== 'live'
    this.#link = state
    if (back && this.problem) void this.refresh()
  }

  #succeed(value: T): void {
    this.value = value
    this.problem = undefined
    this.at = Date.now()
  }

  #becomeSlow(): void {
    this.slow = true
    this.#host.requestUpdate()
  }

  #take(event: AppEvent): void {
    if (this.#options.apply && this.value !== undefined) {
      this.value = this.#options.apply(this.value, event)
      this.#host.requestUpdate()
    }
    if (event.type !== 'resync' && this.#options.affects?.(event) !== true) return
    clearTimeout(this.#burst)
    this.#burst = setTimeout(() => void this.refresh(), BURST_MS)
  }
}

/** Returns any failure as a problem that can be shown. */
export function problemOf(error: unknown): AppError {
  if (error instanceof AppError) return error
  return new AppError('internal', error instanceof Error ? error.message : String(error))
}

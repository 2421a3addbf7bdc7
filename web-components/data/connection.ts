/** The panel's one line to the service: requests, and the stream of what happens. */
import {
  createClient,
  foreignAnswer,
  hasType,
  problemIn,
  TOKEN_HEADER,
  type Client,
} from '../../schemas/client.ts'
import type { Answer, CallInput, EndpointId } from '../../schemas/endpoints.ts'
import { isAppError, type AppError } from '../../schemas/errors.ts'
import type { AppEvent } from '../../schemas/jobs.ts'
import type { Api } from '../contexts/api.ts'
import type { ServiceEvents } from '../contexts/events.ts'
import type { Link, LinkState } from '../contexts/link.ts'
import { eventIn, readStream } from './event-stream.ts'
import { EventPoll } from './event-poll.ts'
import { TokenStore, type Held } from './token-store.ts'

const FIRST_PAUSE_MS = 500
const MAX_PAUSE_MS = 10_000
/** The service sends a comment every 15 s; a stream silent for longer is dead. */
const SILENCE_MS = 45_000

/** Talks to one service, with the token of this browser, for as long as the page lives. */
export class Connection implements Api, ServiceEvents {
  readonly #client: Client
  readonly #tokens: TokenStore
  readonly #listeners = new Set<(event: AppEvent) => void>()
  readonly #changes = new Set<() => void>()
  #link: Link = { state: 'closed', foreign: null, reconnect: () => this.#wake?.() }
  #lastId = ''
  #running: AbortController | null = null
  #wake: (() => void) | null = null

  /** @param baseUrl address before `/api`, without a final slash */
  constructor(baseUrl: string) {
    this.#tokens = new TokenStore(new URL(baseUrl).pathname)
    this.#client = createClient({
      baseUrl,
      token: () => this.session?.token ?? null,
      tokenIn: TOKEN_HEADER,
    })
    this.#tokens.onChange(() => this.#sessionChanged())
    addEventListener('online', () => this.#wake?.())
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#wake?.()
    })
    this.#sessionChanged()
  }

  /** The state of the link to the service; a new object after each change. */
  get link(): Link {
    return this.#link
  }

  get session(): Held | null {
    return this.#tokens.held
  }

  async call<K extends EndpointId>(
    id: K,
    input?: CallInput<K>,
    signal?: AbortSignal,
  ): Promise<Answer<K>> {
    const token = this.session?.token ?? null
    try {
      return await this.#client.call(id, input, signal)
    } catch (error) {
      if (isAppError(error, 'auth.required')) this.#tokens.forget(token)
      throw error
    }
  }

  onEvent(listener: (event: AppEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls `listener` when {@link Connection.link} or {@link Connection.session} changes. */
  onChange(listener: () => void): () => void {
    this.#changes.add(listener)
    return () => this.#changes.delete(listener)
  }

  keepSession(held: Held): void {
    this.#tokens.keep(held)
  }

  #sessionChanged(): void {
    this.#running?.abort()
    this.#running = null
    this.#lastId = ''
    if (this.session === null) {
      this.#setLink('closed')
    } else {
      this.#running = new AbortController()
      void this.#keepReading(this.#running.signal)
    }
    this.#tellChange()
  }

  /** Reads the stream again and again, with growing pauses, until `signal` ends it. */
  async #keepReading(signal: AbortSignal): Promise<void> {
    let pause = FIRST_PAUSE_MS
    this.#setLink('connecting')
    for (;;) {
      const { stood, served } = await this.#readOnce(signal)
      if (signal.aborted) return
      if (stood) pause = FIRST_PAUSE_MS
      if (!served) this.#setLink('offline')
      await this.#pause(pause * (0.75 + Math.random() / 2), signal)
      pause = Math.min(pause * 2, MAX_PAUSE_MS)
    }
  }

  /**
   * Reads one stream to its end.
   * @returns whether it ever stood, and whether the service still answers although it was given up
   *   for its silence
   */
  async #readOnce(outer: AbortSignal): Promise<{ stood: boolean; served: boolean }> {
    const silence = new AbortController()
    let timer = setTimeout(() => silence.abort(), SILENCE_MS)
    const seen = { stood: false, reached: false }
    const poll = new EventPoll({
      newest: async () => (await this.#client.call('health')).last_event,
      onMissed: () => this.#emit({ type: 'resync' }),
      onReached: () => {
        seen.reached = true
        this.#reach()
      },
    })
    const onBytes = () => {
      poll.heard()
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), SILENCE_MS)
    }
    try {
      const response = await this.#openStream(AbortSignal.any([outer, silence.signal]))
      if (response.body === null) return { stood: false, served: false }
      seen.stood = true
      this.#reach()
      // Without an id to go on from, what happened meanwhile is unknown.
      if (this.#lastId === '') this.#emit({ type: 'resync' })
      for await (const message of readStream(response.body, onBytes)) {
        if (message.id !== '') {
          this.#lastId = message.id
          poll.noteEvent(message.id)
        }
        this.#take(message.data)
      }
    } catch {
      // Cut off, silent or refused: the caller tries again.
    } finally {
      clearTimeout(timer)
      poll.stop()
    }
    return { stood: seen.stood || seen.reached, served: seen.reached && silence.signal.aborted }
  }

  #reach(): void {
    this.#setForeign(null)
    this.#setLink('live')
  }

  #setForeign(problem: AppError | null): void {
    if (problem?.message === this.#link.foreign?.message) return
    this.#link = { ...this.#link, foreign: problem }
    this.#tellChange()
  }

  async #openStream(signal: AbortSignal): Promise<Response> {
    const token = this.session?.token ?? null
    const headers = new Headers({ Accept: 'text/event-stream' })
    if (this.#lastId !== '') headers.set('Last-Event-ID', this.#lastId)
    const response = await this.#client.raw('/api/events', { headers, signal, cache: 'no-store' })
    if (response.ok && hasType(response, 'text/event-stream')) return response
    const problem = response.ok ? foreignAnswer(response) : await problemIn(response)
    if (response.ok) await response.body?.cancel()
    if (isAppError(problem, 'auth.required')) this.#tokens.forget(token)
    this.#setForeign(isAppError(problem, 'service.foreign_answer') ? problem : null)
    throw problem
  }

  #take(data: string): void {
    const event = eventIn(data)
    if (event !== null) this.#emit(event)
  }

  #emit(event: AppEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  #setLink(state: LinkState): void {
    if (state === this.#link.state) return
    this.#link = { ...this.#link, state }
    this.#tellChange()
  }

  #tellChange(): void {
    for (const listener of this.#changes) listener()
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      setTimeout(resolve, ms)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    this.#wake = null
  }
}

/**
 * A fallback for missed events. A reverse proxy may buffer the stream of events, heartbeats
 * included, while plain requests pass; then the id of the newest event is polled.
 */

const POLL_EVERY_MS = 5000
/** The service sends a comment every 15 s: a stream that brings that much needs no polling. */
const FLOWING_MS = 20_000

/** What a poll fetches and reports. */
export interface EventPollOptions {
  /** Gives the id of the newest event; fails where the service is not reached. */
  readonly newest: () => Promise<string>
  /** Called when something happened that the stream has not brought. */
  readonly onMissed: () => void
  /** Called when the service answers although the stream brings nothing. */
  readonly onReached: () => void
}

/** Polls every five seconds while a stream brings nothing; for the life of one stream. */
export class EventPoll {
  readonly #options: EventPollOptions
  readonly #timer: ReturnType<typeof setInterval>
  /** The newest event that is known to the page; null before the first poll. */
  #known: string | null = null
  /** The newest event at the poll before. */
  #before: string | null = null
  #heardAt = -Infinity

  constructor(options: EventPollOptions) {
    this.#options = options
    this.#timer = setInterval(() => void this.#poll(), POLL_EVERY_MS)
  }

  /** The stream brought bytes. */
  heard(): void {
    this.#heardAt = performance.now()
  }

  /** The stream brought this event. */
  noteEvent(id: string): void {
    this.#known = id
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #poll(): Promise<void> {
    if (document.visibilityState === 'hidden') return
    if (performance.now() - this.#heardAt < FLOWING_MS) return
    let newest: string
    try {
      newest = await this.#options.newest()
    } catch {
      return
    }
    this.#options.onReached()
    const [known, before] = [this.#known, this.#before]
    this.#before = newest
    // An event may be under way on the stream: it is missed once it has not come for a whole pause.
    if (known !== null && (newest === known || before === null || isNewer(known, before))) return
    this.#known = newest
    this.#options.onMissed()
  }
}

/** Reports whether event `a` is as new as `b` or newer; events of two starts cannot be compared. */
function isNewer(a: string, b: string): boolean {
  const [startA, numberA] = a.split('-')
  const [startB, numberB] = b.split('-')
  return startA === startB && Number(numberA) >= Number(numberB)
}

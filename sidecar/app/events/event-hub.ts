/** Numbered events for all readers; a reader that reconnects gets the events it missed. */
import { randomBytes } from 'node:crypto'
import type { AppEvent } from '../../../schemas/jobs.ts'

const MAX_KEPT = 1000
const MAX_WAITING = 1000

/** An event with its id for reconnecting: `<boot>-<n>`. */
export interface NumberedEvent {
  readonly id: string
  readonly event: AppEvent
}

interface HubOptions {
  /** Names this start of the service; random by default. */
  readonly boot?: string
  /** How many events are kept for readers that reconnect. */
  readonly kept?: number
  /** How many events may queue up for a slow reader before it is dropped. */
  readonly waiting?: number
}

const jobOf = (event: AppEvent): string | null =>
  event.type === 'job.updated' ? event.job.id : null

/**
 * One reader's events, in order. Ends when the reader returns, the hub closes, or the queue is
 * full; the reader then reconnects with the last id that it saw.
 */
export class Subscription implements AsyncIterableIterator<NumberedEvent> {
  readonly #limit: number
  readonly #leave: (subscription: Subscription) => void
  #queue: NumberedEvent[]
  #wake: (() => void) | null = null
  #open = true
  #overflowed = false

  constructor(
    backlog: NumberedEvent[],
    limit: number,
    leave: (subscription: Subscription) => void,
  ) {
    this.#queue = backlog
    this.#limit = Math.max(limit, backlog.length)
    this.#leave = leave
  }

  /** True where it ended because the reader was too slow. */
  get overflowed(): boolean {
    return this.#overflowed
  }

  /** Adds an event; only the latest of each job is queued. */
  push(next: NumberedEvent): void {
    if (!this.#open) return
    const job = jobOf(next.event)
    if (job !== null) this.#queue = this.#queue.filter(({ event }) => jobOf(event) !== job)
    this.#queue.push(next)
    if (this.#queue.length > this.#limit) {
      this.#overflowed = true
      this.#queue = []
      this.close()
    }
    this.#wake?.()
  }

  /** Ends once the queue has been read. */
  close(): void {
    this.#open = false
    this.#leave(this)
    this.#wake?.()
  }

  async next(): Promise<IteratorResult<NumberedEvent>> {
    for (;;) {
      const value = this.#queue.shift()
      if (value) return { done: false, value }
      if (!this.#open) return { done: true, value: undefined }
      const { promise, resolve } = Promise.withResolvers<undefined>()
      this.#wake = () => {
        resolve(undefined)
      }
      await promise
    }
  }

  async return(): Promise<IteratorResult<NumberedEvent>> {
    this.#queue = []
    this.close()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

/** Sends each event to all readers and keeps the last thousand for those that reconnect. */
export class EventHub implements Disposable {
  readonly #boot: string
  readonly #kept: number
  readonly #waiting: number
  readonly #ring = new Map<number, AppEvent>()
  readonly #latestOfJob = new Map<string, number>()
  readonly #readers = new Set<Subscription>()
  #last = 0
  /** The highest number that was dropped from the full ring. */
  #lost = 0
  #closed = false

  constructor({ boot, kept = MAX_KEPT, waiting = MAX_WAITING }: HubOptions = {}) {
    this.#boot = boot ?? randomBytes(6).toString('hex')
    this.#kept = kept
    this.#waiting = waiting
  }

  /** Sends the event to all readers. */
  readonly publish = (event: AppEvent): void => {
    this.#last += 1
    this.#keep(event)
    const numbered = { id: this.#idOf(this.#last), event }
    for (const reader of [...this.#readers]) reader.push(numbered)
  }

  #keep(event: AppEvent): void {
    const job = jobOf(event)
    if (job !== null) {
      this.#ring.delete(this.#latestOfJob.get(job) ?? 0)
      this.#latestOfJob.set(job, this.#last)
    }
    this.#ring.set(this.#last, event)
    if (this.#ring.size > this.#kept) this.#forgetOldest()
  }

  #forgetOldest(): void {
    for (const [number, event] of this.#ring) {
      this.#ring.delete(number)
      this.#lost = number
      const job = jobOf(event)
      if (job !== null && this.#latestOfJob.get(job) === number) this.#latestOfJob.delete(job)
      return
    }
  }

  /**
   * Subscribes from now on. Given the last seen id, the events since then come first; if that id is
   * not known any more (another start of the service, too long ago), one `resync` comes instead.
   */
  subscribe(lastEventId: string | null): Subscription {
    const reader = new Subscription(this.#backlog(lastEventId), this.#waiting, (gone) => {
      this.#readers.delete(gone)
    })
    if (this.#closed) reader.close()
    else this.#readers.add(reader)
    return reader
  }

  #backlog(lastEventId: string | null): NumberedEvent[] {
    if (lastEventId === null) return []
    const seen = this.#numberOf(lastEventId)
    if (seen === null || seen < this.#lost || seen > this.#last) {
      return [{ id: this.#idOf(this.#last), event: { type: 'resync' } }]
    }
    const missed = [...this.#ring].filter(([number]) => number > seen)
    return missed.map(([number, event]) => ({ id: this.#idOf(number), event }))
  }

  #idOf(number: number): string {
    return `${this.#boot}-${String(number)}`
  }

  #numberOf(id: string): number | null {
    const match = /^(\w+)-(\d{1,15})$/u.exec(id)
    return match?.[1] === this.#boot ? Number(match[2]) : null
  }

  /** The id of the newest event. */
  get lastId(): string {
    return this.#idOf(this.#last)
  }

  /** The number of current readers. */
  get readers(): number {
    return this.#readers.size
  }

  [Symbol.dispose](): void {
    this.#closed = true
    for (const reader of [...this.#readers]) reader.close()
  }
}

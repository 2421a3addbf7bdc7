/** Browsers that request a token, and wait for the user to approve the code that they show. */
import { AppError } from '../../../schemas/errors.ts'
import type { Pairing, PairStarted, PairState } from '../../../schemas/store.ts'
import { dropInvisible, isVisible } from '../../../schemas/visible-names.ts'
import { uuidv7 } from '../../platform/uuid.ts'
import {
  digestOf,
  newCode,
  newSecret,
  plainCode,
  sameDigest,
  startSpan,
  type Span,
  type Time,
} from './secrets.ts'

const LIFE_MS = 5 * 60_000
/** How long the outcome of a pairing can still be polled. */
const MEMORY_MS = 2 * LIFE_MS
const MAX_WAITING = 3
const MAX_WRONG_CODES = 10

/** The browser that requests a pairing. */
export interface PairingClient {
  readonly label: string
  readonly userAgent: string
  readonly via: 'direct' | 'comfyui'
  /** The origin of the requesting page; null where the browser sends none. */
  readonly origin: string | null
}

interface Entry {
  readonly id: string
  readonly code: string
  readonly secretDigest: string
  readonly client: PairingClient
  readonly life: Span
  readonly memory: Span
  state: 'waiting' | 'approved' | 'refused' | 'expired' | 'delivered'
}

const notFound = () => new AppError('pairing.not_found', 'No such pairing, or it has expired')

/** Makes untrusted text safe for a line on a terminal. */
function oneLine(text: string, length: number): string {
  const line = dropInvisible(text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' '))
    .trim()
    .slice(0, length)
  return isVisible(line) ? line : ''
}

/** Pairings live in memory only, five minutes each. */
export class Pairings {
  readonly #time: Time
  readonly #entries = new Map<string, Entry>()
  #wrongCodes = 0

  constructor(time: Time) {
    this.#time = time
  }

  /**
   * Starts a pairing. If three are already pending, the oldest of them expires, so that requests
   * cannot lock others out.
   */
  start(client: PairingClient): PairStarted {
    for (const dropped of this.#waiting().slice(0, 1 - MAX_WAITING)) dropped.state = 'expired'
    const secret = newSecret()
    const entry = this.#newEntry(client, secret)
    this.#entries.set(entry.id, entry)
    return { id: entry.id, code: entry.code, secret, expires_at: entry.life.endsAt }
  }

  #newEntry(client: PairingClient, secret: string): Entry {
    const taken = new Set(this.#waiting().map(({ code }) => code))
    let code = newCode()
    while (taken.has(code)) code = newCode()
    return {
      id: uuidv7(this.#time.clock.now()),
      code,
      secretDigest: digestOf(secret),
      client: {
        label: oneLine(client.label, 100),
        userAgent: oneLine(client.userAgent, 200),
        via: client.via,
        origin: client.origin === null ? null : oneLine(client.origin, 200),
      },
      life: startSpan(this.#time, LIFE_MS),
      memory: startSpan(this.#time, MEMORY_MS),
      state: 'waiting',
    }
  }

  /**
   * Returns the state of a pairing. If it is approved and not delivered yet, also returns the
   * client, once; {@link undeliver} reverts that.
   * @throws pairing.not_found, also for a wrong secret
   */
  poll(id: string, secret: string): { state: PairState['state']; deliverTo?: PairingClient } {
    this.#forgetOld()
    const entry = this.#entries.get(id)
    if (!entry || !sameDigest(entry.secretDigest, digestOf(secret))) throw notFound()
    if (entry.state === 'delivered') return { state: 'approved' }
    if (entry.state === 'refused') return { state: 'refused' }
    if (entry.state === 'expired' || entry.life.over()) return { state: 'expired' }
    if (entry.state === 'waiting') return { state: 'waiting' }
    entry.state = 'delivered'
    return { state: 'approved', deliverTo: entry.client }
  }

  /** Makes a pairing whose token could not be created available to the next poll. */
  undeliver(id: string): void {
    const entry = this.#entries.get(id)
    if (entry?.state === 'delivered') entry.state = 'approved'
  }

  /** Pending pairings, oldest first. */
  list(): Pairing[] {
    return this.#waiting().map(({ id, code, client, life }) => ({
      id,
      code,
      label: client.label,
      user_agent: client.userAgent,
      via: client.via,
      origin: client.origin,
      created_at: life.startsAt,
      expires_at: life.endsAt,
    }))
  }

  /**
   * Approves or refuses the pairing that shows `code`, whatever its case and dashes. Ten wrong
   * codes in a row end all pending pairings.
   * @throws pairing.not_found
   */
  decide(code: string, approve: boolean): void {
    const wanted = digestOf(plainCode(code))
    const entry = this.#waiting().find((one) => sameDigest(digestOf(plainCode(one.code)), wanted))
    if (!entry) throw this.#wrongCode()
    this.#wrongCodes = 0
    entry.state = approve ? 'approved' : 'refused'
  }

  #wrongCode(): AppError {
    this.#wrongCodes += 1
    if (this.#wrongCodes < MAX_WRONG_CODES) return notFound()
    this.#wrongCodes = 0
    for (const entry of this.#waiting()) entry.state = 'refused'
    return new AppError('pairing.not_found', 'Too many wrong codes: all pairings were refused')
  }

  #waiting(): Entry[] {
    this.#forgetOld()
    return [...this.#entries.values()].filter(
      ({ state, life }) => state === 'waiting' && !life.over(),
    )
  }

  #forgetOld(): void {
    for (const [id, entry] of this.#entries) if (entry.memory.over()) this.#entries.delete(id)
  }
}

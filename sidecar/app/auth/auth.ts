/** Authentication: the owner's token, tokens of browsers, pairing and the login link. */
import { AppError } from '../../../schemas/errors.ts'
import type { AppEvent } from '../../../schemas/jobs.ts'
import type {
  LoginResult,
  Pairing,
  PairStarted,
  PairState,
  Session,
} from '../../../schemas/store.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Home } from '../home/home.ts'
import { Pairings, type PairingClient } from './pairings.ts'
import { digestOf, newSecret, sameDigest, startSpan, type Span, type Time } from './secrets.ts'
import { Sessions } from './sessions.ts'

const LOGIN_MS = 5 * 60_000
const MAX_LOGIN_CODES = 20

/** The identity behind a token. */
export interface Identity {
  /** For the journal: `command`, `owner`, `panel <label>`. */
  readonly actor: string
  readonly scope: 'owner' | 'panel'
  /** Absent for the token of the token file. */
  readonly session?: string
}

interface AuthOptions {
  readonly home: Home
  readonly clock: Clock
  /** Milliseconds that only ever grow; `performance.now` by default. */
  readonly monotonic?: () => number
  /** Receives `pairing.changed`. */
  readonly publish?: (event: AppEvent) => void
}

/** Issues, checks and revokes tokens. */
export class Auth implements AsyncDisposable {
  /** The owner's token of this start of the service, for `run/service.json` alone. */
  readonly ownerToken = newSecret()
  readonly #ownerDigest = digestOf(this.ownerToken)
  readonly #time: Time
  readonly #pairings: Pairings
  readonly #sessions: Sessions
  readonly #loginCodes = new Map<string, Span>()
  readonly #changed: () => void

  constructor({ home, clock, monotonic = () => performance.now(), publish }: AuthOptions) {
    this.#time = { clock, monotonic }
    this.#pairings = new Pairings(this.#time)
    this.#sessions = new Sessions(home, clock)
    this.#changed = () => publish?.({ type: 'pairing.changed' })
  }

  /** The identity behind a token; null for an unknown or revoked one. */
  check(token: string): Identity | null {
    const digest = digestOf(token)
    if (sameDigest(digest, this.#ownerDigest)) return { actor: 'command', scope: 'owner' }
    const found = this.#sessions.find(digest)
    if (!found) return null
    const actor = found.scope === 'owner' ? 'owner' : `panel ${found.label}`.trim()
    return { actor, scope: found.scope, session: found.id }
  }

  /** Aborts when the session ends; for an unknown one it is aborted already. */
  ended(session: string): AbortSignal {
    return this.#sessions.ended(session)
  }

  /** Starts a pairing; of more than three pending ones the oldest expires. */
  startPairing(client: PairingClient): PairStarted {
    const started = this.#pairings.start(client)
    this.#changed()
    return started
  }

  /**
   * Returns to the browser that holds `secret` the state of its pairing; the first answer after the
   * approval carries its token, of scope `panel`.
   * @throws pairing.not_found, disk.*: after the latter it may poll again
   */
  async pollPairing(id: string, secret: string): Promise<PairState> {
    const { state, deliverTo } = this.#pairings.poll(id, secret)
    if (!deliverTo) return { state }
    try {
      return { state, token: await this.#sessions.add('panel', deliverTo), scope: 'panel' }
    } catch (error) {
      this.#pairings.undeliver(id)
      throw error
    }
  }

  /** Pending pairings, oldest first. For the owner only. */
  pairings(): Pairing[] {
    return this.#pairings.list()
  }

  /** Approves or refuses a pairing by its code. For the owner only. @throws pairing.not_found */
  decidePairing(code: string, approve: boolean): void {
    try {
      this.#pairings.decide(code, approve)
    } finally {
      this.#changed()
    }
  }

  /** A code for the printed link `/#login=<code>`: good once, for five minutes. */
  newLoginCode(): string {
    for (const [digest, life] of this.#loginCodes) {
      if (life.over() || this.#loginCodes.size >= MAX_LOGIN_CODES) this.#loginCodes.delete(digest)
    }
    const code = newSecret()
    this.#loginCodes.set(digestOf(code), startSpan(this.#time, LOGIN_MS))
    return code
  }

  /**
   * Exchanges a login code for a token of scope `owner`. The code is used up, even if the disk
   * refuses the session.
   * @throws pairing.not_found, auth.forbidden through ComfyUI, disk.*
   */
  async login(code: string, holder: PairingClient): Promise<LoginResult> {
    if (holder.via !== 'direct') throw new AppError('auth.forbidden', 'Log in on the page itself')
    const digest = digestOf(code)
    const life = this.#loginCodes.get(digest)
    this.#loginCodes.delete(digest)
    if (!life || life.over()) {
      throw new AppError('pairing.not_found', 'This link was already used or has expired', {
        hint: 'Pair this browser and approve it with `synapse pair <code>`; each start of the service on a terminal prints a new link.',
      })
    }
    return { token: await this.#sessions.add('owner', holder), scope: 'owner' }
  }

  /** Browsers that hold tokens, oldest first. For the owner only. */
  sessions(): Session[] {
    return this.#sessions.list()
  }

  /** Ends a session at once. @throws session.not_found, disk.* */
  async revoke(session: string): Promise<void> {
    await this.#sessions.revoke(session)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sessions.settled()
  }
}

/** Opens the authentication of a home: reads its sessions, creates a fresh owner's token. */
export function openAuth(options: AuthOptions): Auth {
  return new Auth(options)
}

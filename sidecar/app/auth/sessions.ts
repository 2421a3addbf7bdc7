/** Browsers that hold a token: kept hashed in `run/auth.json`. */
import * as v from 'valibot'
import { AppError } from '../../../schemas/errors.ts'
import type { Session } from '../../../schemas/store.ts'
import type { Clock } from '../../platform/clock.ts'
import { uuidv7 } from '../../platform/uuid.ts'
import { readRunFile, writeRunFile, type Home } from '../home/home.ts'
import type { PairingClient } from './pairings.ts'
import { digestOf, newSecret, sameDigest } from './secrets.ts'

const SCHEMA = 'synapse.auth.v1'
/** How stale `last_used` may be on disk. */
const SAVE_USE_EVERY_MS = 10 * 60_000

const Record = v.looseObject({
  id: v.string(),
  token_sha256: v.string(),
  label: v.string(),
  scope: v.picklist(['owner', 'panel']),
  way: v.string(),
  user_agent: v.string(),
  created_at: v.string(),
  last_used: v.nullable(v.string()),
})
type Record = v.InferOutput<typeof Record>

const Document = v.looseObject({ schema: v.literal(SCHEMA), sessions: v.array(Record) })

interface Held {
  record: Record
  readonly ended: AbortController
}

/** A session as it is found by its token. */
export interface FoundSession {
  readonly id: string
  readonly scope: 'owner' | 'panel'
  readonly label: string
}

/** The sessions of a home. A file that cannot be read counts as empty: browsers pair again. */
export class Sessions {
  readonly #home: Home
  readonly #clock: Clock
  readonly #held = new Map<string, Held>()
  #writing: Promise<unknown> = Promise.resolve()
  #useSavedAt: number

  constructor(home: Home, clock: Clock) {
    this.#home = home
    this.#clock = clock
    this.#useSavedAt = clock.now()
    const document = readRunFile(home.authFile, Document)
    for (const record of document?.sessions ?? []) this.#hold(record)
  }

  #hold(record: Record): void {
    this.#held.set(record.id, { record, ended: new AbortController() })
  }

  /**
   * Creates a session; it is on disk before its token is returned.
   * @throws disk.*; then there is no session
   */
  async add(scope: 'owner' | 'panel', holder: PairingClient): Promise<string> {
    const token = newSecret()
    const id = uuidv7(this.#clock.now())
    this.#hold({
      id,
      token_sha256: digestOf(token),
      label: holder.label,
      scope,
      way: holder.via,
      user_agent: holder.userAgent,
      created_at: new Date(this.#clock.now()).toISOString(),
      last_used: null,
    })
    try {
      await this.#save()
    } catch (error) {
      this.#held.delete(id)
      throw error
    }
    return token
  }

  /** The session whose token has this digest, or null; notes that it was used. */
  find(tokenDigest: string): FoundSession | null {
    let found: Held | null = null
    for (const held of this.#held.values()) {
      if (sameDigest(held.record.token_sha256, tokenDigest)) found = held
    }
    if (!found) return null
    this.#noteUse(found)
    const { id, scope, label } = found.record
    return { id, scope, label }
  }

  #noteUse(held: Held): void {
    const now = this.#clock.now()
    held.record = { ...held.record, last_used: new Date(now).toISOString() }
    if (Math.abs(now - this.#useSavedAt) < SAVE_USE_EVERY_MS) return
    this.#useSavedAt = now
    // The time of use is a courtesy: a disk that refuses it blocks no request.
    this.#save().catch(() => undefined)
  }

  /** All sessions, oldest first, without secrets. */
  list(): Session[] {
    return [...this.#held.values()].map(({ record }) => ({
      id: record.id,
      label: record.label,
      scope: record.scope,
      via: record.way,
      user_agent: record.user_agent,
      created_at: record.created_at,
      last_used: record.last_used,
    }))
  }

  /**
   * Ends a session at once, on disk too.
   * @throws session.not_found; disk.*: then it is ended until the service starts again
   */
  async revoke(id: string): Promise<void> {
    const held = this.#held.get(id)
    if (!held) throw new AppError('session.not_found', 'No such session')
    this.#held.delete(id)
    held.ended.abort()
    await this.#save()
  }

  /** Aborts when the session ends; for an unknown one it is aborted already. */
  ended(id: string): AbortSignal {
    return this.#held.get(id)?.ended.signal ?? AbortSignal.abort()
  }

  /** Resolves when pending writes are done. */
  async settled(): Promise<void> {
    await this.#writing
  }

  #save(): Promise<void> {
    const write = async () => {
      const sessions = [...this.#held.values()].map(({ record }) => record)
      await writeRunFile(this.#home, this.#home.authFile, { schema: SCHEMA, sessions })
    }
    const written = this.#writing.then(write)
    this.#writing = written.catch(() => undefined)
    return written
  }
}

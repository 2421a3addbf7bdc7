/**
 * The clock of one transaction, which is not trusted where it is behind the newest time in the
 * store.
 */
import type { Uuid } from '../../schemas/ids.ts'
import { timestampOf, type Clock } from '../platform/clock.ts'
import { uuidv7 } from '../platform/uuid.ts'
import { newestKnownTime, rememberJump } from './known-time.ts'
import type { StorePaths } from './store-paths.ts'

/** After so long without an operation the clock is not trusted, and trash is kept. */
const JUMP_MS = 7 * 86_400_000

/** The clock of a transaction. */
export class StoreClock {
  readonly #paths: StorePaths
  readonly #clock: Clock
  #knownTime: number | null = null
  #isSeen = false

  constructor(paths: StorePaths, clock: Clock) {
    this.#paths = paths
    this.#clock = clock
  }

  /** Returns milliseconds since 1970. */
  now(): number {
    return this.#clock.now()
  }

  /** Returns the current time in the form used in documents. */
  timestamp(): string {
    return timestampOf(this.#clock)
  }

  /** Returns a new id, later than all ids in the store before this transaction. */
  newId(): Uuid {
    return uuidv7(Math.max(this.now(), this.#knownBefore()))
  }

  /** Returns the current time, or the newest known time if the clock is behind it. */
  latestTime(): number {
    return Math.max(this.now(), newestKnownTime(this.#paths))
  }

  /** Records once if the clock has jumped since the last operation. @throws disk.* */
  async watch(): Promise<void> {
    if (this.#isSeen) return
    this.#isSeen = true
    const known = this.#knownBefore()
    const jumped = this.now() - known > JUMP_MS
    if (known > 0 && jumped) await rememberJump(this.#paths, this.now())
  }

  /** The newest time known before this transaction. */
  #knownBefore(): number {
    this.#knownTime ??= newestKnownTime(this.#paths)
    return this.#knownTime
  }
}

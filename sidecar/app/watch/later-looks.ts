/** When blobs that came in without being copied are checked again. */
import { lookAgain, type LookContext, type LookResult } from '../../domain/imports/look-again.ts'
import type { Clock } from '../../platform/clock.ts'
import { MovedInLedger, type MovedInBlob } from '../../store/moved-in-ledger.ts'

const MINUTE_MS = 60_000

/** How long after its arrival a blob is checked. */
const LOOK_AFTER_MS = [MINUTE_MS, 10 * MINUTE_MS, 60 * MINUTE_MS] as const

/** Every event on disk triggers checks: all blobs are checked no more often than this. */
const FULL_LOOK_MS = MINUTE_MS

interface LaterContext extends LookContext {
  readonly clock: Clock
}

/**
 * Checks after 1, 10 and 60 minutes, at the start of a service, and whenever the index is
 * reconciled.
 */
export class LaterLooks {
  readonly #ctx: LaterContext
  readonly #ledger: MovedInLedger
  /** When the last check began, by the system's clock. */
  #lookedAt = -Infinity
  #fullLookAt = -Infinity

  constructor(ctx: LaterContext) {
    this.#ctx = ctx
    this.#ledger = new MovedInLedger(ctx.store.paths.movedIn)
  }

  /** Checks the blobs that are due. @throws as {@link lookAgain} */
  async look(signal: AbortSignal): Promise<LookResult> {
    const now = this.#ctx.clock.now()
    const blobs = this.#ledger.blobs()
    const isFull = now - this.#fullLookAt >= FULL_LOOK_MS
    const due = isFull ? blobs : blobs.filter((blob) => this.#isDue(blob, now))
    const work = { actor: 'synapse', signal }
    const result = await lookAgain(this.#ctx, work, { blobs: due, evict: true })
    this.#lookedAt = now
    if (isFull) this.#fullLookAt = now
    return result
  }

  /** Milliseconds until the next blob is due; null where none will be. */
  next(): number | null {
    const now = this.#ctx.clock.now()
    const times = this.#ledger.blobs().flatMap((blob) => timesOf(blob).filter((at) => at > now))
    return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b)) - now
  }

  #isDue(blob: MovedInBlob, now: number): boolean {
    return timesOf(blob).some((at) => at > this.#lookedAt && at <= now)
  }
}

function timesOf({ at }: MovedInBlob): number[] {
  const arrived = Date.parse(at)
  return LOOK_AFTER_MS.map((after) => arrived + after)
}

/** When blobs that came in without being copied are checked again. */
import {
  recheckInPlace,
  type RecheckContext,
  type RecheckResult,
} from '../../domain/imports/recheck-in-place.ts'
import type { Clock } from '../../platform/clock.ts'
import { InPlaceLedger, type InPlaceBlob } from '../../store/in-place-ledger.ts'

const MINUTE_MS = 60_000

/** How long after its arrival a blob is checked. */
const RECHECK_AFTER_MS = [MINUTE_MS, 10 * MINUTE_MS, 60 * MINUTE_MS] as const

/** Every event on disk triggers checks: all blobs are checked no more often than this. */
const FULL_RECHECK_MS = MINUTE_MS

interface RechecksContext extends RecheckContext {
  readonly clock: Clock
}

/**
 * Checks after 1, 10 and 60 minutes, at the start of a service, and whenever the index is
 * reconciled.
 */
export class InPlaceRechecks {
  readonly #ctx: RechecksContext
  readonly #ledger: InPlaceLedger
  /** When the last check began, by the system's clock. */
  #checkedAt = -Infinity
  #fullCheckAt = -Infinity

  constructor(ctx: RechecksContext) {
    this.#ctx = ctx
    this.#ledger = new InPlaceLedger(ctx.store.paths.inPlace)
  }

  /** Checks the blobs that are due. @throws as {@link recheckInPlace} */
  async check(signal: AbortSignal): Promise<RecheckResult> {
    const now = this.#ctx.clock.now()
    const blobs = this.#ledger.blobs()
    const isFull = now - this.#fullCheckAt >= FULL_RECHECK_MS
    const due = isFull ? blobs : blobs.filter((blob) => this.#isDue(blob, now))
    const work = { actor: 'synapse', signal }
    const result = await recheckInPlace(this.#ctx, work, { blobs: due, evict: true })
    this.#checkedAt = now
    if (isFull) this.#fullCheckAt = now
    return result
  }

  /** Milliseconds until the next blob is due; null where none will be. */
  next(): number | null {
    const now = this.#ctx.clock.now()
    const times = this.#ledger.blobs().flatMap((blob) => timesOf(blob).filter((at) => at > now))
    return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b)) - now
  }

  #isDue(blob: InPlaceBlob, now: number): boolean {
    return timesOf(blob).some((at) => at > this.#checkedAt && at <= now)
  }
}

function timesOf({ at }: InPlaceBlob): number[] {
  const arrived = Date.parse(at)
  return RECHECK_AFTER_MS.map((after) => arrived + after)
}

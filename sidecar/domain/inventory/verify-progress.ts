/** Progress of a verification, so that it resumes after a pause, a restart or a kill. */
import * as v from 'valibot'
import { Sha256 } from '../../../schemas/ids.ts'
import { VerifyResult } from '../../../schemas/inventory.ts'
import type { Kept, Work } from '../progress.ts'

const { verified, bytes_verified, duration_ms, ...LISTS } = VerifyResult.entries

const VerifyCursor = v.object({
  /** The last blob that was read; the order is that of the digests. */
  after: Sha256,
  /** How many blobs are done. */
  done: v.number(),
  verified,
  bytes_verified,
  duration_ms,
})
const VerifyRows = v.object({
  valid: v.optional(LISTS.valid, []),
  invalid: v.optional(LISTS.invalid, []),
  missing: v.optional(LISTS.missing, []),
  errors: v.optional(LISTS.errors, []),
})
type VerifyRows = v.InferOutput<typeof VerifyRows>

type Cursor = v.InferOutput<typeof VerifyCursor>
type Before = Omit<Cursor, 'after'> & { readonly after: Sha256 | null } & VerifyRows

const nothing = (): Before => ({
  ...{ after: null, done: 0, verified: 0, bytes_verified: 0, duration_ms: 0 },
  ...{ valid: [], invalid: [], missing: [], errors: [] },
})

/** The results of earlier runs; empty where there were none, or their cursor is not understood. */
function foundBefore(kept: Kept | null): Before {
  const cursor = v.safeParse(VerifyCursor, kept?.cursor)
  const rows = v.safeParse(VerifyRows, kept?.rows)
  return cursor.success && rows.success ? { ...cursor.output, ...rows.output } : nothing()
}

/** The result of a verification while it grows. */
export class VerifyProgress {
  readonly result: VerifyResult
  readonly #checkpoint: Work['checkpoint']
  readonly #started: number
  #after: Sha256 | null
  #done: number
  /** How many rows of each list are in checkpoints. */
  #noted: Readonly<Record<keyof VerifyRows, number>>

  constructor({ kept, checkpoint }: Work) {
    const { after, done, duration_ms, ...result } = foundBefore(kept)
    this.#checkpoint = checkpoint
    this.#started = performance.now() - duration_ms
    this.#after = after
    this.#done = done
    this.result = { ...result, duration_ms: 0 }
    this.#noted = this.#counts()
  }

  /** How many blobs are done. */
  get done(): number {
    return this.#done
  }

  /** The duration so far, including earlier runs. */
  get duration_ms(): number {
    return performance.now() - this.#started
  }

  /** The remaining blobs, in the order in which they are read. */
  left(wanted: readonly Sha256[]): Sha256[] {
    const after = this.#after
    return wanted.toSorted().filter((sha256) => after === null || sha256 > after)
  }

  /** Counts the next blob as done. */
  pass(sha256: Sha256): void {
    this.#after = sha256
    this.#done += 1
  }

  /** Makes a checkpoint; everything read so far must be recorded in proofs. */
  note(): void {
    if (this.#after === null) return
    const { verified, bytes_verified, valid, invalid, missing, errors } = this.result
    const noted = this.#noted
    this.#noted = this.#counts()
    const { duration_ms } = this
    this.#checkpoint(
      { after: this.#after, done: this.#done, verified, bytes_verified, duration_ms },
      {
        valid: valid.slice(noted.valid),
        invalid: invalid.slice(noted.invalid),
        missing: missing.slice(noted.missing),
        errors: errors.slice(noted.errors),
      },
    )
  }

  #counts(): Readonly<Record<keyof VerifyRows, number>> {
    const { valid, invalid, missing, errors } = this.result
    return {
      valid: valid.length,
      invalid: invalid.length,
      missing: missing.length,
      errors: errors.length,
    }
  }
}

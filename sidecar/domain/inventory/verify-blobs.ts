/** Reads blobs back and compares their digests with their names. */
import { isAppError } from '../../../schemas/errors.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { VerifyRequest, VerifyResult } from '../../../schemas/inventory.ts'
import type { CopyReading } from '../../../schemas/records.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import type { StoreContext } from '../context.ts'
import { readBack } from '../locations/read-back.ts'
import { storeLocation } from '../locations/store-location.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { checkCancelled, type ActorWork } from '../progress.ts'
import { VerifyProgress } from './verify-progress.ts'

/** Proofs are recorded after this many blobs: what a kill loses is read again. */
const RECORD_EVERY = 64
const RECORD_AFTER_MS = 2000

/** The dependencies of verifying. */
export interface VerifyContext extends StoreContext {
  readonly pool: HashPool
  /** Blobs that were written to since they were read. */
  readonly suspects: () => readonly { readonly sha256: Sha256 }[]
}

/**
 * Reads blobs back, in the order of their digests, and records the results, even of those read
 * before an interruption. Resumes where earlier runs of the same work stopped.
 * @throws store.not_initialized, job.cancelled
 */
export async function verifyBlobs(
  ctx: VerifyContext,
  work: ActorWork,
  request: VerifyRequest,
): Promise<VerifyResult> {
  ctx.store.reader.requireInitialized()
  const progress = new VerifyProgress(work)
  const proofs = new ProofBatch(ctx, work.actor)
  const left = progress.left(wantedBlobs(ctx, request))
  const total = progress.done + left.length
  const record = async () => {
    await proofs.record()
    progress.note()
  }
  try {
    for (const sha256 of left) {
      checkCancelled(work.signal)
      work.report({ stage: 'reading', done: progress.done, total, unit: 'blobs' })
      const proof = await verifyOne(ctx, sha256, { result: progress.result, signal: work.signal })
      if (proof !== null) proofs.add(proof)
      progress.pass(sha256)
      if (proofs.isDue()) await record()
    }
  } finally {
    await record()
  }
  return { ...progress.result, duration_ms: progress.duration_ms }
}

/** Proofs that are not recorded yet. */
class ProofBatch {
  readonly #ctx: VerifyContext
  readonly #actor: string
  #proofs: CopyReading[] = []
  #recordedAt = performance.now()

  constructor(ctx: VerifyContext, actor: string) {
    this.#ctx = ctx
    this.#actor = actor
  }

  add(proof: CopyReading): void {
    this.#proofs.push(proof)
  }

  isDue(): boolean {
    const waited = performance.now() - this.#recordedAt
    return this.#proofs.length >= RECORD_EVERY || waited >= RECORD_AFTER_MS
  }

  async record(): Promise<void> {
    const batch = this.#proofs
    this.#proofs = []
    this.#recordedAt = performance.now()
    if (batch.length > 0) await saveProofs(this.#ctx, this.#actor, batch)
  }
}

function wantedBlobs(ctx: VerifyContext, request: VerifyRequest): Sha256[] {
  if (request.all) return [...ctx.store.reader.blobs()]
  const changed = request.changed ? ctx.suspects().map((one) => one.sha256) : []
  return [...new Set([...(request.sha256 ?? []), ...changed])]
}

/** Records proofs; views lose links to bad blobs and regain links to good ones. */
async function saveProofs(
  ctx: VerifyContext,
  actor: string,
  proofs: readonly CopyReading[],
): Promise<void> {
  await ctx.store.transact(actor, async (tx) => {
    const before = tx.badReadings()
    await tx.recordCopies(proofs)
    if (tx.badReadings() !== before) await syncActiveViews(tx)
  })
}

async function verifyOne(
  ctx: VerifyContext,
  sha256: Sha256,
  { result, signal }: { readonly result: VerifyResult; readonly signal: AbortSignal },
): Promise<CopyReading | null> {
  const { store } = ctx
  if (!store.reader.hasBlob(sha256)) {
    result.missing.push(sha256)
    return null
  }
  try {
    const { good, digests, record } = await readBack(storeLocation(ctx), sha256, { signal })
    result.verified += 1
    result.bytes_verified += digests.size_bytes
    ;(good ? result.valid : result.invalid).push(sha256)
    return record
  } catch (error) {
    if (isAppError(error, 'job.cancelled')) throw error
    const code = isAppError(error) ? error.code : 'internal'
    result.errors.push({ sha256, code, detail: String(error) })
    return null
  }
}

/** Reading blobs back and holding their digests against their names. */
import { isAppError } from '../../../schemas/errors.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { VerifyRequest, VerifyResult } from '../../../schemas/inventory.ts'
import type { CopyReading } from '../../../schemas/records.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import type { StoreContext } from '../context.ts'
import { readBack } from '../locations/read-back.ts'
import { storeLocation } from '../locations/store-location.ts'
import { followChanges } from '../profiles/follow-changes.ts'
import { checkCancelled, type Work } from '../progress.ts'

const RECORD_EVERY = 64

/** What verifying needs. */
export interface VerifyContext extends StoreContext {
  readonly pool: HashPool
  /** Blobs that were written to since they were read. */
  readonly suspects: () => readonly { readonly sha256: Sha256 }[]
}

/**
 * Reads blobs back; what was found is written down, also of those that were read before an
 * interruption.
 * @throws store.not_initialized, job.cancelled
 */
export async function verifyBlobs(
  ctx: VerifyContext,
  actor: string,
  request: VerifyRequest,
  work: Work,
): Promise<VerifyResult> {
  const { reader } = ctx.store
  reader.requireInitialized()
  const started = performance.now()
  const wanted = wantedBlobs(ctx, request)
  const result: VerifyResult = {
    verified: 0,
    valid: [],
    invalid: [],
    missing: [],
    bytes_verified: 0,
    errors: [],
    duration_ms: 0,
  }
  let proofs: CopyReading[] = []
  const save = async () => {
    const batch = proofs
    proofs = []
    if (batch.length > 0) await saveProofs(ctx, actor, batch)
  }
  try {
    for (const [index, sha256] of wanted.entries()) {
      checkCancelled(work.signal)
      work.report({ stage: 'reading', done: index, total: wanted.length, unit: 'blobs' })
      const proof = await verifyOne(ctx, sha256, result, work.signal)
      if (proof !== null) proofs.push(proof)
      if (proofs.length >= RECORD_EVERY) await save()
    }
  } finally {
    await save()
  }
  return { ...result, duration_ms: performance.now() - started }
}

function wantedBlobs(ctx: VerifyContext, request: VerifyRequest): Sha256[] {
  if (request.all) return [...ctx.store.reader.blobs()]
  const changed = request.changed ? ctx.suspects().map((one) => one.sha256) : []
  return [...new Set([...(request.sha256 ?? []), ...changed])]
}

/** Views lose links to what turned out bad, and get those back to what turned out good. */
async function saveProofs(
  ctx: VerifyContext,
  actor: string,
  proofs: readonly CopyReading[],
): Promise<void> {
  await ctx.store.transact(actor, async (tx) => {
    const before = tx.badReadings()
    await tx.recordCopies(proofs)
    if (tx.badReadings() !== before) await followChanges(tx)
  })
}

async function verifyOne(
  ctx: VerifyContext,
  sha256: Sha256,
  result: VerifyResult,
  signal: AbortSignal,
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

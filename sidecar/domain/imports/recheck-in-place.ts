/** Later checks of blobs that came in without being copied. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isAppError } from '../../../schemas/errors.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import { lineText } from '../../../schemas/json.ts'
import { appendLines } from '../../platform/disk.ts'
import { identityAt, seenFile, type FileIdentity } from '../../platform/file-identity.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import type { InPlaceBlob } from '../../store/in-place-ledger.ts'
import type { StoreContext } from '../context.ts'
import { checkCancelled, type ActorWork } from '../progress.ts'
import { evictBlob, type Evicted } from './evict-blob.ts'

/** How many blobs are checked before yielding to other work. */
const CHECKS_PER_TURN = 256

/** The dependencies of later checks. */
export interface RecheckContext extends StoreContext {
  readonly pool: HashPool
}

/** The result of later checks. */
export interface RecheckResult {
  /** Blobs whose files were changed since they came in. */
  readonly changed: readonly Sha256[]
  /** Those of them that were evicted, and where their files are now. */
  readonly evicted: readonly Evicted[]
}

/** Which blobs to check, and whether changed ones are evicted. */
export interface RecheckTask {
  readonly blobs: readonly InPlaceBlob[]
  /** False: only reports which would be evicted. */
  readonly evict: boolean
}

/** Reports whether the size or mtime of a blob changed since its digest was computed. */
function differs(now: FileIdentity, { seen }: InPlaceBlob): boolean {
  return now.size_bytes !== seen.size_bytes || String(now.mtime_ns) !== seen.mtime_ns
}

/** The identity of the blob when it was read, if it has the bytes of its digest; else null. */
async function readIntact(
  ctx: RecheckContext,
  { sha256 }: InPlaceBlob,
  signal: AbortSignal,
): Promise<FileIdentity | null> {
  try {
    const path = ctx.store.paths.blob(sha256)
    const read = await ctx.pool.hash(path, { signal, blake3: false })
    return read.sha256 === sha256 ? read : null
  } catch (error) {
    if (isAppError(error, 'import.source_changed')) return null
    throw error
  }
}

/** Records that a blob has a new mtime but the same bytes, so that it is not read every time. */
async function noteSeen(ctx: RecheckContext, sha256: Sha256, read: FileIdentity): Promise<void> {
  await ctx.store.transact('synapse', async (tx) => {
    const record = { event: 'seen', sha256, at: tx.timestamp(), seen: seenFile(read) }
    await appendLines(tx.paths.inPlace, lineText(record))
  })
}

/**
 * Checks blobs that came in without being copied. One whose size or mtime differs is read; if its
 * bytes have changed, it is evicted from the store as another program's file. One that cannot be
 * read is left to the next check.
 * @throws job.cancelled, store.locked, disk.*
 */
export async function recheckInPlace(
  ctx: RecheckContext,
  { actor, signal }: Pick<ActorWork, 'actor' | 'signal'>,
  { blobs, evict }: RecheckTask,
): Promise<RecheckResult> {
  const changed: Sha256[] = []
  const evicted: Evicted[] = []
  for (const [index, blob] of blobs.entries()) {
    checkCancelled(signal)
    if (index % CHECKS_PER_TURN === CHECKS_PER_TURN - 1) await nextTurn()
    const now = identityAt(ctx.store.paths.blob(blob.sha256))
    if (now === null || !differs(now, blob)) continue
    const read = await readIntact(ctx, blob, signal)
    if (read !== null) {
      await noteSeen(ctx, blob.sha256, read)
      continue
    }
    changed.push(blob.sha256)
    const out = evict ? await evictBlob(ctx, actor, blob) : null
    if (out !== null) evicted.push(out)
  }
  return { changed, evicted }
}

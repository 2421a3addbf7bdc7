/** Later looks at blobs that came in without their bytes being copied. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isAppError } from '../../../schemas/errors.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import { lineText } from '../../../schemas/json.ts'
import { appendLines } from '../../platform/disk.ts'
import { identityAt, seenFile, type FileIdentity } from '../../platform/file-identity.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import type { MovedInBlob } from '../../store/moved-in-ledger.ts'
import type { StoreContext } from '../context.ts'
import { checkCancelled, type ActorWork } from '../progress.ts'
import { evictBlob, type Evicted } from './evict-blob.ts'

/** So many files are looked at before other work has its turn. */
const LOOKS_A_TURN = 256

/** What later looks need. */
export interface LookContext extends StoreContext {
  readonly pool: HashPool
}

/** What later looks found. */
export interface LookResult {
  /** Blobs whose files were changed since they came in. */
  readonly changed: readonly Sha256[]
  /** Those of them that went out of the store, and where their files are now. */
  readonly evicted: readonly Evicted[]
}

/** Which blobs are looked at, and what is done about those that have changed. */
export interface LookOrder {
  readonly blobs: readonly MovedInBlob[]
  /** False: it is only said which would go. */
  readonly evict: boolean
}

/** Reports whether a blob has another size or time than when its digest was computed. */
function differs(now: FileIdentity, { seen }: MovedInBlob): boolean {
  return now.size_bytes !== seen.size_bytes || String(now.mtime_ns) !== seen.mtime_ns
}

/** The blob as it was read with the bytes of its digest; null where they are others. */
async function readIntact(
  ctx: LookContext,
  { sha256 }: MovedInBlob,
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

/** Notes that a blob has another time and the same bytes, so that it is not read each time. */
async function noteSeen(ctx: LookContext, sha256: Sha256, read: FileIdentity): Promise<void> {
  await ctx.store.transact('synapse', async (tx) => {
    const record = { event: 'seen', sha256, at: tx.timestamp(), seen: seenFile(read) }
    await appendLines(tx.paths.movedIn, lineText(record))
  })
}

/**
 * Looks again at blobs that came in as they were. One whose size or time differs is read; where its
 * bytes are others, it goes out of the store again as a file of somebody else. One that cannot be
 * read is left to the next look.
 * @throws job.cancelled, store.locked, disk.*
 */
export async function lookAgain(
  ctx: LookContext,
  { actor, signal }: Pick<ActorWork, 'actor' | 'signal'>,
  { blobs, evict }: LookOrder,
): Promise<LookResult> {
  const changed: Sha256[] = []
  const evicted: Evicted[] = []
  for (const [index, blob] of blobs.entries()) {
    checkCancelled(signal)
    if (index % LOOKS_A_TURN === LOOKS_A_TURN - 1) await nextTurn()
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

/** Records baselines: size and times of blobs without a record, so that later changes are noticed. */
import { setTimeout as rest } from 'node:timers/promises'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { CopyRecord } from '../../../schemas/records.ts'
import { SHARDS } from '../../index/shards.ts'
import { identityAt, seenFile } from '../../platform/file-identity.ts'
import { Turns } from '../../platform/turns.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'

/** How many are recorded under one lock: a few milliseconds in which others wait. */
const BATCH = 64
/** After each batch it pauses for this many times as long as the batch took. */
const REST_SHARE = 3

/** The dependencies of recording baselines. */
export interface BaselineContext extends Pick<StoreContext, 'store'> {
  /** Lists existing blobs without a recorded mtime whose digests begin with `shard`. */
  readonly unseen: (shard: string) => Sha256[]
  /** Ends it after the current batch. */
  readonly signal: AbortSignal
}

function baselineOf(tx: StoreTx, sha256: Sha256): CopyRecord | null {
  const file = identityAt(tx.paths.blob(sha256))
  return file === null ? null : { event: 'seen', sha256, at: tx.timestamp(), seen: seenFile(file) }
}

/** A baseline of a blob that another process has recorded meanwhile adds nothing. */
async function record(ctx: BaselineContext, actor: string, batch: readonly Sha256[]) {
  return ctx.store.transact(actor, async (tx) => {
    const baselines = batch.flatMap((sha256) => baselineOf(tx, sha256) ?? [])
    await tx.recordCopies(baselines)
    return baselines.length
  })
}

async function restAfter(ms: number, signal: AbortSignal): Promise<void> {
  await rest(ms * REST_SHARE, undefined, { signal, ref: false }).catch(() => undefined)
}

/**
 * Records all blobs without a baseline, in batches with pauses in which others can use the store.
 * @returns how many were recorded
 * @throws store.locked, disk.*
 */
export async function recordBaselines(ctx: BaselineContext, actor: string): Promise<number> {
  const turns = new Turns()
  const isStopped = () => ctx.signal.aborted
  const found: Sha256[] = []
  let recorded = 0
  for (const [number, shard] of SHARDS.entries()) {
    await turns.next()
    if (isStopped()) break
    found.push(...ctx.unseen(shard))
    const least = number === SHARDS.length - 1 ? 1 : BATCH
    while (found.length >= least && !isStopped()) {
      const began = performance.now()
      recorded += await record(ctx, actor, found.splice(0, BATCH))
      await restAfter(performance.now() - began, ctx.signal)
    }
  }
  return recorded
}

/** Recording size and time of blobs of which none are recorded: what changes later is then seen. */
import type { Sha256 } from '../../../schemas/ids.ts'
import type { CopyRecord } from '../../../schemas/records.ts'
import { identityAt, seenFile } from '../../platform/file-identity.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'

/** So many are written down under one lock. */
const BATCH = 512

/** What first looks need. */
export interface FirstLookContext extends Pick<StoreContext, 'store'> {
  /** Some blobs that are here and of which no time is recorded. */
  readonly unseen: (limit: number) => Sha256[]
}

function firstLook(tx: StoreTx, sha256: Sha256): CopyRecord | null {
  const file = tx.seen(sha256) === null ? identityAt(tx.paths.blob(sha256)) : null
  if (file === null) return null
  const seen = seenFile(file)
  return { event: 'seen', sha256, at: tx.timestamp(), seen }
}

/**
 * Records the blobs that nobody has looked at yet, in batches between which others take the lock.
 * @returns how many were recorded
 * @throws store.locked, disk.*
 */
export async function recordFirstLooks(ctx: FirstLookContext, actor: string): Promise<number> {
  let recorded = 0
  for (;;) {
    const digests = ctx.unseen(BATCH)
    if (digests.length === 0) return recorded
    const written = await ctx.store.transact(actor, async (tx) => {
      const looks = digests.flatMap((sha256) => firstLook(tx, sha256) ?? [])
      await tx.recordCopies(looks)
      return looks.length
    })
    recorded += written
    // What is left cannot be recorded now: it is gone, or the index is behind.
    if (written === 0) return recorded
  }
}

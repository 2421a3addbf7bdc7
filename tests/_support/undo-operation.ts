/** Undoing an operation of a test store, which has no index and no workers of its own. */
import type { Uuid } from '../../schemas/ids.ts'
import { undoEntry } from '../../sidecar/domain/journal/undo-entry.ts'
import { OWNER } from '../../sidecar/domain/journal/undo-rights.ts'
import type { StoreContext } from '../../sidecar/domain/context.ts'
import { openIndex } from '../../sidecar/index/index-file.ts'
import { systemClock } from '../../sidecar/platform/clock.ts'
import { openHashPool } from '../../sidecar/platform/hash-pool.ts'

/** Undoes an operation as the owner. */
export async function undoOperation(ctx: StoreContext, actor: string, id: Uuid) {
  const { reader, paths } = ctx.store
  using index = openIndex({ path: paths.index, reader, clock: systemClock })
  await using pool = openHashPool()
  return await undoEntry({ ...ctx, index, pool }, { actor, rights: OWNER }, id)
}

/** Emits events for models that came in. */
import type { Sha256 } from '../../schemas/ids.ts'
import type { StoreContext } from './context.ts'

/** More at once would push readers of events aside who cannot take them so quickly. */
const TOLD_ONE_BY_ONE = 64

/** Sends an event for each model or, for many, one that asks readers to fetch everything again. */
export function emitAdded(
  { publish }: Pick<StoreContext, 'publish'>,
  added: readonly Sha256[],
): void {
  if (added.length > TOLD_ONE_BY_ONE) publish({ type: 'resync' })
  else for (const sha256 of added) publish({ type: 'blob.added', sha256 })
}

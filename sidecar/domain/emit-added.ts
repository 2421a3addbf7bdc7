/** Emits events for models that came in. */
import type { Sha256 } from '../../schemas/ids.ts'
import type { StoreContext } from './context.ts'

/** More events at once would overflow slow readers. */
const MAX_SINGLE_EVENTS = 64

/** Sends an event for each model or, for many, one that asks readers to fetch everything again. */
export function emitAdded(
  { publish }: Pick<StoreContext, 'publish'>,
  added: readonly Sha256[],
): void {
  if (added.length > MAX_SINGLE_EVENTS) publish({ type: 'resync' })
  else for (const sha256 of added) publish({ type: 'blob.added', sha256 })
}

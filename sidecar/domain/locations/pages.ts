/** Turns pages that are pushed into a sequence that is pulled. */
import { EventEmitter, on } from 'node:events'

/**
 * Yields the pages of `produce` in order, and throws what it throws. Pages are queued until they
 * are read.
 */
export async function* pagesOf<T>(
  produce: (onPage: (page: readonly T[]) => void) => Promise<unknown>,
): AsyncGenerator<T> {
  const pages = new EventEmitter<{ page: [readonly T[]]; end: [] }>()
  const arriving = on(pages, 'page', { close: ['end'] }) as AsyncIterable<[readonly T[]]>
  const produced = produce((page) => pages.emit('page', page)).finally(() => pages.emit('end'))
  // Thrown below, once earlier pages were read.
  produced.catch(() => undefined)
  for await (const [page] of arriving) yield* page
  await produced
}

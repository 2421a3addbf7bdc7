/** Pages that somebody pushes, as a sequence that somebody else pulls. */
import { EventEmitter, on } from 'node:events'

/**
 * Yields what `produce` hands over, page by page, in order, and throws what it throws. Pages wait
 * until they are asked for.
 */
export async function* pagesOf<T>(
  produce: (onPage: (page: readonly T[]) => void) => Promise<unknown>,
): AsyncGenerator<T> {
  const pages = new EventEmitter<{ page: [readonly T[]]; end: [] }>()
  const arriving = on(pages, 'page', { close: ['end'] }) as AsyncIterable<[readonly T[]]>
  const produced = produce((page) => pages.emit('page', page)).finally(() => pages.emit('end'))
  // Thrown below, once what came before it was taken.
  produced.catch(() => undefined)
  for await (const [page] of arriving) yield* page
  await produced
}

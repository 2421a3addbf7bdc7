/** Truncated lists in answers: the total, and the first items. */

/** How many items of a long list are shown. */
export const MAX_LISTED = 200

/** Returns the number of items, and the first of them. */
export function truncated<T>(items: readonly T[]): { total: number; items: T[] } {
  return { total: items.length, items: items.slice(0, MAX_LISTED) }
}

/** Returns the number of paths, and the first of them in order. */
export function truncatedPaths(paths: readonly string[]): { total: number; items: string[] } {
  return { total: paths.length, items: firstOf(paths, MAX_LISTED) }
}

/** Returns the first `count` texts in order, without sorting all. */
export function firstOf(texts: readonly string[], count: number): string[] {
  let first: string[] = []
  let last: string | undefined
  for (const text of texts) {
    if (last !== undefined && text > last) continue
    first.push(text)
    if (first.length < 2 * count) continue
    first = first.sort().slice(0, count)
    last = first.at(-1)
  }
  return first.sort().slice(0, count)
}

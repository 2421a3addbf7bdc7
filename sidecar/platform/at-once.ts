/** Work with several pieces in flight at once. */

/**
 * Runs work for each item, at most `width` pieces at once; returns the results in the order of the
 * items. All started pieces have ended when it returns or throws; after a failure nothing more is
 * started.
 * @throws what the first failing piece threw
 */
export async function atOnce<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const lane = async () => {
    try {
      for (let at = next++; at < items.length; at = next++) {
        results[at] = await work(items[at] as T)
      }
    } catch (error) {
      next = items.length
      throw error
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: width }, lane))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
  return results
}

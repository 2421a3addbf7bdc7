/** The beginning of a long list in order, without putting all of it in order. */

/** The first `count` of some texts, in order. */
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

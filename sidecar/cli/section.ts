/** Lists under a title, in texts for people. */

const SHOWN = 10

interface Group<T> {
  readonly total: number
  readonly items: readonly T[]
}

/** Returns all of a list that is known whole. */
export const group = <T>(items: readonly T[]): Group<T> => ({ total: items.length, items })

/**
 * Returns a title with the number of items, and the first of them a line each; empty for no items.
 */
export function section<T>(
  title: string,
  { total, items }: Group<T>,
  text: (item: T) => string,
  shown = SHOWN,
): string {
  if (total === 0) return ''
  const lines = items.slice(0, shown).map((item) => `    ${text(item)}`)
  const rest = total - lines.length
  const more = rest > 0 ? [`    … and ${String(rest)} more`] : []
  return [`  ${title} (${String(total)}):`, ...lines, ...more].join('\n')
}

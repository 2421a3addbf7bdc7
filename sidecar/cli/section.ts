/** Lists under a title, in texts for people. */

const MAX_SHOWN = 10

interface Group<T> {
  readonly total: number
  readonly items: readonly T[]
  /** How many items get a line at most. */
  readonly shown?: number
}

/** Returns a group of all items of a list. */
export const group = <T>(items: readonly T[]): Group<T> => ({ total: items.length, items })

/** Returns a group that shows fewer lines, for an overview. */
export const glance = <T>(list: Group<T>): Group<T> => ({ ...list, shown: 3 })

/**
 * Returns a title with the number of items, and the first of them a line each; empty for no items.
 */
export function section<T>(
  title: string,
  { total, items, shown = MAX_SHOWN }: Group<T>,
  text: (item: T) => string,
): string {
  if (total === 0) return ''
  const lines = items.slice(0, shown).map((item) => `    ${text(item)}`)
  const rest = total - lines.length
  const more = rest > 0 ? [`    … and ${String(rest)} more`] : []
  return [`  ${title} (${String(total)}):`, ...lines, ...more].join('\n')
}

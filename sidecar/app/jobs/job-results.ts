/** Results of jobs in two parts: the short one in answers, and the rows of its lists. */
import { lineText } from '../../../schemas/json.ts'

/** How many rows of each list the short result holds. */
const SHOWN_ROWS = 20

type Facts = Readonly<Record<string, unknown>>

/** The rows of each list of a result, by the list's name. */
export type ResultLists = Readonly<Record<string, readonly unknown[]>>

/** A result whose lists are stored separately. */
export interface SplitResult {
  /** The result with the first rows of each list. */
  readonly short: Record<string, unknown>
  readonly lists: ResultLists
}

/**
 * Separates the lists from a result.
 * @param important rows that the short result shows before others, such as failures
 */
export function splitResult(
  result: Facts,
  important: (row: unknown) => boolean = () => false,
): SplitResult {
  const named = Object.entries(result).filter((entry): entry is [string, unknown[]] =>
    Array.isArray(entry[1]),
  )
  // Records are written with their keys sorted, and the rows are in the order of the lists.
  const lists = Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)))
  const short: Record<string, unknown> = { ...result }
  for (const [name, rows] of Object.entries(lists)) short[name] = firstRows(rows, important)
  return { short, lists }
}

function firstRows(rows: readonly unknown[], important: (row: unknown) => boolean): unknown[] {
  if (rows.length <= SHOWN_ROWS) return [...rows]
  const first = rows.filter(important).slice(0, SHOWN_ROWS)
  const rest = rows.filter((row) => !important(row))
  return [...first, ...rest.slice(0, SHOWN_ROWS - first.length)]
}

/** Returns how many rows each list has; nothing where there are no lists. */
export function listTotals(lists: ResultLists): Record<string, number> {
  return Object.fromEntries(Object.entries(lists).map(([name, rows]) => [name, rows.length]))
}

const ROWS_AT_ONCE = 2000

/** Returns the rows as lines of JSON, list after list, some thousands at a time. */
export function* itemTexts(lists: ResultLists): Generator<string> {
  for (const rows of Object.values(lists)) {
    for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
      yield rows
        .slice(at, at + ROWS_AT_ONCE)
        .map((row) => lineText(row ?? null))
        .join('')
    }
  }
}

/**
 * Returns the index of a list's first row among all rows.
 * @throws RangeError where there is no such list
 */
export function listOffset(totals: Readonly<Record<string, number>>, list: string): number {
  let offset = 0
  for (const [name, total] of Object.entries(totals)) {
    if (name === list) return offset
    offset += total
  }
  throw new RangeError(`No list ${list}`)
}

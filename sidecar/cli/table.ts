/** Tables that fit the terminal. */
import type { Style, View } from './output.ts'
import { pad, shortenMiddle, textWidth } from './width.ts'

/** One column of a table of `T`. */
export interface Column<T> {
  readonly title: string
  readonly value: (row: T) => string
  /** For numbers. */
  readonly align?: 'right'
  /** May be shortened in the middle, down to this many columns. */
  readonly least?: number
  /** Left out where there is no space: the highest first. */
  readonly spare?: number
  readonly style?: (row: T) => Style | null
}

const GAP = 2

interface Sized<T> {
  readonly column: Column<T>
  readonly cells: readonly string[]
  width: number
}

function measure<T>(columns: readonly Column<T>[], rows: readonly T[]): Sized<T>[] {
  return columns.map((column) => {
    const cells = rows.map((row) => column.value(row).replaceAll('\n', ' '))
    const width = Math.max(textWidth(column.title), ...cells.map(textWidth))
    return { column, cells, width }
  })
}

const excess = (sized: readonly { width: number }[], width: number) =>
  sized.reduce((total, one) => total + one.width, GAP * (sized.length - 1)) - width

/** Shrinks the widest shrinkable column until all fit or none can shrink further. */
function shrink<T>(sized: readonly Sized<T>[], width: number): void {
  const room = (one: Sized<T>) => one.width - (one.column.least ?? one.width)
  for (let over = excess(sized, width); over > 0; over = excess(sized, width)) {
    const able = sized.filter((one) => room(one) > 0).sort((a, b) => b.width - a.width)
    const [widest, next] = able
    if (!widest) return
    const step = next ? Math.max(1, widest.width - next.width) : over
    widest.width -= Math.min(step, over, room(widest))
  }
}

function leastWidth<T>(sized: readonly Sized<T>[]): Sized<T>[] {
  return sized.map((one) => ({ ...one, width: Math.min(one.width, one.column.least ?? one.width) }))
}

/** Leaves out spare columns until the rest can be shrunk to fit. */
function choose<T>(sized: readonly Sized<T>[], width: number): Sized<T>[] {
  let kept = [...sized]
  while (excess(leastWidth(kept), width) > 0) {
    const ranks = kept.map((one) => one.column.spare ?? 0)
    const highest = Math.max(...ranks)
    if (highest === 0) break
    kept = kept.filter((one) => one.column.spare !== highest)
  }
  return kept
}

function cellText<T>(one: Sized<T>, text: string, isLast: boolean): string {
  const short = shortenMiddle(text, one.width)
  return isLast && one.column.align !== 'right' ? short : pad(short, one.width, one.column.align)
}

/**
 * Draws rows below a line of titles. No line is wider than the view, as long as the columns that
 * may neither shrink nor be left out fit. Without rows, an empty text.
 */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], view: View): string {
  if (rows.length === 0) return ''
  const sized = choose(measure(columns, rows), view.width)
  shrink(sized, view.width)
  const line = (cell: (one: Sized<T>, isLast: boolean) => string) =>
    sized.map((one, at) => cell(one, at === sized.length - 1)).join(' '.repeat(GAP))
  const head = line((one, isLast) => view.paint('bold', cellText(one, one.column.title, isLast)))
  const body = rows.map((row, at) =>
    line((one, isLast) => {
      const text = cellText(one, one.cells[at] ?? '', isLast)
      const style = one.column.style?.(row) ?? null
      return style === null ? text : view.paint(style, text)
    }),
  )
  return [head, ...body].join('\n')
}

/** Draws names and values below each other, the values in one column. */
export function facts(
  rows: readonly (readonly [name: string, value: string])[],
  view: View,
): string {
  const width = Math.max(...rows.map(([name]) => textWidth(name)))
  return rows.map(([name, value]) => `${view.paint('dim', pad(name, width))}  ${value}`).join('\n')
}

interface Page {
  readonly total: number
  readonly offset: number
  readonly items: readonly unknown[]
}

/** Returns "… and N more" where a page does not hold the rest of its list; else an empty text. */
export function moreOf(page: Page): string {
  const rest = page.total - page.offset - page.items.length
  return rest > 0 ? `… and ${String(rest)} more` : ''
}

/** Joins the parts of a text that are not empty. */
export function joined(parts: readonly (string | false | null)[], between = '\n'): string {
  return parts.filter((part) => part !== '' && part !== false && part !== null).join(between)
}

/** Tables and goals of a run, for the terminal and for Markdown. */
import { median, quantile, ratioOf, type Row } from './measure.ts'

/** Figures beside each other. */
export interface Table {
  readonly title: string
  readonly head: readonly string[]
  readonly cells: readonly (readonly string[])[]
  /** Sentences below the table. */
  readonly notes: readonly string[]
}

/** A figure that was promised, and what came out. */
export interface Goal {
  readonly goal: string
  readonly figure: string
  readonly met: boolean
}

/** What a section found. */
export interface Findings {
  readonly tables: readonly Table[]
  readonly goals: readonly Goal[]
}

/** Returns a number with three digits that matter. */
export function figure(value: number): string {
  if (Number.isNaN(value)) return '–'
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toPrecision(value < 0.01 ? 2 : 3)
}

/** Returns a share in percent. */
export const percent = (share: number) => `${figure(100 * share)} %`

/** What is compared, and with whom. */
export interface RatioTable {
  readonly title: string
  readonly rows: readonly Row[]
  /** Ours first: each of these gets a column that says how long it took against each row. */
  readonly ours: readonly Row[]
  readonly unit?: string
  readonly notes?: readonly string[]
}

/** Medians with their spread, and for each of ours its time divided by the row's. */
export function ratioTable({ title, rows, ours, unit = 'ms', notes = [] }: RatioTable): Table {
  const columns = ours.map((row) => (ours.length === 1 ? 'Synapse ÷ this' : `${row.name} ÷ this`))
  return {
    title,
    head: ['', `median ${unit}`, 'least – most', ...columns],
    cells: rows.map((row) => [
      row.name,
      figure(median(row.samples)),
      `${figure(quantile(row.samples, 0))} – ${figure(quantile(row.samples, 1))}`,
      ...ours.map((own) => (own === row ? '1' : figure(ratioOf(own, row)))),
    ]),
    notes,
  }
}

function widths(table: Table): number[] {
  const lines = [table.head, ...table.cells]
  return table.head.map((_one, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  )
}

/** Returns a table for the terminal. */
export function plainTable(table: Table): string {
  const wide = widths(table)
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const width = wide[column] ?? 0
        return column === 0 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
      .trimEnd()
  const notes = table.notes.map((note) => `  ${note}`)
  return ['', table.title, line(table.head), ...table.cells.map(line), ...notes].join('\n')
}

const goalCells = ({ goal, figure, met }: Goal) => [goal, figure, met ? 'met' : 'not met']

/** Returns the goals as a table. */
export function goalTable(goals: readonly Goal[]): Table {
  return {
    title: 'Goals',
    head: ['goal', 'measured', 'so'],
    cells: goals.map(goalCells),
    notes: [],
  }
}

const escaped = (cell: string) => cell.replaceAll('|', '\\|')

/** Returns a table in Markdown, under a heading. */
export function markdownTable(table: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`
  const rule = table.head.map((_one, column) => (column === 0 ? '---' : '--:'))
  const rows = [line(table.head), line(rule), ...table.cells.map(line)]
  return [`### ${table.title}`, rows.join('\n'), ...table.notes].join('\n\n')
}

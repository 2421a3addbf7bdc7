/** Puts the results of a run into the documentation, between its two marks. */
import fs from 'node:fs'
import { join } from 'node:path'
import * as prettier from 'prettier'
import { goalTable, markdownTable, type Findings, type Table } from './report.ts'

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'performance.md')
const BEGIN = '<!-- results: written by "npm run bench" -->'
const END = '<!-- end of results -->'

/** Returns the text between the marks. */
export function resultsText(facts: readonly [string, string][], all: readonly Findings[]): string {
  const machine: Table = { title: 'Machine', head: ['', ''], cells: facts, notes: [] }
  const goals = goalTable(all.flatMap((one) => one.goals))
  return [machine, goals, ...all.flatMap((one) => one.tables)].map(markdownTable).join('\n\n')
}

/**
 * Returns the page with other results between its marks.
 * @throws Error where the marks are not there, each once
 */
export function withResults(page: string, results: string): string {
  const [before, rest, ...more] = page.split(BEGIN)
  const [, after, ...others] = rest?.split(END) ?? []
  if (before === undefined || after === undefined || more.length + others.length > 0) {
    throw new Error(`${PAGE} must have ${BEGIN} and ${END}, once each`)
  }
  return `${before}${BEGIN}\n\n${results}\n\n${END}${after}`
}

/** Writes the page again. */
export async function writePage(results: string): Promise<string> {
  const text = withResults(fs.readFileSync(PAGE, 'utf8'), results)
  const style = (await prettier.resolveConfig(PAGE)) ?? {}
  fs.writeFileSync(PAGE, await prettier.format(text, { ...style, parser: 'markdown' }))
  return PAGE
}

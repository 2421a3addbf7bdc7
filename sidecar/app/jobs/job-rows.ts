/** Files of rows beside a job's record: those of its result, and those saved so far. */
import fs from 'node:fs'
import { lineText } from '../../../schemas/json.ts'
import type { ResultRows } from '../../domain/progress.ts'
import { appendLines, removeName, replaceFile } from '../../platform/disk.ts'
import { itemTexts, type ResultLists } from './job-results.ts'

/**
 * Complete lines of a file. `node:readline` would also split at U+2028, which names may contain.
 */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of fs.createReadStream(path, 'utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

/** Lines `offset` to `offset + limit`; fewer where the file ends before. */
async function lines(path: string, offset: number, limit: number): Promise<string[]> {
  const found: string[] = []
  if (limit === 0 || !fs.existsSync(path)) return found
  let at = 0
  for await (const line of linesOf(path)) {
    if (at >= offset) found.push(line)
    at += 1
    if (found.length === limit) break
  }
  return found
}

/** Replaces the rows of a result. @throws disk.* */
export async function writeRows(path: string, lists: ResultLists): Promise<void> {
  await removeName(path, false)
  for (const text of itemTexts(lists)) await appendLines(path, text)
}

/** Returns rows of a result from `offset` on. @throws disk.* where they exist and cannot be read */
export async function readRows(path: string, offset: number, limit: number): Promise<unknown[]> {
  return (await lines(path, offset, limit)).map((line) => JSON.parse(line) as unknown)
}

interface KeptRow {
  readonly list: string
  readonly row: unknown
}

/** Returns the number of rows in all lists. */
export function countRows(rows: ResultRows): number {
  return Object.values(rows).reduce((sum, list) => sum + list.length, 0)
}

/** Appends to the saved rows. @throws disk.* */
export async function appendKept(path: string, rows: ResultRows): Promise<void> {
  const texts = Object.entries(rows).flatMap(([list, all]) =>
    all.map((row) => lineText({ list, row })),
  )
  if (texts.length > 0) await appendLines(path, texts.join(''))
}

/**
 * Returns the first `count` saved rows, and truncates the rest, which no record counts.
 * @returns null where the file has fewer, or cannot be read or cut
 */
export async function readKept(path: string, count: number): Promise<ResultRows | null> {
  try {
    const all = await lines(path, 0, Infinity)
    if (all.length < count) return null
    const counted = all.slice(0, count)
    const text = counted.map((line) => `${line}\n`).join('')
    // A half line at the end would become part of the next.
    const isLonger = fs.existsSync(path) && fs.statSync(path).size > Buffer.byteLength(text)
    if (isLonger) await replaceFile(path, text)
    const rows = counted.map((line) => JSON.parse(line) as KeptRow)
    const lists = Map.groupBy(rows, ({ list }) => list)
    return Object.fromEntries(
      [...lists].map(([list, inside]) => [list, inside.map(({ row }) => row)]),
    )
  } catch {
    return null
  }
}

/**
 * The files of the journal: numbered within their month, each beginning with the operations that
 * were open when it was begun. Version 0.1.0 wrote one file a month, `2026-11.jsonl`.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../schemas/errors.ts'
import { JournalRecord } from '../../schemas/journal.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import { lineAt, MAX_LINE_BYTES, parseLine, rawLines, type RawLine } from './lines.ts'

/** Where a record stands: which file, its first byte, and how many bytes it has. */
export interface RecordPosition {
  readonly file: string
  readonly offset: number
  readonly length: number
}

/** A line of the journal, parsed if it is a record. */
export interface JournalLine {
  readonly position: RecordPosition
  /**
   * Null where the line is not a record; without its steps where it is long: {@link readRecord}
   * returns them.
   */
  readonly record: JournalRecord | null
  /** Where the next line begins; this one is read again where it has no newline yet. */
  readonly next: number
}

const NAME = /^(?<month>\d{4}-\d{2})(?:\.(?<number>\d{4,}))?\.jsonl$/u
/** The first line of a numbered file. */
export const HEADER = { schema: 'synapse.journal.v2' } as const
/** A longer record is not assembled any more. */
const MAX_RECORD_BYTES = 256 * 1024 * 1024

/** A name taken apart; `number` is 0 for a file of version 0.1.0. */
export interface JournalFileName {
  readonly name: string
  readonly month: string
  readonly number: number
}

/** A name of a journal file taken apart; null for any other. */
function parseFileName(name: string): JournalFileName | null {
  const { month, number } = NAME.exec(name)?.groups ?? {}
  return month === undefined ? null : { name, month, number: Number(number ?? 0) }
}

/** Returns the file after `last` for a record of `month`; months never go back. */
export function nextFileName(last: JournalFileName | undefined, month: string): string {
  const isNewer = last === undefined || month > last.month
  const number = isNewer ? 1 : last.number + 1
  return `${isNewer ? month : last.month}.${String(number).padStart(4, '0')}.jsonl`
}

/** Returns the files of a journal, oldest first. */
export function journalFiles(folder: string): JournalFileName[] {
  const order = (a: JournalFileName, b: JournalFileName) =>
    a.month === b.month ? a.number - b.number : a.month < b.month ? -1 : 1
  return namesIn(folder)
    .flatMap((name) => parseFileName(name) ?? [])
    .sort(order)
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  }
}

/** Returns the lines of a journal file from an offset on, its header left out. @throws disk.* */
export function* journalLines(folder: string, file: string, offset = 0): Generator<JournalLine> {
  for (const line of rawLines(join(folder, file), offset)) {
    if (line.length === 0 || isHeader(line)) continue
    const record = recordOf(line)
    if (record === null && !line.isFinished) continue
    const position = { file, offset: line.offset, length: line.length }
    yield { position, record, next: line.offset + (line.isFinished ? line.length + 1 : 0) }
  }
}

function isHeader({ offset, text }: RawLine): boolean {
  return offset === 0 && text.includes(`"${HEADER.schema}"`)
}

function recordOf(line: RawLine): JournalRecord | null {
  return parseLine(line.isWhole ? line.text : withoutSteps(line.text), JournalRecord)
}

/** Keys are sorted, so everything but `views_follow` comes before the steps. */
function withoutSteps(head: string): string {
  let depth = 0
  for (let at = 0; at < head.length; at += 1) {
    const sign = head[at]
    if (sign === '{' || sign === '[') depth += 1
    else if (sign === '}' || sign === ']') depth -= 1
    else if (sign === '"') {
      if (depth === 1 && head.startsWith('"steps":', at)) {
        return `${head.slice(0, at).replace(/,$/u, '')}}`
      }
      at = endOfString(head, at)
    }
  }
  return ''
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

/**
 * Returns the record at a position, without its steps where it is long; null where it cannot be read.
 */
export function readRecordHead(
  folder: string,
  { file, offset, length }: RecordPosition,
): JournalRecord | null {
  const isWhole = length <= MAX_LINE_BYTES
  const text = lineAt(join(folder, file), offset, Math.min(length, MAX_LINE_BYTES))
  return parseLine(isWhole ? text : withoutSteps(text), JournalRecord)
}

/**
 * Returns the whole record at a position.
 * @throws journal.not_undoable where it cannot be assembled any more
 */
export function readRecord(
  folder: string,
  { file, offset, length }: RecordPosition,
): JournalRecord {
  const isReadable = length <= MAX_RECORD_BYTES
  const text = isReadable ? lineAt(join(folder, file), offset, length) : ''
  const record = parseLine(text, JournalRecord)
  if (record !== null) return record
  throw new AppError(
    'journal.not_undoable',
    `The record of this operation in ${file} cannot be read`,
  )
}

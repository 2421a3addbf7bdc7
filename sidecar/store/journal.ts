/** The journal: what was done, appended and never pruned. Memory holds open operations only. */
import fs from 'node:fs'
import { join } from 'node:path'
import { isAppError } from '../../schemas/errors.ts'
import { lineText } from '../../schemas/json.ts'
import type { JournalRecord } from '../../schemas/journal.ts'
import { appendLines, writeOnce } from '../platform/disk.ts'
import { MAX_LINE_BYTES } from './lines.ts'
import {
  HEADER,
  journalFiles,
  journalLines,
  nextFileName,
  readRecord,
  readRecordHead,
  type JournalFileName,
  type JournalLine,
  type RecordPosition,
} from './journal-files.ts'

/** The records of one operation: how it began, and how it ended if it did. */
export interface JournalOperation {
  readonly begin: JournalRecord
  readonly end: Pick<JournalRecord, 'at'> | null
  readonly undone: Pick<JournalRecord, 'at'> | null
  /** The indices of its steps that were not applied. */
  readonly kept?: readonly number[]
}

/** A file of the journal and its current state. */
export interface JournalFile {
  readonly name: string
  readonly size: number
  readonly ino: bigint
  /** When it was last changed, in nanoseconds. */
  readonly mtime: string
}

/** A record that would exceed this starts another file; a reader reads the last file whole. */
const FILE_BYTES = 4 * 1024 * 1024

interface OpenOperation {
  readonly op: string
  readonly position: RecordPosition
  /** Null for a long record: it is read when it is needed. */
  readonly begin: JournalRecord | null
}

/** Reads and appends the journal of one store; remembers how far it has read. */
export class Journal {
  readonly #folder: string
  /** Files that matter for what is open → how far they were read. */
  #offsets = new Map<string, number>()
  #open = new Map<string, OpenOperation>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** The number of operations that began and neither ended nor were undone. */
  get openCount(): number {
    this.#refresh()
    return this.#open.size
  }

  /** Operations that began and neither ended nor were undone, oldest first. */
  openOperations(): JournalOperation[] {
    this.#refresh()
    return [...this.#open]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, open]) => this.#readOpen(open))
  }

  /** One that cannot be assembled stays open and blocks nothing. */
  #readOpen({ begin, position }: OpenOperation): JournalOperation[] {
    try {
      return [{ begin: begin ?? this.read(position), end: null, undone: null }]
    } catch (error) {
      if (isAppError(error, 'journal.not_undoable')) return []
      throw error
    }
  }

  /** The name of an open operation; null for one that is not open. */
  openName(id: string): string | null {
    this.#refresh()
    return this.#open.get(id)?.op ?? null
  }

  /** An open operation, or null. @throws journal.not_undoable where it cannot be read */
  openOperation(id: string): JournalOperation | null {
    this.#refresh()
    const open = this.#open.get(id)
    if (open === undefined) return null
    return { begin: open.begin ?? this.read(open.position), end: null, undone: null }
  }

  /** The whole record at a position. @throws journal.not_undoable where it cannot be assembled */
  read(position: RecordPosition): JournalRecord {
    return readRecord(this.#folder, position)
  }

  /** The record at a position, without its steps where it is long; null where it cannot be read. */
  head(position: RecordPosition): JournalRecord | null {
    return readRecordHead(this.#folder, position)
  }

  /** The files, oldest first. */
  files(): JournalFile[] {
    return journalFiles(this.#folder).flatMap(({ name }) => {
      const stat = fs.statSync(join(this.#folder, name), { bigint: true, throwIfNoEntry: false })
      if (stat === undefined) return []
      return [{ name, size: Number(stat.size), ino: stat.ino, mtime: String(stat.mtimeNs) }]
    })
  }

  /** The lines of a file from an offset on. @throws disk.* */
  lines(file: string, offset = 0): Generator<JournalLine> {
    return journalLines(this.#folder, file, offset)
  }

  /**
   * All operations without their steps, oldest first: reads the whole journal, for repairs and
   * tests.
   */
  operations(): JournalOperation[] {
    const operations = new Map<string, JournalOperation>()
    for (const { name } of this.files()) {
      for (const { record } of this.lines(name)) if (record !== null) takeRecord(operations, record)
    }
    return [...operations.values()].sort((a, b) => (a.begin.id < b.begin.id ? -1 : 1))
  }

  /** Appends records and flushes them once, all or none. Needs the store lock. @throws disk.* */
  async append(...records: readonly JournalRecord[]): Promise<void> {
    const [first] = records
    if (first === undefined) return
    this.#refresh()
    const text = records.map(lineText).join('')
    const file = await this.#fileFor(first.at.slice(0, 7), Buffer.byteLength(text))
    await appendLines(join(this.#folder, file), text)
    this.#refresh()
  }

  async #fileFor(month: string, bytes: number): Promise<string> {
    const last = journalFiles(this.#folder).at(-1)
    if (last !== undefined && this.#hasRoom(last, month, bytes)) return last.name
    const name = nextFileName(last, month)
    const carried = this.openOperations().map(({ begin }) => lineText({ ...begin, carried: true }))
    await writeOnce(join(this.#folder, name), [lineText(HEADER), ...carried].join(''))
    return name
  }

  #hasRoom({ name, number, month: begun }: JournalFileName, month: string, bytes: number): boolean {
    if (number === 0 || month > begun) return false
    const { size } = fs.statSync(join(this.#folder, name))
    return size + bytes <= FILE_BYTES
  }

  /** Reads on: the last numbered file, and whatever version 0.1.0 has written after it. */
  #refresh(): void {
    const files = journalFiles(this.#folder)
    const from = Math.max(
      0,
      files.findLastIndex(({ number }) => number > 0),
    )
    const read = files.slice(from)
    const known = [...this.#offsets.keys()]
    if (known.some((name, index) => read[index]?.name !== name)) this.#forget()
    for (const { name } of read) this.#readOn(name)
  }

  #forget(): void {
    this.#offsets = new Map()
    this.#open = new Map()
  }

  #readOn(name: string): void {
    const size = fs.statSync(join(this.#folder, name), { throwIfNoEntry: false })?.size ?? 0
    const offset = this.#offsets.get(name) ?? 0
    if (size === offset) {
      this.#offsets.set(name, offset)
      return
    }
    let end = offset
    for (const { record, position, next } of this.lines(name, offset)) {
      end = next
      if (record !== null) this.#take(record, position)
    }
    this.#offsets.set(name, end)
  }

  #take(record: JournalRecord, position: RecordPosition): void {
    const { id, op, phase } = record
    const begin = position.length <= MAX_LINE_BYTES ? record : null
    if (phase === 'begin') this.#open.set(id, { op, position, begin })
    else this.#open.delete(id)
  }
}

/**
 * Joins a record with the other one of its operation; one that was carried over is already there.
 */
function takeRecord(operations: Map<string, JournalOperation>, record: JournalRecord): void {
  const known = operations.get(record.id)
  if (record.phase === 'begin') {
    const { steps: _, ...begin } = record
    if (known === undefined) operations.set(record.id, { begin, end: null, undone: null })
    return
  }
  const operation = known ?? { begin: record, end: null, undone: null }
  operations.set(record.id, { ...operation, [record.phase]: record })
}

/** The journal: what was done, one file a month, appended and never pruned. */
import fs from 'node:fs'
import { join } from 'node:path'
import { lineText } from '../../schemas/json.ts'
import { JournalRecord } from '../../schemas/records.ts'
import { appendLines } from '../platform/disk.ts'
import { readLines } from './lines.ts'

/** The records of one act: how it began, and how it ended if it did. */
export interface JournalAct {
  readonly begin: JournalRecord
  readonly end: JournalRecord | null
  readonly undone: JournalRecord | null
}

/** Reads and appends the journal of one store; remembers how far it has read. */
export class Journal {
  readonly #folder: string
  readonly #offsets = new Map<string, number>()
  readonly #acts = new Map<string, JournalAct>()
  readonly #open = new Set<string>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Acts that began and neither ended nor were undone, oldest first. */
  openActs(): JournalAct[] {
    this.#refresh()
    return [...this.#open].sort().flatMap((id) => this.#acts.get(id) ?? [])
  }

  /** All acts, oldest first. */
  acts(): JournalAct[] {
    this.#refresh()
    return [...this.#acts.values()].sort((a, b) => (a.begin.id < b.begin.id ? -1 : 1))
  }

  /** One act, or null. */
  act(id: string): JournalAct | null {
    this.#refresh()
    return this.#acts.get(id) ?? null
  }

  /** Appends a record and flushes it. Needs the store lock. @throws disk.* */
  async append(record: JournalRecord): Promise<void> {
    await appendLines(join(this.#folder, `${record.at.slice(0, 7)}.jsonl`), lineText(record))
    this.#refresh()
  }

  #refresh(): void {
    for (const name of this.#months()) {
      const path = join(this.#folder, name)
      const offset = this.#offsets.get(name) ?? 0
      if (fs.statSync(path).size === offset) continue
      const read = readLines(path, JournalRecord, offset)
      for (const record of read.records) this.#take(record)
      this.#offsets.set(name, read.end)
    }
  }

  #months(): string[] {
    if (!fs.existsSync(this.#folder)) return []
    return fs
      .readdirSync(this.#folder)
      .filter((name) => /^\d{4}-\d{2}\.jsonl$/u.test(name))
      .sort()
  }

  #take(record: JournalRecord): void {
    const known = this.#acts.get(record.id)
    if (record.phase === 'begin') {
      this.#acts.set(record.id, { end: null, undone: null, ...known, begin: record })
      if (known === undefined) this.#open.add(record.id)
      return
    }
    const act = known ?? { begin: record, end: null, undone: null }
    this.#acts.set(record.id, { ...act, [record.phase]: record })
    this.#open.delete(record.id)
  }
}

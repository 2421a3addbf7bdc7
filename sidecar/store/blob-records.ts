/** What the ledgers record of the store's own copies: readings, baselines and sizes. */
import fs from 'node:fs'
import type { Sha256 } from '../../schemas/ids.ts'
import {
  DigestRecord,
  StoreCopyRecord,
  type CopyRecord,
  type SeenFile,
} from '../../schemas/records.ts'
import { NO_RECORDS, type BlobRecords } from './blob-integrity.ts'
import { LedgerCursor, type LedgerPart } from './ledger-cursor.ts'
import { parseLine, readLines } from './lines.ts'
import type { StorePaths } from './store-paths.ts'

type Reading = Pick<BlobRecords, 'good' | 'at'> & { readonly seen: SeenFile | null }

/** What is known of a copy after one more record; undefined where it is gone. */
function nextReading(before: Reading | undefined, record: CopyRecord): Reading | undefined {
  if (record.event === 'gone') return undefined
  if (record.event === 'read') {
    return { good: record.good, at: record.at, seen: record.seen ?? null }
  }
  if (before === undefined) return { good: null, at: null, seen: record.seen }
  return before.seen === null ? { ...before, seen: record.seen } : before
}

const NOT_GOOD = /"good"\s*:\s*false/u

/** The complete lines of a ledger from an offset on, and where they end. */
function wholeLines({ path, offset }: LedgerPart): { text: string; end: number } {
  const fd = fs.openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(Math.max(0, fs.fstatSync(fd).size - offset))
    const read = fs.readSync(fd, bytes, 0, bytes.length, offset)
    const whole = bytes.subarray(0, read).lastIndexOf(0x0a) + 1
    return { text: bytes.toString('latin1', 0, whole), end: offset + whole }
  } finally {
    fs.closeSync(fd)
  }
}

/** The digest that a line names, found without parsing it. */
const NAMED = /"sha256"\s*:\s*"(?<sha256>[0-9a-f]{64})"/u

type BadReadings = ReadonlyMap<string, SeenFile | null>

function badAfter(before: BadReadings, text: string): BadReadings {
  if (before.size === 0 && !NOT_GOOD.test(text)) return before
  const bad = new Map(before)
  for (const line of text.split('\n')) {
    if (!NOT_GOOD.test(line) && !bad.has(NAMED.exec(line)?.groups?.['sha256'] ?? '')) continue
    const record = parseLine(line, StoreCopyRecord)
    if (record === null || record.event === 'seen') continue
    if (record.event === 'gone' || record.good) bad.delete(record.sha256)
    else bad.set(record.sha256, record.seen ?? null)
  }
  return bad
}

/**
 * The records of one store; the ledgers are read on demand, and after that only what was appended.
 */
export class BlobRecordsReader {
  readonly #readings = new Map<string, Reading>()
  readonly #sizes = new Map<string, number>()
  readonly #copies: LedgerCursor
  readonly #digests: LedgerCursor
  /** Reads the same ledgers as {@link #copies}, for bad readings alone. */
  readonly #quick: LedgerCursor
  #bad: BadReadings = new Map()

  constructor(paths: StorePaths) {
    this.#copies = new LedgerCursor(paths.storeCopies)
    this.#quick = new LedgerCursor(paths.storeCopies)
    this.#digests = new LedgerCursor([paths.digests])
  }

  /** What the ledgers record of a blob; the size in its manifest is not included. @throws disk.* */
  of(sha256: Sha256): BlobRecords {
    this.#readCopies()
    this.#readDigests()
    const size_bytes = this.#sizes.get(sha256) ?? null
    return { ...NO_RECORDS, ...this.#readings.get(sha256), size_bytes }
  }

  /**
   * The file at its last reading or baseline, with all that was recorded of it.
   * @throws disk.*
   */
  seen(sha256: Sha256): SeenFile | null {
    this.#readCopies()
    return this.#readings.get(sha256)?.seen ?? null
  }

  /**
   * Blobs whose last reading was bad, with the file as it was then: the same object until that
   * changes. Lines that report good ones are passed over unread, so that this is quick.
   * @throws disk.*
   */
  bad(): BadReadings {
    const { restarted, parts } = this.#quick.next()
    let bad = restarted && this.#bad.size > 0 ? new Map<string, SeenFile | null>() : this.#bad
    for (const part of parts) {
      const { text, end } = wholeLines(part)
      this.#quick.advance(part, end)
      bad = badAfter(bad, text)
    }
    return (this.#bad = bad)
  }

  #readCopies(): void {
    const { restarted, parts } = this.#copies.next()
    if (restarted) this.#readings.clear()
    for (const part of parts) {
      const { records, end } = readLines(part.path, StoreCopyRecord, part.offset)
      this.#copies.advance(part, end)
      for (const record of records) this.#take(record)
    }
  }

  #take(record: CopyRecord): void {
    const { sha256 } = record
    const reading = nextReading(this.#readings.get(sha256), record)
    if (reading === undefined) this.#readings.delete(sha256)
    else this.#readings.set(sha256, reading)
  }

  #readDigests(): void {
    const { restarted, parts } = this.#digests.next()
    if (restarted) this.#sizes.clear()
    for (const part of parts) {
      const { records, end } = readLines(part.path, DigestRecord, part.offset)
      this.#digests.advance(part, end)
      for (const { sha256, size_bytes } of records) {
        if (size_bytes !== undefined) this.#sizes.set(sha256, size_bytes)
      }
    }
  }
}

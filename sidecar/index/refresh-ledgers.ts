/** What is known of blobs besides: approvals of pickles, proofs of copies, recorded sizes. */
import fs from 'node:fs'
import { DigestRecord, StoreCopyRecord } from '../../schemas/records.ts'
import { stampOf } from '../store/documents.ts'
import { parseLine } from '../store/lines.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import {
  forgetStamp,
  keepStamp,
  keepUnreadable,
  knownStamp,
  type BrokenLines,
  type Mark,
} from './sources.ts'

const BLOCK_BYTES = 128 * 1024

function approvedDigests(reader: StoreReader): Set<string> | null {
  try {
    return new Set(reader.approvals().approved.map((one) => one.sha256))
  } catch {
    return null
  }
}

/** Takes over which pickles are approved, and marks those where that has changed. */
export function refreshApprovals(db: IndexDatabase, reader: StoreReader, mark: Mark): void {
  const stamp = stampOf(reader.paths.approvals) ?? ''
  if (knownStamp(db, 'approvals', '') === stamp) return
  const read = approvedDigests(reader)
  const now = read ?? new Set<string>()
  const rows = db.rows<{ sha256: string }>('SELECT sha256 FROM approved')
  const before = new Set(rows.map((row) => row.sha256))
  for (const sha256 of before.difference(now))
    db.run('DELETE FROM approved WHERE sha256 = ?', sha256)
  for (const sha256 of now.difference(before)) db.run('INSERT INTO approved VALUES (?)', sha256)
  for (const sha256 of before.symmetricDifference(now)) mark(sha256)
  const path = reader.paths.place(reader.paths.approvals)
  keepUnreadable(db, [path], read === null ? [{ path, refers: false }] : [], mark)
  keepStamp(db, 'approvals', '', stamp)
}

/** How far a ledger was read: up to which byte of which file. */
interface ReadSoFar {
  readonly ino: string
  readonly size: string
  readonly mtime: string
  readonly end: number
  /** Lines before `end` that are no records. */
  readonly broken: number
}

function stateOf(path: string): ReadSoFar | null {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return null
  const { ino, size, mtimeNs: mtime } = stat
  return { ino: String(ino), size: String(size), mtime: String(mtime), end: 0, broken: 0 }
}

/** Reports whether a ledger is the one that was read before, be it that it has grown. */
function isContinued(before: ReadSoFar, now: ReadSoFar): boolean {
  if (before.ino !== now.ino) return false
  const same = before.size === now.size && before.mtime === now.mtime
  return same || Number(now.size) > Number(before.size)
}

/** Whole lines from an offset on: a block of them, or one line that is longer than a block. */
function readBlock(path: string, offset: number, bytes = BLOCK_BYTES): Buffer {
  const fd = fs.openSync(path, 'r')
  try {
    const block = Buffer.alloc(bytes)
    const read = fs.readSync(fd, block, 0, bytes, offset)
    const whole = block.subarray(0, read).lastIndexOf(0x0a) + 1
    if (whole === 0 && read === bytes) return readBlock(path, offset, bytes * 4)
    return block.subarray(0, whole)
  } finally {
    fs.closeSync(fd)
  }
}

/** Ledgers that are only ever appended to, and how a line of them becomes a row. */
interface AppendedLedger {
  readonly source: 'proofs' | 'digests'
  /** Each stands over those before it. */
  readonly paths: (reader: StoreReader) => readonly string[]
  /** Takes a line over; the digest whose row hangs on it, null for none, undefined for no record. */
  readonly take: (db: IndexDatabase, line: string) => string | null | undefined
}

const PUT_PROOF = `
  INSERT INTO proofs VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (sha256) DO UPDATE SET (good, at, seen_bytes, seen_mtime) =
    (excluded.good, excluded.at, excluded.seen_bytes, excluded.seen_mtime)`
/** A first look adds what no reading has recorded. */
const PUT_LOOK = `
  INSERT INTO proofs VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (sha256) DO UPDATE SET (seen_bytes, seen_mtime) =
    (excluded.seen_bytes, excluded.seen_mtime) WHERE seen_mtime IS NULL`

function takeCopy(db: IndexDatabase, line: string): string | null | undefined {
  const record = parseLine(line, StoreCopyRecord)
  if (record === null) return undefined
  const { sha256, at } = record
  if (record.event === 'gone') db.run('DELETE FROM proofs WHERE sha256 = ?', sha256)
  else {
    const file = [record.seen?.size_bytes ?? null, record.seen?.mtime_ns ?? null] as const
    if (record.event === 'seen') db.run(PUT_LOOK, sha256, null, null, ...file)
    else db.run(PUT_PROOF, sha256, record.good ? 1 : 0, at, ...file)
  }
  return sha256
}

const PUT_DIGEST = `
  INSERT INTO digests VALUES (?, ?)
  ON CONFLICT (sha256) DO UPDATE SET size_bytes = excluded.size_bytes`

function takeDigest(db: IndexDatabase, line: string): string | null | undefined {
  const record = parseLine(line, DigestRecord)
  if (record === null) return undefined
  if (record.size_bytes === undefined) return null
  db.run(PUT_DIGEST, record.sha256, record.size_bytes)
  return record.sha256
}

const LEDGERS: readonly AppendedLedger[] = [
  { source: 'proofs', paths: (reader) => reader.paths.storeCopies, take: takeCopy },
  { source: 'digests', paths: (reader) => [reader.paths.digests], take: takeDigest },
]

/** One file of a ledger: as it was read before, and as it is. */
interface LedgerFile {
  readonly path: string
  readonly name: string
  readonly before: ReadSoFar | null
  readonly now: ReadSoFar | null
}

function filesOf(db: IndexDatabase, reader: StoreReader, ledger: AppendedLedger): LedgerFile[] {
  return ledger.paths(reader).map((path) => {
    const name = reader.paths.place(path)
    const before = readSoFar(db, ledger, name)
    return { path, name, before, now: stateOf(path) }
  })
}

/** Reports whether a file has grown: behind what was read may stand a line that is not finished. */
const hasGrown = ({ before, now }: LedgerFile) => Number(now?.size ?? 0) > Number(before?.size ?? 0)

const hasUnread = ({ before, now }: LedgerFile) => Number(now?.size ?? 0) > (before?.end ?? 0)

/** Reports whether what was read before holds: no file is another one, and none grew behind a later. */
function isStillTrue(files: readonly LedgerFile[]): boolean {
  return files.every((file, index) => {
    const { before, now } = file
    if (before !== null && (now === null || !isContinued(before, now))) return false
    return !hasGrown(file) || files.slice(index + 1).every((later) => later.before === null)
  })
}

function forgetRows(db: IndexDatabase, source: AppendedLedger['source'], mark: Mark): void {
  for (const row of db.rows<{ sha256: string }>(`SELECT sha256 FROM ${source}`)) mark(row.sha256)
  db.run(`DELETE FROM ${source}`)
  forgetStamp(db, source)
}

/** @returns whether there were whole lines */
function takeBlock(
  db: IndexDatabase,
  { source, take }: AppendedLedger,
  { path, name, before, now }: LedgerFile,
  mark: Mark,
): boolean {
  const offset = before?.end ?? 0
  const block = readBlock(path, offset)
  let broken = before?.broken ?? 0
  for (const line of block.toString('utf8').split('\n')) {
    const sha256 = line === '' ? null : take(db, line)
    if (sha256 === undefined) broken += 1
    else if (sha256 !== null) mark(sha256)
  }
  keepStamp(db, source, name, JSON.stringify({ ...now, end: offset + block.length, broken }))
  return block.length > 0
}

/** Takes over one block. @returns whether there may be more to read */
function refreshLedger(
  db: IndexDatabase,
  reader: StoreReader,
  mark: Mark,
  ledger: AppendedLedger,
): boolean {
  let files = filesOf(db, reader, ledger)
  if (!isStillTrue(files)) {
    forgetRows(db, ledger.source, mark)
    files = filesOf(db, reader, ledger)
  }
  return files.filter(hasUnread).some((file) => takeBlock(db, ledger, file, mark))
}

function readSoFar(db: IndexDatabase, { source }: AppendedLedger, name: string): ReadSoFar | null {
  const known = knownStamp(db, source, name)
  return known === null ? null : (JSON.parse(known) as ReadSoFar)
}

/**
 * Takes over a block of the ledgers of copies, and of that of digests, from where each was read
 * last. The last line of a blob counts. Ledgers of which one is not a longer one than before are
 * read from the beginning.
 * @returns whether there may be more to read
 */
export function refreshProofs(db: IndexDatabase, reader: StoreReader, mark: Mark): boolean {
  return LEDGERS.map((ledger) => refreshLedger(db, reader, mark, ledger)).includes(true)
}

/** Lines of the ledgers that are no records, by place in the store. */
export function brokenLedgerLines(db: IndexDatabase, reader: StoreReader): BrokenLines[] {
  return LEDGERS.flatMap((ledger) =>
    filesOf(db, reader, ledger).flatMap(({ name, before }) =>
      before === null || before.broken === 0 ? [] : [{ path: name, lines: before.broken }],
    ),
  )
}

/** What is known of blobs besides: approvals of pickles, proofs of copies, recorded sizes. */
import fs from 'node:fs'
import { DigestRecord, ProofRecord } from '../../schemas/records.ts'
import { stampOf } from '../store/documents.ts'
import { parseLine } from '../store/lines.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import { keepStamp, keepUnreadable, knownStamp, type BrokenLines, type Mark } from './sources.ts'

const LOCAL = 'local'
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

/** Where to read on; 0 where the file is not the one that was read before, only longer. */
function nextOffset(before: ReadSoFar, now: ReadSoFar): number {
  const grown = before.ino === now.ino && Number(now.size) > Number(before.size)
  const same = before.ino === now.ino && before.size === now.size && before.mtime === now.mtime
  return grown || same ? before.end : 0
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

/** A ledger that is only ever appended to, and how a line of it becomes a row. */
interface AppendedLedger {
  readonly source: 'proofs' | 'digests'
  readonly path: (reader: StoreReader) => string
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

function takeProof(db: IndexDatabase, line: string): string | null | undefined {
  const proof = parseLine(line, ProofRecord)
  if (proof === null) return undefined
  if (proof.location !== LOCAL) return null
  const { sha256, good, at, seen } = proof
  const file = [seen?.size_bytes ?? null, seen?.mtime_ns ?? null] as const
  if (good === null) db.run(PUT_LOOK, sha256, null, null, ...file)
  else db.run(PUT_PROOF, sha256, good ? 1 : 0, at, ...file)
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
  { source: 'proofs', path: (reader) => reader.paths.proofs, take: takeProof },
  { source: 'digests', path: (reader) => reader.paths.digests, take: takeDigest },
]

function forgetRows(db: IndexDatabase, source: AppendedLedger['source'], mark: Mark): void {
  for (const row of db.rows<{ sha256: string }>(`SELECT sha256 FROM ${source}`)) mark(row.sha256)
  db.run(`DELETE FROM ${source}`)
}

function refreshLedger(
  db: IndexDatabase,
  reader: StoreReader,
  mark: Mark,
  { source, path: pathOf, take }: AppendedLedger,
): boolean {
  const path = pathOf(reader)
  const known = knownStamp(db, source, '')
  const before = known === null ? null : (JSON.parse(known) as ReadSoFar)
  const now = stateOf(path)
  const offset = before === null || now === null ? 0 : nextOffset(before, now)
  if (offset === 0) forgetRows(db, source, mark)
  if (now === null) {
    keepStamp(db, source, '', null)
    return false
  }
  const block = offset < Number(now.size) ? readBlock(path, offset) : Buffer.alloc(0)
  let broken = offset === 0 ? 0 : (before?.broken ?? 0)
  for (const line of block.toString('utf8').split('\n')) {
    const sha256 = line === '' ? null : take(db, line)
    if (sha256 === undefined) broken += 1
    else if (sha256 !== null) mark(sha256)
  }
  keepStamp(db, source, '', JSON.stringify({ ...now, end: offset + block.length, broken }))
  return block.length > 0
}

/**
 * Takes over a block of the ledger of proofs, and of that of digests, from where each was read
 * last. The last line of a blob counts. A ledger that is not a longer one than before is read from
 * its beginning.
 * @returns whether there may be more to read
 */
export function refreshProofs(db: IndexDatabase, reader: StoreReader, mark: Mark): boolean {
  return LEDGERS.map((ledger) => refreshLedger(db, reader, mark, ledger)).includes(true)
}

/** Lines of the ledgers that are no records, by place in the store. */
export function brokenLedgerLines(db: IndexDatabase, reader: StoreReader): BrokenLines[] {
  return LEDGERS.flatMap(({ source, path }) => {
    const known = knownStamp(db, source, '')
    const lines = known === null ? 0 : (JSON.parse(known) as ReadSoFar).broken
    return lines === 0 ? [] : [{ path: reader.paths.place(path(reader)), lines }]
  })
}

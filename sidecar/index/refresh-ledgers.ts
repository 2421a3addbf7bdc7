/** What is known of blobs besides: approvals of pickles, and proofs of copies. */
import fs from 'node:fs'
import * as v from 'valibot'
import { parseJson } from '../../schemas/json.ts'
import { ProofRecord } from '../../schemas/records.ts'
import { stampOf } from '../store/documents.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import { keepStamp, keepUnreadable, knownStamp, type Mark } from './sources.ts'

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

/** How far the ledger of proofs was read: up to which byte of which file. */
interface ReadSoFar {
  readonly ino: string
  readonly size: string
  readonly mtime: string
  readonly end: number
}

function stateOf(path: string, end: number): ReadSoFar | null {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return null
  return { ino: String(stat.ino), size: String(stat.size), mtime: String(stat.mtimeNs), end }
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

function proofIn(line: string): ProofRecord | null {
  try {
    const result = v.safeParse(ProofRecord, parseJson(line))
    return result.success ? result.output : null
  } catch {
    return null
  }
}

function takeProofs(db: IndexDatabase, text: string, mark: Mark): void {
  for (const line of text.split('\n')) {
    const proof = line === '' ? null : proofIn(line)
    if (proof?.location !== LOCAL) continue
    const sql = 'INSERT OR REPLACE INTO proofs VALUES (?, ?, ?)'
    db.run(sql, proof.sha256, proof.good ? 1 : 0, proof.at)
    mark(proof.sha256)
  }
}

function forgetProofs(db: IndexDatabase, mark: Mark): void {
  for (const row of db.rows<{ sha256: string }>('SELECT sha256 FROM proofs')) mark(row.sha256)
  db.run('DELETE FROM proofs')
}

/**
 * Takes over a block of the ledger of proofs from where it was read last. The last line of a blob
 * counts. A ledger that is not a longer one than before is read from its beginning.
 * @returns whether there may be more to read
 */
export function refreshProofs(db: IndexDatabase, reader: StoreReader, mark: Mark): boolean {
  const path = reader.paths.proofs
  const known = knownStamp(db, 'proofs', '')
  const before = known === null ? null : (JSON.parse(known) as ReadSoFar)
  const now = stateOf(path, 0)
  const offset = before === null || now === null ? 0 : nextOffset(before, now)
  if (offset === 0) forgetProofs(db, mark)
  if (now === null) {
    keepStamp(db, 'proofs', '', null)
    return false
  }
  const block = offset < Number(now.size) ? readBlock(path, offset) : Buffer.alloc(0)
  takeProofs(db, block.toString('utf8'), mark)
  keepStamp(db, 'proofs', '', JSON.stringify({ ...now, end: offset + block.length }))
  return block.length > 0
}

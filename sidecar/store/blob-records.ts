/** What the ledgers record of blobs: readings, first looks and sizes. */
import fs from 'node:fs'
import type { Sha256 } from '../../schemas/ids.ts'
import { DigestRecord, ProofRecord, type SeenFile } from '../../schemas/records.ts'
import { NO_RECORDS, type BlobRecords } from './blob-integrity.ts'
import { parseLine, readLines } from './lines.ts'
import type { StorePaths } from './store-paths.ts'

const LOCAL = 'local'

/** How far a ledger was read. */
interface ReadSoFar {
  readonly ino: bigint
  readonly end: number
}

/** Where to read a ledger on; 0 where it is another file, or shorter than it was. */
function offsetIn(path: string, before: ReadSoFar | null): { offset: number; ino: bigint } | null {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return null
  const grown = before !== null && before.ino === stat.ino && Number(stat.size) >= before.end
  return { offset: grown ? before.end : 0, ino: stat.ino }
}

type Reading = Pick<BlobRecords, 'good' | 'at'> & { readonly seen: SeenFile | null }

function nextReading(before: Reading | undefined, proof: ProofRecord): Reading {
  const seen = proof.seen ?? null
  if (proof.good !== null) return { good: proof.good, at: proof.at, seen }
  if (before === undefined) return { good: null, at: null, seen }
  return before.seen === null ? { ...before, seen } : before
}

const NOT_GOOD = /"good"\s*:\s*false/u

function wholeLines(path: string, offset: number): { text: string; end: number } {
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

/** The digest that a line names, told without parsing it. */
const NAMED = /"sha256"\s*:\s*"(?<sha256>[0-9a-f]{64})"/u

function badAfter(
  before: ReadonlyMap<string, SeenFile | null>,
  text: string,
): Map<string, SeenFile | null> {
  const bad = new Map(before)
  for (const line of text.split('\n')) {
    if (!NOT_GOOD.test(line) && !bad.has(NAMED.exec(line)?.groups?.['sha256'] ?? '')) continue
    const proof = parseLine(line, ProofRecord)
    if (proof?.location !== LOCAL || proof.good === null) continue
    if (proof.good) bad.delete(proof.sha256)
    else bad.set(proof.sha256, proof.seen ?? null)
  }
  return bad
}

/** The records of one store; the ledgers are read on demand, and from then on what was appended. */
export class BlobRecordsReader {
  readonly #paths: StorePaths
  readonly #readings = new Map<string, Reading>()
  readonly #sizes = new Map<string, number>()
  #proofs: ReadSoFar | null = null
  #digests: ReadSoFar | null = null
  #quick: ReadSoFar | null = null
  #bad: ReadonlyMap<string, SeenFile | null> = new Map()

  constructor(paths: StorePaths) {
    this.#paths = paths
  }

  /** What the ledgers record of a blob; the manifest's size is not among it. @throws disk.* */
  of(sha256: Sha256): BlobRecords {
    this.#readProofs()
    this.#readDigests()
    const size_bytes = this.#sizes.get(sha256) ?? null
    return { ...NO_RECORDS, ...this.#readings.get(sha256), size_bytes }
  }

  /** The file at its last reading or first look, with all that was recorded of it. @throws disk.* */
  seen(sha256: Sha256): SeenFile | null {
    this.#readProofs()
    return this.#readings.get(sha256)?.seen ?? null
  }

  /**
   * Blobs whose last reading was bad, with the file as it was then: the same object until that
   * changes. Lines that tell of good ones are passed over unread, so that this is quick.
   * @throws disk.*
   */
  bad(): ReadonlyMap<string, SeenFile | null> {
    const from = offsetIn(this.#paths.proofs, this.#quick)
    if (from === null) return (this.#bad = this.#bad.size === 0 ? this.#bad : new Map())
    if (from.offset === this.#quick?.end && this.#isAtEnd(from.offset)) return this.#bad
    const { text, end } = wholeLines(this.#paths.proofs, from.offset)
    this.#quick = { ino: from.ino, end }
    const before = from.offset === 0 ? new Map<string, SeenFile | null>() : this.#bad
    if (before.size === 0 && !NOT_GOOD.test(text)) {
      return this.#bad.size === 0 ? this.#bad : (this.#bad = before)
    }
    return (this.#bad = badAfter(before, text))
  }

  #isAtEnd(offset: number): boolean {
    return fs.statSync(this.#paths.proofs, { throwIfNoEntry: false })?.size === offset
  }

  #readProofs(): void {
    const from = offsetIn(this.#paths.proofs, this.#proofs)
    if (from === null || from.offset === 0) this.#readings.clear()
    if (from === null) return
    const { records, end } = readLines(this.#paths.proofs, ProofRecord, from.offset)
    for (const proof of records) {
      if (proof.location !== LOCAL) continue
      this.#readings.set(proof.sha256, nextReading(this.#readings.get(proof.sha256), proof))
    }
    this.#proofs = { ino: from.ino, end }
  }

  #readDigests(): void {
    const from = offsetIn(this.#paths.digests, this.#digests)
    if (from === null || from.offset === 0) this.#sizes.clear()
    if (from === null) return
    const { records, end } = readLines(this.#paths.digests, DigestRecord, from.offset)
    for (const { sha256, size_bytes } of records) {
      if (size_bytes !== undefined) this.#sizes.set(sha256, size_bytes)
    }
    this.#digests = { ino: from.ino, end }
  }
}

/** What the records of a blob and one `stat` show about its bytes, without reading them. */
import type { Integrity } from '../../schemas/inventory.ts'

/**
 * A blob that is newer than its proof by no more than this got its times from its own publication.
 */
const SLACK_MS = 2000
const NS_PER_MS = 1_000_000n

/** Size and modification time, the time in decimal nanoseconds. */
export interface SizeAndTime {
  readonly size_bytes: number
  readonly mtime_ns: string
}

/** What is recorded of one blob. */
export interface BlobRecords {
  /** What the last reading showed; null where it was never read. */
  readonly good: boolean | null
  /** When that was. */
  readonly at: string | null
  /** The file as it was then, or, where it was never read, its baseline. */
  readonly seen: SizeAndTime | null
  /** The size by the ledger of digests, else by the manifest; null where neither has one. */
  readonly size_bytes: number | null
}

/** Records of which there are none. */
export const NO_RECORDS: BlobRecords = { good: null, at: null, seen: null, size_bytes: null }

function isAsSeen(file: SizeAndTime, seen: SizeAndTime): boolean {
  return file.size_bytes === seen.size_bytes && file.mtime_ns === seen.mtime_ns
}

/** Reports whether a file was modified after a good proof that did not record its mtime. */
function isYounger(file: SizeAndTime, at: string | null): boolean {
  const proven = at === null ? NaN : Date.parse(at)
  return Number(BigInt(file.mtime_ns) / NS_PER_MS) > proven + SLACK_MS
}

/** The size that the bytes must have: a good reading knows best. */
function expectedSize({ good, seen, size_bytes }: BlobRecords): number | null {
  if (good === true && seen !== null) return seen.size_bytes
  return size_bytes ?? (good === null ? (seen?.size_bytes ?? null) : null)
}

/**
 * Judges a blob that is present. A bad reading holds as long as the file is the one that was read.
 */
export function integrityOf(file: SizeAndTime, records: BlobRecords): Integrity {
  const { good, at, seen } = records
  if (good === false && (seen === null || isAsSeen(file, seen))) return 'bad'
  const expected = expectedSize(records)
  if (expected !== null && expected !== file.size_bytes) return 'bad'
  if (good === false) return 'changed'
  if (seen === null)
    return good === true ? (isYounger(file, at) ? 'changed' : 'good') : 'unverified'
  if (seen.mtime_ns !== file.mtime_ns) return 'changed'
  return good === true ? 'good' : 'unverified'
}

/** Whether the store holds whole bytes under a digest that is about to arrive again. */
import { isAppError } from '../../../schemas/errors.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { ProofRecord } from '../../../schemas/records.ts'
import { systemClock, timestampOf } from '../../platform/clock.ts'
import {
  identityAt,
  isUnchanged,
  isUntouched,
  seenFile,
  type FileIdentity,
} from '../../platform/file-identity.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import { integrityOf } from '../../store/blob-integrity.ts'
import type { StoreReader } from '../../store/store-reader.ts'

/** What stands under a digest in the store. */
export type Judged =
  | { readonly is: 'absent' }
  | {
      readonly is: 'good' | 'bad'
      readonly file: FileIdentity
      /** What reading it back showed, to be written down; null where it was not read. */
      readonly proof: ProofRecord | null
    }

/** What judging needs. */
export interface JudgeContext {
  readonly store: { readonly reader: StoreReader }
  readonly pool: HashPool
}

/** What the records tell without reading: only a good reading of this very file is believed. */
function byRecords(
  reader: StoreReader,
  sha256: Sha256,
  file: FileIdentity,
  size_bytes: number,
): 'good' | 'bad' | null {
  if (file.size_bytes !== size_bytes) return 'bad'
  const seen = reader.seen(sha256)
  const { good } = reader.records(sha256)
  if (seen === null || file.ino === 0n) return null
  if (good === true && isUntouched(file, seen)) return 'good'
  return good === false && isUnchanged(file, seen) ? 'bad' : null
}

/**
 * Judges the blob of a digest: by its records where they tell of this very file, else by reading
 * it back. One that the disk cannot read is bad. Changes nothing.
 * @param size_bytes the size that the digest's bytes have
 * @throws job.cancelled
 */
export async function judgeBlob(
  { store: { reader }, pool }: JudgeContext,
  sha256: Sha256,
  size_bytes: number,
  signal: AbortSignal,
): Promise<Judged> {
  const path = reader.paths.blob(sha256)
  const file = identityAt(path)
  if (file === null) return { is: 'absent' }
  const known = byRecords(reader, sha256, file, size_bytes)
  if (known !== null) return { is: known, file, proof: null }
  const good = await pool.hash(path, { signal, blake3: false }).then(
    (read) => read.sha256 === sha256,
    (error: unknown) => {
      if (isAppError(error, 'disk.failed')) return false
      throw error
    },
  )
  const at = timestampOf(systemClock)
  const proof = {
    sha256,
    location: 'local',
    good,
    how: 'read_back',
    at,
    seen: seenFile(file),
  } as const
  return { is: good ? 'good' : 'bad', file, proof }
}

/**
 * Says what stands there now: as it was judged, or, where it came or changed since, by its records.
 * @returns `unknown` where only reading it again would tell
 */
export function stillJudged(
  reader: StoreReader,
  sha256: Sha256,
  judged: Judged,
): Judged['is'] | 'unknown' {
  const file = identityAt(reader.paths.blob(sha256))
  if (file === null) return 'absent'
  if (judged.is !== 'absent' && isUnchanged(file, seenFile(judged.file))) return judged.is
  const { size_bytes, mtime_ns } = seenFile(file)
  const known = integrityOf({ size_bytes, mtime_ns }, reader.records(sha256))
  return known === 'good' ? 'good' : 'unknown'
}

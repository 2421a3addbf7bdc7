/** Judges the blob that the store already has under the digest of arriving bytes. */
import { isAppError } from '../../../schemas/errors.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { CopyReading } from '../../../schemas/records.ts'
import { systemClock, timestampOf } from '../../platform/clock.ts'
import {
  identityAt,
  isUnchanged,
  isUntouched,
  seenFile,
  type FileIdentity,
} from '../../platform/file-identity.ts'
import { integrityOf } from '../../store/blob-integrity.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { readBack } from '../locations/read-back.ts'
import { storeLocation, type StoreLocationContext } from '../locations/store-location.ts'

/** Arriving bytes. */
export interface ArrivingBytes {
  readonly sha256: Sha256
  readonly size_bytes: number
}

/** What the store has under a digest. */
export type Judged =
  | { readonly is: 'absent' }
  | {
      readonly is: 'good' | 'bad'
      readonly file: FileIdentity
      /** The result of reading it back, to be recorded; null where it was not read. */
      readonly reading: CopyReading | null
    }

/** Judges by the records without reading: only a good reading of this very file counts. */
function byRecords(
  reader: StoreReader,
  { sha256, size_bytes }: ArrivingBytes,
  file: FileIdentity,
): 'good' | 'bad' | null {
  if (file.size_bytes !== size_bytes) return 'bad'
  const seen = reader.seen(sha256)
  const { good } = reader.records(sha256)
  if (seen === null || file.ino === 0n) return null
  if (good === true && isUntouched(file, seen)) return 'good'
  return good === false && isUnchanged(file, seen) ? 'bad' : null
}

/** The record of a blob that could not be read. */
function failedReading(sha256: Sha256, file: FileIdentity): CopyReading {
  const at = timestampOf(systemClock)
  return { event: 'read', sha256, good: false, how: 'read_back', at, seen: seenFile(file) }
}

/**
 * Judges the blob of a digest: by its records if they are of this very file, else by reading it
 * back. One that cannot be read is bad. Changes nothing.
 * @throws job.cancelled
 */
export async function judgeBlob(
  ctx: StoreLocationContext,
  arriving: ArrivingBytes,
  signal: AbortSignal,
): Promise<Judged> {
  const { sha256 } = arriving
  const { reader } = ctx.store
  const file = identityAt(reader.paths.blob(sha256))
  if (file === null) return { is: 'absent' }
  const known = byRecords(reader, arriving, file)
  if (known !== null) return { is: known, file, reading: null }
  try {
    const { good, digests, record } = await readBack(storeLocation(ctx), sha256, { signal })
    return { is: good ? 'good' : 'bad', file: digests, reading: record }
  } catch (error) {
    if (!isAppError(error, 'disk.failed')) throw error
    return { is: 'bad', file, reading: failedReading(sha256, file) }
  }
}

/**
 * Judges the blob again: as before if it is unchanged, else by its records.
 * @returns `unknown` where only reading it again would show
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

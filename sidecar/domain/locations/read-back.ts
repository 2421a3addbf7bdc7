/** Reads a copy back: the only proof that its bytes match its digest. */
import type { Sha256 } from '../../../schemas/ids.ts'
import type { CopyReading } from '../../../schemas/records.ts'
import { systemClock, timestampOf } from '../../platform/clock.ts'
import { seenFile } from '../../platform/file-identity.ts'
import type { Digests, HashOptions } from '../../platform/hash-pool.ts'
import type { Location } from './location.ts'

/** The result of reading a copy. */
export interface ReadBack {
  readonly good: boolean
  readonly digests: Digests
  /** The record for the ledger of the location. */
  readonly record: CopyReading
}

/**
 * Reads a copy whose key is its digest, and compares.
 * @throws as the location's `hash`
 */
export async function readBack(
  location: Pick<Location, 'hash'>,
  sha256: Sha256,
  options: HashOptions = {},
): Promise<ReadBack> {
  const digests = await location.hash(sha256, { ...options, blake3: false })
  const good = digests.sha256 === sha256
  const record: CopyReading = {
    ...{ event: 'read', sha256, good, how: 'read_back' },
    at: timestampOf(systemClock),
    seen: seenFile(digests),
  }
  return { good, digests, record }
}

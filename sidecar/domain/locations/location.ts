/**
 * The port to everything that can hold bytes of models: the store and folders of files now, backup
 * disks, buckets and other machines later. `tests/contract/location.ts` is the contract of all.
 */
import type { Sha256 } from '../../../schemas/ids.ts'
import type { LocationId, LocationKind } from '../../../schemas/locations.ts'
import type { FileIdentity } from '../../platform/file-identity.ts'
import type { Digests, HashOptions } from '../../platform/hash-pool.ts'

/**
 * Names a file within its location: the digest in the store, the path with `/` between parts in a
 * folder.
 */
export type FileKey = string

/** A file of a location. */
export interface ListedFile {
  readonly key: FileKey
  readonly identity: FileIdentity
  /** Null where the location does not report it; nothing was read for it. */
  readonly sha256: Sha256 | null
}

/** Bytes on the volume of a location. */
export interface LocationSpace {
  readonly free_bytes: number
  readonly total_bytes: number
}

/**
 * A readable location. Links within it are followed to regular files only; a key that leads out of
 * the location counts as missing.
 */
export interface Location {
  readonly id: LocationId
  readonly kind: LocationKind
  /** Reports whether the location is reachable now; never throws. */
  isOnline(): Promise<boolean>
  /** Returns null where no size is reported, as by a bucket. @throws path.offline, disk.* */
  space(): Promise<LocationSpace | null>
  /** Every file, each once. @throws path.offline, job.cancelled, disk.* */
  list(signal: AbortSignal): AsyncIterable<ListedFile>
  /** Returns null for a missing file. @throws input.invalid for a bad key, path.offline, disk.* */
  stat(key: FileKey): Promise<FileIdentity | null>
  /** Returns up to `bytes` from the beginning. @throws as {@link hash} */
  head(key: FileKey, bytes: number): Promise<Uint8Array>
  /**
   * Reads the whole file.
   * @throws input.invalid for a bad key, import.source_not_found, import.source_changed
   * @throws path.offline, job.cancelled, disk.*
   */
  hash(key: FileKey, options?: HashOptions): Promise<Digests>
  /**
   * Makes `to`, an absolute path that must not exist, a complete, flushed copy. After a failure it
   * is gone.
   * @throws as {@link hash}, disk.full
   */
  fetch(key: FileKey, to: string, options?: HashOptions): Promise<Digests>
}

/** How bytes are put into a location. */
export interface PutOptions extends Pick<HashOptions, 'signal' | 'onBytes'> {
  /** The digest that the bytes must have; whatever they have where absent. */
  readonly sha256?: Sha256 | undefined
}

/** Bytes that a location has, by this put or since before. */
export interface PutResult {
  readonly sha256: Sha256
  readonly was: 'put' | 'there'
}

/** A writable location. */
export interface WritableLocation extends Location {
  /**
   * Stores bytes under their digest: they become visible only complete and proven, and an existing
   * copy is kept. `onBytes` gets the number of bytes that have arrived; `signal` is checked between
   * pieces, so the source of the bytes must observe it itself.
   * @throws blob.integrity_mismatch where the bytes have another digest; then nothing is stored
   * @throws path.offline, store.locked, job.cancelled, disk.*, what `bytes` throws
   */
  put(bytes: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<PutResult>
}

/** The input of doctor's checks. */
import type { VerifyResult } from '../../../schemas/inventory.ts'
import type { DoctorRequest, Finding } from '../../../schemas/store.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { RecheckResult } from '../imports/recheck-in-place.ts'
import type { Work } from '../progress.ts'
import type { LinesContext } from './broken-lines.ts'
import type { BlobCheckContext } from './check-blobs.ts'

/** The dependencies of doctor. */
export interface DoctorContext extends BlobCheckContext, LinesContext {
  readonly pool: HashPool
  /** Reads all blobs back. */
  readonly verifyAll: (work: Work) => Promise<VerifyResult>
  /** Reconciles the index with the disk; returns how many of its rows were wrong. */
  readonly reconcileIndex: () => Promise<number>
  /** Folders of the user from which this store imported files. */
  readonly importSourceFolders: () => readonly string[]
  readonly rebuildIndex: (work: Work) => Promise<void>
  /** Checks all blobs that came in without being copied; `repair`: evicts changed ones. */
  readonly recheckInPlace: (work: Work, repair: boolean) => Promise<RecheckResult>
}

/** One run of doctor. */
export interface Examination {
  readonly ctx: DoctorContext
  readonly reader: StoreReader
  readonly request: DoctorRequest
  readonly work: Work
}

/** A check, which also repairs on request. */
export type Check = (examination: Examination) => Promise<Finding[]> | Finding[]

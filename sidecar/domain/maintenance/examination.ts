/** What doctor's checks are given. */
import type { VerifyResult } from '../../../schemas/inventory.ts'
import type { DoctorRequest, Finding } from '../../../schemas/store.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { LookResult } from '../imports/look-again.ts'
import type { Work } from '../progress.ts'
import type { LinesContext } from './broken-lines.ts'
import type { BlobCheckContext } from './check-blobs.ts'

/** What doctor needs beside the store. */
export interface DoctorContext extends BlobCheckContext, LinesContext {
  readonly pool: HashPool
  /** Reads all blobs back. */
  readonly verifyAll: (work: Work) => Promise<VerifyResult>
  /** Holds the index against the disk and repairs it; says how many rows that it had were wrong. */
  readonly reconcileIndex: () => Promise<number>
  /** Folders of a person's, from which this store has taken files. */
  readonly importSourceFolders: () => readonly string[]
  readonly rebuildIndex: (work: Work) => Promise<void>
  /** Looks again at all blobs that came in as they were; `repair`: takes changed ones out. */
  readonly lookAgain: (work: Work, repair: boolean) => Promise<LookResult>
}

/** One run of doctor. */
export interface Examination {
  readonly ctx: DoctorContext
  readonly reader: StoreReader
  readonly request: DoctorRequest
  readonly work: Work
}

/** A check, which repairs what it is asked to. */
export type Check = (examination: Examination) => Promise<Finding[]> | Finding[]

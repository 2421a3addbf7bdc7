/** Links that are not made because their blobs are missing or bad. */
import type { StoreReader } from '../../store/store-reader.ts'
import type { ScanMode, ScannedView } from './scanned-view.ts'
import type { Absent, PlannedLink } from '../../../schemas/view-files.ts'

/** The input of the search for missing blobs. */
export interface BlobQuestion {
  readonly links: ScannedView['links']
  readonly mode: ScanMode
  /** Blobs whose last reading was bad. */
  readonly bad: ReadonlyMap<string, unknown>
}

/**
 * Finds why links are missing. For existing links only bad readings count, unless the scan is full.
 */
export class MissingBlobs {
  readonly #reader: StoreReader
  readonly #question: BlobQuestion
  readonly #isAway: boolean

  constructor(reader: StoreReader, question: BlobQuestion) {
    this.#reader = reader
    this.#question = question
    this.#isAway = reader.parts.blobsAreAway()
  }

  /** Returns why a link is not made; null where it is. */
  why({ sha256, path }: PlannedLink): Absent['reason'] | null {
    const { links, mode, bad } = this.#question
    const isTrusted = mode === 'incremental' && links.get(path)?.sha256 === sha256
    if (isTrusted && !bad.has(sha256)) return null
    if (!this.#reader.hasBlob(sha256)) return this.#isAway ? 'offline' : 'missing'
    return this.#reader.isBad(sha256) ? 'bad' : null
  }
}

/**
 * Blobs that came into the store in place, that is, without their bytes being copied: another program
 * may still hold them open, so they are checked again later. `data/ledger/in_place.jsonl`.
 */
import type * as v from 'valibot'
import type { Sha256 } from '../../schemas/ids.ts'
import { InPlaceRecord } from '../../schemas/records.ts'
import type { SeenFile } from '../../schemas/records.ts'
import { readLines } from './lines.ts'

/** A blob that came in without being copied. */
export interface InPlaceBlob {
  readonly sha256: Sha256
  /** Where it came from: absolute, or relative to the root. */
  readonly from: string
  /** The mode that the file had there. */
  readonly mode: number
  /** When it came. */
  readonly at: string
  /** The file as it was when its digest was last computed. */
  readonly seen: Pick<SeenFile, 'size_bytes' | 'mtime_ns'>
}

/** Reads the ledger; remembers how far it has read. */
export class InPlaceLedger {
  readonly #path: string
  readonly #blobs = new Map<Sha256, InPlaceBlob>()
  #end = 0

  constructor(path: string) {
    this.#path = path
  }

  /** The blobs that came in without being copied and were not evicted since. */
  blobs(): readonly InPlaceBlob[] {
    const read = readLines(this.#path, InPlaceRecord, this.#end)
    for (const record of read.records) this.#take(record)
    this.#end = read.end
    return [...this.#blobs.values()]
  }

  #take(record: v.InferOutput<typeof InPlaceRecord>): void {
    const known = this.#blobs.get(record.sha256)
    if (record.event === 'evicted') this.#blobs.delete(record.sha256)
    else if (record.event === 'arrived') this.#blobs.set(record.sha256, record)
    else if (known !== undefined) this.#blobs.set(record.sha256, { ...known, seen: record.seen })
  }
}

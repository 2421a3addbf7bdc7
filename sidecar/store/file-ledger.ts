/** Files of locations that are not the store's: `data/ledger/files/<location>.jsonl`. */
import type { RelativePath, Sha256, Uuid } from '../../schemas/ids.ts'
import { FileRecord, type SeenFile } from '../../schemas/records.ts'
import { LedgerCursor } from './ledger-cursor.ts'
import { readLines } from './lines.ts'

/** A file as the ledger records it: a path, with or without a digest. */
export interface KnownFile {
  /** Stays when the digest becomes known, and when the file moves within its location. */
  readonly id: Uuid
  /** Relative to the location, `/` between parts. */
  readonly path: RelativePath
  /** The file when it was last inspected or hashed. */
  readonly seen: SeenFile
  /** Null until it is hashed, and again once it has changed. */
  readonly sha256: Sha256 | null
}

/** The files of one location. */
export interface KnownFiles {
  readonly byId: ReadonlyMap<Uuid, KnownFile>
  /** The files that hold the bytes of a digest, as they were when they were hashed. */
  of(sha256: Sha256): readonly KnownFile[]
}

const isSameFile = (a: SeenFile, b: SeenFile) =>
  a.size_bytes === b.size_bytes && a.mtime_ns === b.mtime_ns && a.ino === b.ino

/**
 * Returns what is known of a file after one more record of its ledger: null where it is gone or was
 * never seen. Its digest holds as long as the file is the one that was hashed.
 */
export function fileAfter(known: KnownFile | null, record: FileRecord): KnownFile | null {
  if (record.event === 'gone') return null
  const { id, seen } = record
  if (record.event === 'hashed')
    return known === null ? null : { ...known, sha256: record.sha256, seen }
  const kept = known !== null && isSameFile(known.seen, seen) ? known.sha256 : null
  return { id, path: record.path, seen, sha256: kept }
}

/** One ledger; remembers how far it has read. */
class OneLedger implements KnownFiles {
  readonly byId = new Map<Uuid, KnownFile>()
  readonly #byDigest = new Map<Sha256, Set<Uuid>>()
  readonly #cursor: LedgerCursor

  constructor(path: string) {
    this.#cursor = new LedgerCursor([path])
  }

  of(sha256: Sha256): readonly KnownFile[] {
    return [...(this.#byDigest.get(sha256) ?? [])].flatMap((id) => this.byId.get(id) ?? [])
  }

  refresh(): this {
    const { restarted, parts } = this.#cursor.next()
    if (restarted) {
      this.byId.clear()
      this.#byDigest.clear()
    }
    for (const part of parts) {
      const { records, end } = readLines(part.path, FileRecord, part.offset)
      this.#cursor.advance(part, end)
      for (const record of records) this.#take(record)
    }
    return this
  }

  #take(record: FileRecord): void {
    this.#set(record.id, fileAfter(this.byId.get(record.id) ?? null, record))
  }

  #set(id: Uuid, file: KnownFile | null): void {
    const former = this.byId.get(id)?.sha256 ?? null
    if (former !== null) this.#byDigest.get(former)?.delete(id)
    if (file === null) {
      this.byId.delete(id)
      return
    }
    this.byId.set(id, file)
    if (file.sha256 === null) return
    const ids = this.#byDigest.get(file.sha256) ?? new Set<Uuid>()
    this.#byDigest.set(file.sha256, ids.add(id))
  }
}

/** The ledgers of files, by path. */
export class FileLedgers {
  readonly #ledgers = new Map<string, OneLedger>()

  /**
   * The files that the ledger at a path lists now; none where there is no ledger.
   * @throws disk.*
   */
  read(path: string): KnownFiles {
    const ledger = this.#ledgers.get(path) ?? new OneLedger(path)
    this.#ledgers.set(path, ledger)
    return ledger.refresh()
  }
}

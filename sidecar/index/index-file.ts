/** The index: a copy of what the store says, kept in one SQLite file for quick questions. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../schemas/errors.ts'
import type { Sha256 } from '../../schemas/ids.ts'
import type { InventoryItem, InventoryQuery } from '../../schemas/inventory.ts'
import type { Clock } from '../platform/clock.ts'
import { diskError } from '../platform/disk-error.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { ChangeSet } from '../store/change-set.ts'
import { isDamage, type IndexDatabase } from './database.ts'
import { follow } from './follow.ts'
import { IndexConnection, ReplacedError } from './index-connection.ts'
import { dumpTables, type Dump } from './dump-tables.ts'
import { listBlobs, SearchCounts } from './list-blobs.ts'
import { countersOf, itemsOf, summaryOf, type IndexSummary } from './read-items.ts'
import { refreshBlobs } from './refresh-blob.ts'
import { brokenJournalLines, isJournalAhead, refreshOperations } from './refresh-journal.ts'
import { brokenLedgerLines } from './refresh-ledgers.ts'
import { mayHideReferences, type BrokenLines } from './sources.ts'
import { sweepWork, type SweepState } from './sweep.ts'
import { NOT_READ_YET, type BlobRow, type RefRow } from './tables.ts'

/** Work of a check goes on for so long before others get their turn. */
const SLICE_MS = 25
/** Rows that were held against the disk this recently answer without another look. */
const FRESH_MS = 3000
/** So long a question waits for such a look. */
const PATIENCE_MS = 250
/** A check begins anew with so many files in the place of one that is no good, then gives up. */
const MOST_FILES = 5

/** How an index is opened. */
export interface IndexOptions {
  readonly path: string
  /** What {@link Index.complete} reads the store with. */
  readonly reader: StoreReader
  readonly clock: Clock
  /** Nobody watches the store for this process. */
  readonly unwatched?: boolean
}

/** Stops long work, and hears where it stands. */
export interface SweepOptions {
  readonly signal?: AbortSignal
  /** Compares each blob with its row, also where that is not due yet. */
  readonly thorough?: boolean
  readonly report?: (progress: {
    readonly stage: string
    readonly done: number
    readonly total: number | null
    readonly unit: 'blobs'
  }) => void
}

const NEW = 'new'
/** Begins tokens of acts whose holder is gone, or that could not be followed whole. */
const LEFT = 'left.'

/** A lock entry that refers to a blob. */
export type Reference = Omit<RefRow, 'ordinal' | 'sha256'>

/** An index that is not opened before something is asked of it. */
export function openIndex(options: IndexOptions): Index {
  return new Index(options)
}

/**
 * The index of one store. Questions are answered at once, from whatever rows there are; what
 * changed on disk is taken over by {@link catchUp} after our own acts and by {@link sweep} else.
 */
export class Index implements Disposable {
  readonly #path: string
  readonly #connection: IndexConnection
  readonly #reader: StoreReader
  readonly #clock: Clock
  readonly #unwatched: boolean
  readonly #searches = new SearchCounts()
  /** Stands in the file while an act of this process goes on. */
  #token: string | null = null
  /** True where an act could not be followed, and the file could not even be told. */
  #lost = false
  /** True where an act of this process finishes what a crash left open: nobody tells what that is. */
  #finishing = false
  /** Checks one after the other. */
  #checks: Promise<unknown> = Promise.resolve()
  /** A sweep that has not begun yet: it sees all that is on disk by now. */
  #nextSweep: Promise<number> | null = null
  /** True once this process has held the index against the whole disk. */
  #swept = false
  #sweptAt = -Infinity
  /** The next sweep compares the blobs themselves. */
  #thorough = false

  constructor({ path, reader, clock, unwatched = false }: IndexOptions) {
    this.#unwatched = unwatched
    this.#path = path
    this.#connection = new IndexConnection(path, reader.parts)
    this.#reader = reader
    this.#clock = clock
  }

  #isOffline(): boolean {
    return this.#reader.parts.look().offline.length > 0
  }

  /** Looks once more, but lets nobody wait for long: what takes longer answers the next question. */
  async #sweepQuickly(): Promise<void> {
    const sweep = this.sweep(this.#reader).catch(() => undefined)
    await Promise.race([sweep, sleep(PATIENCE_MS, undefined, { ref: false })])
  }

  get #now(): string {
    return new Date(this.#clock.now()).toISOString()
  }

  /**
   * Notes that somebody is about to change the store; call it under the store lock. What a crash
   * then leaves behind is found by {@link isBehind}. Never fails: the index is only a copy.
   */
  markBehind(): void {
    try {
      this.#finishing = this.#reader.openHere().length > 0
      const token = randomUUID()
      this.#connection.change((db) => {
        // Whoever holds the lock knows that all the others are gone.
        const gone = `token <> '${NEW}' AND token NOT LIKE '${LEFT}%'`
        db.run(`UPDATE cache_behind SET token = '${LEFT}' || token WHERE ${gone}`)
        db.run('INSERT INTO cache_behind VALUES (?)', token)
      })
      this.#token = token
    } catch {
      this.#lost = true
    }
  }

  /**
   * Takes over what an act has touched; call it under the store lock that was held for
   * {@link markBehind}. Never fails: what could not be taken over leaves the index behind.
   */
  catchUp(touched: ChangeSet, reader: StoreReader): void {
    try {
      this.#connection.change((db) => {
        const left = !hasAllRows(db) || follow(db, touched, reader)
        const sql =
          left || this.#finishing
            ? `UPDATE cache_behind SET token = '${LEFT}' || token WHERE token = ?`
            : 'DELETE FROM cache_behind WHERE token = ?'
        if (this.#token !== null) db.run(sql, this.#token)
      })
    } catch {
      this.#lost = true
    } finally {
      this.#token = null
      this.#finishing = false
    }
  }

  /** Says whether something on disk may not have been taken over: {@link sweep} mends that. */
  isBehind(): boolean {
    if (this.#lost) return true
    const sql = `
      SELECT 1 FROM cache_behind WHERE token IS NOT ?
      UNION ALL SELECT 1 FROM cache_dirty LIMIT 1`
    return this.#connection.on((db) => db.row(sql, this.#token)) !== undefined
  }

  /** Says whether the whole store was ever read into this file. */
  isComplete(): boolean {
    return this.#connection.on(hasAllRows)
  }

  /** Where nobody watches, only the first look tells what changed while no process was there. */
  #mayBeOld(): boolean {
    return this.isBehind() || (this.#unwatched && !this.#swept)
  }

  /**
   * Waits until the whole store was read once, and until what a crash left behind, or what nobody
   * watched, was taken over; from then on it costs nothing. Where that fails, old rows answer.
   */
  async complete(): Promise<void> {
    if (this.#isOffline()) return
    await this.#connection.makeFolder()
    this.#connection.discardIfThinned()
    if (!this.isComplete()) await this.sweep(this.#reader)
    else if (this.#mayBeOld()) await this.sweep(this.#reader).catch(() => undefined)
    else if (performance.now() - this.#sweptAt > FRESH_MS) await this.#sweepQuickly()
  }

  /**
   * Holds the index against the disk as it is from now on, and takes over what changed, in short
   * slices between which others go on. No model is read. Sweeps that wait for another are one.
   * While a part of the store is offline, nothing is taken over.
   * @returns how many rows were wrong
   */
  async sweep(reader: StoreReader, options: SweepOptions = {}): Promise<number> {
    this.#thorough ||= options.thorough === true
    this.#nextSweep ??= this.#inTurn(() => {
      this.#nextSweep = null
      return this.#sweep(reader, false, options)
    })
    return this.#nextSweep
  }

  /**
   * Makes every row anew from disk, as {@link sweep} does in slices. Until a row's turn comes, the
   * old one answers.
   */
  async rebuild(reader: StoreReader, options: SweepOptions = {}): Promise<void> {
    await this.#inTurn(() => this.#sweep(reader, true, options))
  }

  async #inTurn<T>(check: () => Promise<T>): Promise<T> {
    const result = this.#checks.then(check)
    this.#checks = result.catch(() => undefined)
    return result
  }

  async #sweep(reader: StoreReader, everything: boolean, options: SweepOptions): Promise<number> {
    if (this.#isOffline()) return 0
    await this.#connection.makeFolder()
    for (let round = 1; ; round += 1) {
      try {
        // Once: what the file then has no room for is finished in memory.
        if (round === 1) this.#connection.leaveMemory(LEFT)
        return await this.#sweepOnce(reader, everything, options)
      } catch (error) {
        const isReplaced = error instanceof ReplacedError
        if (!isReplaced && !isDamage(error)) throw diskError(error, this.#path)
        if (round === MOST_FILES) throw isReplaced ? replacedError(this.#path) : error
        if (!isReplaced) this.#connection.discard()
      }
    }
  }

  async #sweepOnce(
    reader: StoreReader,
    everything: boolean,
    options: SweepOptions,
  ): Promise<number> {
    this.#connection.discardIfThinned()
    const db = this.#connection.database()
    const wasLost = this.#lost
    const thorough = this.#thorough
    this.#thorough = false
    // A token of an act that goes on elsewhere stays: it may change what was looked at already.
    const settled = `SELECT token FROM cache_behind WHERE token = '${NEW}' OR token LIKE '${LEFT}%'`
    const tokens = db.rows<{ token: string }>(settled)
    const state: SweepState = { changed: 0, done: 0, total: null }
    const work = sweepWork({ db, reader, everything, thorough }, state)
    db.building(everything || !hasAllRows(db))
    try {
      while (!this.#slice(db, work)) {
        options.report?.({ stage: 'indexing', done: state.done, total: state.total, unit: 'blobs' })
        await new Promise(setImmediate)
        options.signal?.throwIfAborted()
      }
    } finally {
      if (this.#connection.isOpen(db)) db.building(false)
    }
    this.#connection.changePart(db, () => {
      for (const { token } of tokens) db.run('DELETE FROM cache_behind WHERE token = ?', token)
    })
    if (wasLost) this.#lost = false
    this.#swept = true
    this.#sweptAt = performance.now()
    return state.changed
  }

  /** Goes on with work for a while, in one transaction; true where that was the end of it. */
  #slice(db: IndexDatabase, work: Generator<void>): boolean {
    return this.#connection.changePart(db, () => workFor(SLICE_MS, work))
  }

  /** A page of the inventory. */
  list(query: InventoryQuery): { total: number; items: InventoryItem[] } {
    return this.#connection.on((db) => {
      const page = listBlobs(db, query, this.#searches, this.#connection.version(db))
      const view = { now: this.#now, verification: query.include_verification }
      return { total: page.total, items: itemsOf(db, page.rows, view) }
    })
  }

  /** Counts and bytes over all. */
  summary(): IndexSummary {
    return this.#connection.on((db) => summaryOf(countersOf(db)))
  }

  #items(db: IndexDatabase, sql: string, ...cells: (string | number)[]): InventoryItem[] {
    return itemsOf(db, db.rows<BlobRow>(sql, ...cells), { now: this.#now, verification: true })
  }

  /** What is known of one blob; null where it is neither here nor wanted. */
  item(sha256: Sha256): InventoryItem | null {
    const sql = 'SELECT * FROM blobs WHERE sha256 = ?'
    const dirty = 'SELECT 1 FROM cache_dirty WHERE sha256 = ?'
    const isOld = this.#connection.on((db) => db.row(dirty, sha256)) !== undefined
    if (isOld) this.#connection.change((db) => refreshBlobs(db, this.#reader, [sha256]))
    return this.#connection.on((db) => this.#items(db, sql, sha256)[0] ?? null)
  }

  /** Blobs that are here and as recorded, so far as that is known, but of which no time is recorded. */
  unseen(limit: number): Sha256[] {
    const sql = `
      SELECT sha256 FROM blobs LEFT JOIN proofs USING (sha256)
      WHERE integrity IN ('good', 'unverified') AND seen_mtime IS NULL LIMIT ?`
    return this.#connection
      .on((db) => db.rows<{ sha256: Sha256 }>(sql, limit))
      .map((row) => row.sha256)
  }

  /** Blobs that are not as they were last read: only reading them tells what they hold. */
  suspects(): { sha256: Sha256; size_bytes: number; modified_ms: number }[] {
    const asRead = `
      SELECT 1 FROM proofs WHERE proofs.sha256 = blobs.sha256 AND good = 0
      AND (seen_mtime IS NULL OR (seen_mtime, seen_bytes) = (mtime_ns, size_bytes))`
    const sql = `
      SELECT sha256, size_bytes, cast(mtime_ns AS INTEGER) / 1000000 AS modified_ms FROM blobs
      WHERE integrity IN ('changed', 'bad') AND NOT EXISTS (${asRead}) ORDER BY sha256`
    return this.#connection.on((db) => db.rows(sql))
  }

  /** The lock entries that refer to a blob, by pack. */
  refs(sha256: Sha256): Reference[] {
    const sql = `
      SELECT pack, dependency_id, filename, kind, size_bytes FROM refs
      WHERE sha256 = ? ORDER BY pack, ordinal`
    return this.#connection.on((db) => db.rows<Reference>(sql, sha256))
  }

  /**
   * Blobs that no lock refers to, the biggest first; none while a document that may refer to blobs
   * cannot be read.
   */
  orphans(limit = -1): InventoryItem[] {
    const sql = `
      SELECT * FROM blobs
      WHERE status = 'orphan' AND sha256 NOT IN (SELECT sha256 FROM cache_dirty)
      ORDER BY size_bytes DESC, sha256 DESC LIMIT ?`
    return this.#connection.on((db) => (this.#mayHide(db) ? [] : this.#items(db, sql, limit)))
  }

  /**
   * Places of documents that may refer to blobs and cannot be read, or whose state is not known:
   * they were not read yet, or a crash came in between.
   */
  unreadableReferences(): string[] {
    const sql = 'SELECT path FROM unreadable WHERE refers = 1 ORDER BY path'
    return this.#connection.on((db) => {
      const places = db.rows<{ path: string }>(sql).map((row) => row.path)
      return places.length === 0 && this.#mayHide(db) ? [NOT_READ_YET] : places
    })
  }

  #mayHide(db: IndexDatabase): boolean {
    if (this.#lost || this.#finishing || mayHideReferences(db)) return true
    const sql = `SELECT 1 FROM cache_behind WHERE token LIKE '${LEFT}%'`
    return db.row(sql) !== undefined
  }

  /** Asks about operations, once the table has all that the journal has by now. */
  operations<T>(ask: (db: IndexDatabase) => T): T {
    while (this.#connection.on((db) => isJournalAhead(db, this.#reader))) {
      this.#connection.change((db) => refreshOperations(db, this.#reader))
    }
    return this.#connection.on(ask)
  }

  /** Lines of journal and ledgers that are no records, as far as they were read. */
  brokenLines(): BrokenLines[] {
    return this.operations((db) => [
      ...brokenJournalLines(db, this.#reader),
      ...brokenLedgerLines(db, this.#reader),
    ])
  }

  /** Removes the file, and goes on in memory, so that a full disk has its room; false for none. */
  readonly giveUpFile = (): boolean => this.#connection.giveUpFile()

  /** Every row of every table that comes from disk, in one order: for comparing two indexes. */
  dump(): Dump {
    return this.#connection.on(dumpTables)
  }

  [Symbol.dispose](): void {
    this.#connection.close()
  }
}

function replacedError(path: string): AppError {
  return new AppError('disk.vanished', `${path} was replaced again and again`, {
    hint: 'Another program moves or removes it; end that, then repeat.',
  })
}

/** Goes on with work for so many milliseconds; true where that was the end of it. */
function workFor(ms: number, work: Generator<void>): boolean {
  const until = performance.now() + ms
  for (;;) {
    if (work.next().done === true) return true
    if (performance.now() >= until) return false
  }
}

/** Says whether the whole store was ever read into the file. */
function hasAllRows(db: IndexDatabase): boolean {
  return db.row(`SELECT 1 FROM cache_behind WHERE token = '${NEW}'`) === undefined
}

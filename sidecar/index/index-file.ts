/** The index: a copy of what the store says, kept in one SQLite file for quick questions. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ItemId, Sha256 } from '../../schemas/ids.ts'
import type { InventoryItem } from '../../schemas/inventory.ts'
import type { FacetsQuery, InventoryQuery } from '../../schemas/inventory-query.ts'
import type { Clock } from '../platform/clock.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { ChangeSet } from '../store/change-set.ts'
import { countFacets, type Facets } from './count-facets.ts'
import type { IndexDatabase } from './database.ts'
import { dumpTables, type Dump } from './dump-tables.ts'
import { follow } from './follow.ts'
import { hasAllRows } from './changes.ts'
import { Freshness } from './freshness.ts'
import { blobsIn, groupsOf } from './groups.ts'
import { IndexConnection } from './index-connection.ts'
import { listBlobs } from './list-blobs.ts'
import * as blobs from './read-blobs.ts'
import { itemsOf, summaryOf, type IndexSummary } from './read-items.ts'
import { refreshBlobs } from './refresh-blob.ts'
import { brokenJournalLines, isJournalAhead, refreshOperations } from './refresh-journal.ts'
import { brokenLedgerLines } from './refresh-ledgers.ts'
import { Remembered } from './remembered.ts'
import type { BlobRow } from './rows.ts'
import { NOT_READ_YET } from './schema.ts'
import { hidingPaths, type BrokenLines } from './sources.ts'
import { Reconciler, type ReconcileOptions } from './reconciler.ts'

/** Rows that were held against the disk this recently answer without another look. */
const FRESH_MS = 3000
/** So long a question waits for such a look. */
const PATIENCE_MS = 250
/** With more rows a look takes longer than a question should: it comes after the answer. */
const MAX_AWAITED_ROWS = 4096
const AFTER_ANSWER_MS = 50

/** How an index is opened. */
export interface IndexOptions {
  readonly path: string
  /** What {@link Index.complete} reads the store with. */
  readonly reader: StoreReader
  readonly clock: Clock
  /** Nobody watches the store for this process. */
  readonly unwatched?: boolean
}

/** Returns an index that is not opened before something is asked of it. */
export function openIndex(options: IndexOptions): Index {
  return new Index(options)
}

/**
 * The index of one store. Questions are answered at once, from whatever rows there are; what
 * changed on disk is taken over by {@link catchUp} after our own operations and by {@link reconcile} else.
 */
export class Index implements Disposable {
  readonly #options: IndexOptions
  readonly #connection: IndexConnection
  readonly #freshness: Freshness
  readonly #reconciler: Reconciler
  readonly #counts = new Remembered<number>()
  readonly #facets = new Remembered<Facets>()
  /** A look that comes after the answer. */
  #soon: NodeJS.Timeout | null = null

  constructor(options: IndexOptions) {
    const { path, reader } = options
    this.#options = options
    this.#connection = new IndexConnection(path, reader.parts)
    this.#freshness = new Freshness(this.#connection, reader)
    const parts = { path, connection: this.#connection, freshness: this.#freshness }
    this.#reconciler = new Reconciler(parts)
  }

  /**
   * Notes that the store is about to be changed; call it under the store lock. What a crash
   * then leaves behind is found by {@link isStale}. Never fails: the index is only a copy.
   */
  markStale(): void {
    this.#freshness.begin()
  }

  /**
   * Takes over what an operation has changed; call it under the store lock that was held for
   * {@link markStale}. Never fails: what could not be taken over leaves the index stale.
   */
  catchUp(changes: ChangeSet, reader: StoreReader): void {
    this.#freshness.end((db) => follow(db, changes, reader))
  }

  /** Says whether something on disk may not have been taken over: {@link reconcile} makes that good. */
  isStale(): boolean {
    return this.#freshness.isStale()
  }

  /** Reports whether the whole store was ever read into this file. */
  isComplete(): boolean {
    return this.#connection.on(hasAllRows)
  }

  /** Where nobody watches, only the first look tells what changed while no process was there. */
  #mayBeOld(): boolean {
    const wasNeverReconciled = this.#reconciler.sinceLast === null
    return this.isStale() || (this.#options.unwatched === true && wasNeverReconciled)
  }

  /**
   * Waits until the whole store was read once, and until what a crash left behind, or what nobody
   * watched, was taken over; from then on it costs nothing. Where that fails, old rows answer.
   */
  async complete(): Promise<void> {
    const { reader } = this.#options
    if (reader.parts.look().offline.length > 0) return
    await this.#connection.makeFolder()
    this.#connection.discardIfThinned()
    if (!this.isComplete()) await this.reconcile(reader)
    else if (this.#mayBeOld()) await this.reconcile(reader).catch(() => undefined)
    else if ((this.#reconciler.sinceLast ?? Infinity) > FRESH_MS) await this.#reconcileQuickly()
  }

  /** Looks once more, but lets nobody wait for long: what takes longer answers the next question. */
  async #reconcileQuickly(): Promise<void> {
    if (this.#connection.on((db) => blobsIn(groupsOf(db))) > MAX_AWAITED_ROWS) {
      this.#reconcileSoon()
      return
    }
    const reconcile = this.reconcile(this.#options.reader).catch(() => undefined)
    await Promise.race([reconcile, sleep(PATIENCE_MS, undefined, { ref: false })])
  }

  #reconcileSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = null
      void this.reconcile(this.#options.reader).catch(() => undefined)
    }, AFTER_ANSWER_MS).unref()
  }

  /**
   * Holds the index against the disk as it is from now on, and takes over what changed, in short
   * slices between which others go on. No model is read. Checks that wait for another are one.
   * While a part of the store is offline, nothing is taken over.
   * @returns how many rows were wrong
   */
  async reconcile(reader: StoreReader, options: ReconcileOptions = {}): Promise<number> {
    return this.#reconciler.reconcile(reader, options)
  }

  /**
   * Makes every row again from disk, as {@link reconcile} does in slices. Until a row's turn comes,
   * the old one answers.
   */
  async rebuild(reader: StoreReader, options: ReconcileOptions = {}): Promise<void> {
    await this.#reconciler.rebuild(reader, options)
  }

  /** A page of the inventory. */
  list(query: InventoryQuery): { total: number; items: InventoryItem[] } {
    return this.#connection.on((db) => {
      const counts = { known: this.#counts, version: this.#connection.version(db) }
      const page = listBlobs(db, query, counts)
      const items = this.#items(db, page.rows, query.include_verification)
      return { total: page.total, items }
    })
  }

  /** How many blobs have each value of each filter, among those that the others leave. */
  facets(query: FacetsQuery): Facets {
    return this.#connection.on((db) => {
      const count = () => countFacets(db, query)
      return this.#facets.get(JSON.stringify(query), this.#connection.version(db), count)
    })
  }

  /** Counts and bytes over all. */
  summary(): IndexSummary {
    return this.#connection.on((db) => summaryOf(groupsOf(db)))
  }

  #items(db: IndexDatabase, rows: readonly BlobRow[], verification = true): InventoryItem[] {
    const now = new Date(this.#options.clock.now()).toISOString()
    return itemsOf(db, rows, { now, verification })
  }

  /**
   * What is known of an item; null where it is neither here nor wanted. The id of a file gives the
   * row that holds it now: that of its digest, once it is hashed.
   */
  item(id: ItemId): InventoryItem | null {
    const { reader } = this.#options
    const item = this.#connection.on((db) => blobs.currentItem(db, id))
    const isOld = this.#connection.on((db) => blobs.isDirty(db, item))
    if (isOld) this.#connection.change((db) => refreshBlobs(db, reader, [item]))
    return this.#connection.on((db) => {
      const row = blobs.rowOfItem(db, item)
      return row === undefined ? null : (this.#items(db, [row])[0] ?? null)
    })
  }

  /**
   * Blobs that are here and as recorded, so far as that is known, but of which no time is recorded,
   * among those whose digests begin with the two digits of `shard`.
   */
  unseen(shard: string): Sha256[] {
    return this.#connection.on((db) => blobs.unseenBlobs(db, shard))
  }

  /** Blobs that are not as they were last read: only reading them tells what they hold. */
  suspects(): blobs.Suspect[] {
    return this.#connection.on(blobs.suspectBlobs)
  }

  /** The lock entries that refer to a blob, by pack. */
  refs(sha256: Sha256): blobs.Reference[] {
    return this.#connection.on((db) => blobs.referencesTo(db, sha256))
  }

  /**
   * Blobs that no lock refers to, the biggest first; none while a document that may refer to blobs
   * cannot be read.
   */
  orphans(limit = -1): InventoryItem[] {
    return this.#connection.on((db) =>
      this.#freshness.mayMissReferences(db) ? [] : this.#items(db, blobs.orphanRows(db, limit)),
    )
  }

  /**
   * Paths of documents that may refer to blobs and cannot be read, or whose state is not known:
   * they were not read yet, or a crash came in between.
   */
  unreadableReferences(): string[] {
    return this.#connection.on((db) => {
      const paths = hidingPaths(db)
      return paths.length === 0 && this.#freshness.mayMissReferences(db) ? [NOT_READ_YET] : paths
    })
  }

  /** Asks about operations, once the table has all that the journal has by now. */
  operations<T>(ask: (db: IndexDatabase) => T): T {
    const { reader } = this.#options
    while (this.#connection.on((db) => isJournalAhead(db, reader))) {
      this.#connection.change((db) => refreshOperations(db, reader))
    }
    return this.#connection.on(ask)
  }

  /** Lines of journal and ledgers that are no records, as far as they were read. */
  brokenLines(): BrokenLines[] {
    const { reader } = this.#options
    return this.operations((db) => [
      ...brokenJournalLines(db, reader),
      ...brokenLedgerLines(db, reader),
    ])
  }

  /** Removes the file, and goes on in memory, so that a full disk has its room; false for none. */
  readonly giveUpFile = (): boolean => this.#connection.giveUpFile()

  /** Every row of every table that comes from disk, in one order: for comparing two indexes. */
  dump(): Dump {
    return this.#connection.on(dumpTables)
  }

  [Symbol.dispose](): void {
    if (this.#soon !== null) clearTimeout(this.#soon)
    this.#connection.close()
  }
}

/** The index: a copy of the store's content in one SQLite file, for fast queries. */
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

/** Rows that were reconciled this recently answer without another check. */
const FRESH_MS = 3000
/** How long a query waits for such a check. */
const PATIENCE_MS = 250
/** With more rows a check takes too long for a query to wait: it runs after the answer. */
const MAX_AWAITED_ROWS = 4096
const AFTER_ANSWER_MS = 50

/** How an index is opened. */
export interface IndexOptions {
  readonly path: string
  /** The reader that {@link Index.complete} uses. */
  readonly reader: StoreReader
  readonly clock: Clock
  /** No watcher runs in this process. */
  readonly unwatched?: boolean
}

/** Returns an index that is opened by the first query. */
export function openIndex(options: IndexOptions): Index {
  return new Index(options)
}

/**
 * The index of one store. Queries are answered at once from the existing rows; changes on disk are
 * indexed by {@link catchUp} after our own operations and otherwise by {@link reconcile}.
 */
export class Index implements Disposable {
  readonly #options: IndexOptions
  readonly #connection: IndexConnection
  readonly #freshness: Freshness
  readonly #reconciler: Reconciler
  readonly #counts = new Remembered<number>()
  readonly #facets = new Remembered<Facets>()
  /** A check that runs after the answer. */
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
   * Notes that the store is about to be changed; call it under the store lock. After a crash in
   * between, {@link isStale} returns true. Never fails: the index is only a copy.
   */
  markStale(): void {
    this.#freshness.begin()
  }

  /**
   * Indexes what an operation has changed; call it under the store lock that was held for {@link
   * markStale}. Never fails: a change that could not be indexed leaves the index stale.
   */
  catchUp(changes: ChangeSet, reader: StoreReader): void {
    this.#freshness.end((db) => follow(db, changes, reader))
  }

  /** Reports whether something on disk may not be indexed yet: {@link reconcile} fixes that. */
  isStale(): boolean {
    return this.#freshness.isStale()
  }

  /** Reports whether the whole store was ever read into this file. */
  isComplete(): boolean {
    return this.#connection.on(hasAllRows)
  }

  /** Without a watcher, only the first check finds what changed while no process was running. */
  #mayBeOld(): boolean {
    const wasNeverReconciled = this.#reconciler.sinceLast === null
    return this.isStale() || (this.#options.unwatched === true && wasNeverReconciled)
  }

  /**
   * Waits until the whole store was read once, and until changes that a crash or a missing watcher
   * left out are indexed; from then on it costs nothing. If that fails, old rows answer.
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

  /** Reconciles, but makes no query wait for long: a longer check is for the next query. */
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
   * Compares the index with the disk and indexes what changed, in short slices that let other work
   * run. No model is read. Waiting checks are merged into one. While a part of the store is
   * offline, nothing is indexed.
   * @returns how many rows were wrong
   */
  async reconcile(reader: StoreReader, options: ReconcileOptions = {}): Promise<number> {
    return this.#reconciler.reconcile(reader, options)
  }

  /**
   * Rebuilds every row from disk, in slices like {@link reconcile}. Until a row is rebuilt, the old
   * one answers.
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

  /** How many blobs have each value of each filter, among those that pass the other filters. */
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
   * What is known of an item; null where it neither exists nor is referenced. The id of a file
   * returns the row that lists it now: that of its digest, once it is hashed.
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
   * Existing blobs that match their records, as far as known, but have no recorded time, among
   * those whose digests begin with the two digits of `shard`.
   */
  unseen(shard: string): Sha256[] {
    return this.#connection.on((db) => blobs.unseenBlobs(db, shard))
  }

  /** Blobs that differ from their last reading: only reading them again shows what they hold. */
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
   * Paths of documents that may refer to blobs and cannot be read, or whose state is unknown: they
   * were not read yet, or a crash interrupted that.
   */
  unreadableReferences(): string[] {
    return this.#connection.on((db) => {
      const paths = hidingPaths(db)
      return paths.length === 0 && this.#freshness.mayMissReferences(db) ? [NOT_READ_YET] : paths
    })
  }

  /** Runs a query about operations, once the table is up to date with the journal. */
  operations<T>(ask: (db: IndexDatabase) => T): T {
    const { reader } = this.#options
    while (this.#connection.on((db) => isJournalAhead(db, reader))) {
      this.#connection.change((db) => refreshOperations(db, reader))
    }
    return this.#connection.on(ask)
  }

  /** Lines of the journal and the ledgers that are not records, as far as these were read. */
  brokenLines(): BrokenLines[] {
    const { reader } = this.#options
    return this.operations((db) => [
      ...brokenJournalLines(db, reader),
      ...brokenLedgerLines(db, reader),
    ])
  }

  /**
   * Removes the file, and continues in memory, to free space on a full disk; false where there is
   * none.
   */
  readonly giveUpFile = (): boolean => this.#connection.giveUpFile()

  /** Every row that comes from disk, in a fixed order: for comparing two indexes. */
  dump(): Dump {
    return this.#connection.on(dumpTables)
  }

  [Symbol.dispose](): void {
    if (this.#soon !== null) clearTimeout(this.#soon)
    this.#connection.close()
  }
}

/** The connection of an index: opened on demand, and again where its file is unusable. */
import fs from 'node:fs'
import { dirname } from 'node:path'
import { ensureFolder } from '../platform/folders.ts'
import { diskError } from '../platform/disk-error.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import { hasAllRows, missChange } from './changes.ts'
import {
  copyToMemory,
  IN_MEMORY,
  isDamage,
  isUnwritable,
  openDatabase,
  openSomewhere,
  removeDatabase,
  type OpenedDatabase,
} from './open-database.ts'
import { hasOwnRows, prepareCounting } from './row-counts.ts'

/**
 * Counting rows may take 1/100 of the time: after a count of one millisecond, the next is due in 100.
 */
const COUNT_PAUSE_PER_MS = 100

/** Another program has replaced the file that was being worked on. */
export class ReplacedError extends Error {}

/**
 * One index file. A damaged one is discarded and recreated; while the disk is not writable, a copy
 * in memory is used.
 */
export class IndexConnection {
  readonly #path: string
  readonly #parts: StoreReader['parts']
  #opened: OpenedDatabase | null = null
  #writes = 0
  /** The state of the file in which its rows were counted. */
  #counted = ''
  /** The earliest time of the next count, by the clock of `performance`. */
  #countDue = -Infinity

  constructor(path: string, parts: StoreReader['parts']) {
    this.#path = path
    this.#parts = parts
  }

  /** The database; opened again where another program has replaced its file. */
  database(): IndexDatabase {
    const opened = this.#opened
    if (opened !== null && (opened.ino === IN_MEMORY || opened.ino === this.#inode())) {
      return opened.db
    }
    // An open file of a disconnected disk keeps answering; none is created at its mount point.
    if (opened !== null && this.#parts.look().offline.length > 0) return opened.db
    this.#parts.requireData()
    this.close()
    this.#opened = openSomewhere(this.#path)
    return this.#opened.db
  }

  /** Reports whether `db` is still the current database. */
  isOpen(db: IndexDatabase): boolean {
    return this.#opened?.db === db
  }

  #inode(): bigint | null {
    return fs.statSync(this.#path, { bigint: true, throwIfNoEntry: false })?.ino ?? null
  }

  async makeFolder(): Promise<void> {
    const folder = dirname(this.#path)
    if (!fs.existsSync(folder)) await ensureFolder(folder)
  }

  close(): void {
    const opened = this.#opened
    this.#opened = null
    opened?.db.close()
  }

  /** Runs `work`; if the file turns out to be damaged, once more on an empty one. @throws disk.* */
  on<T>(work: (db: IndexDatabase) => T): T {
    try {
      return work(this.database())
    } catch (error) {
      if (!isDamage(error)) throw diskError(error, this.#path)
      this.discard()
      return work(this.database())
    }
  }

  /** Discards the file; the next query creates an empty one. */
  discard(): void {
    this.close()
    removeDatabase(this.#path)
  }

  /** Changes rows; if the disk is not writable, those of a copy in memory. @throws disk.* */
  change<T>(work: (db: IndexDatabase) => T): T {
    this.#writes += 1
    const write = (db: IndexDatabase) => db.write(() => work(db))
    try {
      return this.on(write)
    } catch (error) {
      if (!this.#movesToMemory(error)) throw error
      return this.on(write)
    }
  }

  /**
   * As {@link change}, for one part of work that continues on the same database.
   * @throws ReplacedError where that has been replaced
   */
  changePart<T>(db: IndexDatabase, work: () => T): T {
    if (this.database() !== db) throw new ReplacedError()
    this.#writes += 1
    try {
      return db.write(work)
    } catch (error) {
      throw this.#movesToMemory(error) ? new ReplacedError() : error
    }
  }

  #movesToMemory(error: unknown): boolean {
    return isUnwritable(error) && this.#moveToMemory()
  }

  #moveToMemory(): boolean {
    const opened = this.#opened
    if (opened === null || opened.ino === IN_MEMORY) return false
    this.#opened = copyToMemory(opened.db)
    opened.db.close()
    return true
  }

  /** Removes the file and continues in memory; false where there is none. Never fails. */
  giveUpFile(): boolean {
    try {
      this.#moveToMemory()
      if (!fs.existsSync(this.#path)) return false
      removeDatabase(this.#path)
      return true
    } catch {
      return false
    }
  }

  /** Returns to the file once it is writable again; it lacks what was changed meanwhile. */
  leaveMemory(): void {
    if (this.#opened?.ino !== IN_MEMORY) return
    let file: IndexDatabase | null = null
    try {
      file = openDatabase(this.#path)
      missChange(file)
      const { ino } = fs.statSync(this.#path, { bigint: true })
      this.close()
      this.#opened = { db: file, ino }
    } catch (error) {
      file?.close()
      if (!isUnwritable(error)) throw error
    }
  }

  /**
   * Discards all rows if another program has removed some. They are counted once after foreign
   * writes, but not too often.
   */
  discardIfThinned(): void {
    if (performance.now() < this.#countDue) return
    const thinned = this.on((db) => {
      const version = `${String(db.foreignVersion())}.${String(this.#opened?.ino)}`
      if (version === this.#counted) return false
      this.#counted = version
      prepareCounting(db)
      const began = performance.now()
      const isWhole = !hasAllRows(db) || hasOwnRows(db)
      const ended = performance.now()
      this.#countDue = ended + COUNT_PAUSE_PER_MS * (ended - began)
      return !isWhole
    })
    if (thinned) this.discard()
  }

  /** A text that changes whenever rows may have changed. */
  version(db: IndexDatabase): string {
    return `${String(this.#writes)}.${String(db.foreignVersion())}.${String(this.#opened?.ino)}`
  }
}

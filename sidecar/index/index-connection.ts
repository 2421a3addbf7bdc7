/** The connection of an index: opened when it is asked, and again where its file is no good. */
import fs from 'node:fs'
import { dirname } from 'node:path'
import { ensureFolder } from '../platform/folders.ts'
import { diskError } from '../platform/disk-error.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import { missChange } from './changes.ts'
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

/** Counting rows may take this share of the time: a count of a millisecond is due after 20. */
const COUNT_PAUSE_PER_MS = 20

/** Another program has put another file in the place of the one that was being worked on. */
export class ReplacedError extends Error {}

/**
 * One index file. A damaged one is thrown away and made again; where the disk takes no writes, work
 * goes on in a copy in memory until it does.
 */
export class IndexConnection {
  readonly #path: string
  readonly #parts: StoreReader['parts']
  #opened: OpenedDatabase | null = null
  #writes = 0
  /** The state of the file in which its rows were counted. */
  #counted = ''
  /** Rows are not counted before; on the clock of `performance`. */
  #countDue = -Infinity

  constructor(path: string, parts: StoreReader['parts']) {
    this.#path = path
    this.#parts = parts
  }

  /** The database; opened again where another program has put another file in its place. */
  database(): IndexDatabase {
    const opened = this.#opened
    if (opened !== null && (opened.ino === IN_MEMORY || opened.ino === this.#inode())) {
      return opened.db
    }
    // The file of a disk that has gone goes on answering; none is made where the disk was.
    if (opened !== null && this.#parts.look().offline.length > 0) return opened.db
    this.#parts.requireData()
    this.close()
    this.#opened = openSomewhere(this.#path)
    return this.#opened.db
  }

  /** Reports whether `db` is still the one that is worked with. */
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

  /** Runs `work`; where the file turns out to be damaged, once more on an empty one. @throws disk.* */
  on<T>(work: (db: IndexDatabase) => T): T {
    try {
      return work(this.database())
    } catch (error) {
      if (!isDamage(error)) throw diskError(error, this.#path)
      this.discard()
      return work(this.database())
    }
  }

  /** Throws the file away; the next question makes an empty one. */
  discard(): void {
    this.close()
    removeDatabase(this.#path)
  }

  /** Changes rows; where the disk takes no writes, those of a copy in memory. @throws disk.* */
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
   * As {@link change}, for one part of work that goes on with the same database.
   * @throws ReplacedError where that is another one by now
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

  /** Removes the file and goes on in memory; false where there is none. Never fails. */
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

  /** Goes back to the file once it takes writes again; it has missed what was changed meanwhile. */
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
   * Throws rows away of which another program has removed some. They are counted once after foreign
   * writes, and no more often than is worth its time.
   */
  discardIfThinned(): void {
    if (performance.now() < this.#countDue) return
    const thinned = this.on((db) => {
      const version = `${String(db.foreignVersion())}.${String(this.#opened?.ino)}`
      if (version === this.#counted) return false
      this.#counted = version
      prepareCounting(db)
      const began = performance.now()
      const isWhole = hasOwnRows(db)
      const ended = performance.now()
      this.#countDue = ended + COUNT_PAUSE_PER_MS * (ended - began)
      return !isWhole
    })
    if (thinned) this.discard()
  }

  /** Another text whenever rows may have changed. */
  version(db: IndexDatabase): string {
    return `${String(this.#writes)}.${String(db.foreignVersion())}.${String(this.#opened?.ino)}`
  }
}

/** Whether the index is up to date with the store. */
import type { StoreReader } from '../store/store-reader.ts'
import { beginChange, changesOf, endChange, hasAllRows } from './changes.ts'
import type { IndexDatabase } from './database.ts'
import type { IndexConnection } from './index-connection.ts'
import { mayMissReferences } from './sources.ts'
import { statement } from './statement.ts'

const DIRTY = statement((q) => q.selectFrom('cache_dirty').select('item').limit(1))

/** Tracks the changes of this process in memory, and those of all processes in the file. */
export class Freshness {
  readonly #connection: IndexConnection
  readonly #reader: StoreReader
  /** The number of the current change of this process. */
  #own: number | null = null
  /** True where a change could not be indexed, and the file could not even be marked. */
  #lost = false
  /**
   * True where a change of this process finishes an interrupted operation, whose changes are not
   * reported.
   */
  #finishing = false

  constructor(connection: IndexConnection, reader: StoreReader) {
    this.#connection = connection
    this.#reader = reader
  }

  /** Notes that a change begins; under the store lock. Never fails. */
  begin(): void {
    try {
      this.#finishing = this.#reader.openHere().length > 0
      this.#own = this.#connection.change(beginChange)
    } catch {
      this.#lost = true
    }
  }

  /**
   * Ends the change of {@link begin}. `takeOver` indexes it and returns true where it did so
   * completely. Never fails.
   */
  end(takeOver: (db: IndexDatabase) => boolean): void {
    try {
      this.#connection.change((db) => {
        const isWhole = hasAllRows(db) && takeOver(db) && !this.#finishing
        if (this.#own !== null) endChange(db, this.#own, isWhole)
      })
    } catch {
      this.#lost = true
    } finally {
      this.#own = null
      this.#finishing = false
    }
  }

  /** Reports whether something on disk may not be indexed yet. */
  isStale(): boolean {
    if (this.#lost) return true
    return this.#connection.on((db) => {
      const { begun, ended, missed, seen } = changesOf(db)
      const goesOnElsewhere = ended < begun && begun !== this.#own
      return goesOnElsewhere || missed > seen || db.first(DIRTY) !== undefined
    })
  }

  /** Reports whether references may be missing: nothing counts as an orphan then. */
  mayMissReferences(db: IndexDatabase): boolean {
    if (this.#lost || this.#finishing || mayMissReferences(db)) return true
    const { missed, seen } = changesOf(db)
    return missed > seen
  }

  /**
   * True where a change was lost; a reconciliation that starts later covers it: {@link recover}.
   */
  get isLost(): boolean {
    return this.#lost
  }

  /** Forgets that a change was lost. */
  recover(): void {
    this.#lost = false
  }
}

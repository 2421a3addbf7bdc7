/** Compares an index with the disk, one check after the other, in short slices. */
import { AppError } from '../../schemas/errors.ts'
import { diskError } from '../platform/disk-error.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import { hasAllRows, markSeen, missedUpTo } from './changes.ts'
import type { Freshness } from './freshness.ts'
import { ReplacedError, type IndexConnection } from './index-connection.ts'
import { isDamage } from './open-database.ts'
import { keepCounts } from './row-counts.ts'
import { reconcileSteps, type ReconcileState } from './reconcile.ts'

/** How long a check works before it yields. */
const SLICE_MS = 4
/** The same while all rows are built: every slice writes the pages that it touched. */
const BUILDING_SLICE_MS = 100
/** How often a check restarts on a replaced file before it gives up. */
const MAX_FILES = 5

/** The stop signal and progress of a check. */
export interface ReconcileOptions {
  readonly signal?: AbortSignal
  /** Compares each blob with its row, even if that is not due yet. */
  readonly thorough?: boolean
  readonly report?: (progress: {
    readonly stage: string
    readonly done: number
    readonly total: number | null
    readonly unit: 'blobs'
  }) => void
}

/** The options of one check. */
interface Check extends ReconcileOptions {
  readonly reader: StoreReader
  /** Rebuilds every row. */
  readonly everything: boolean
}

/** The dependencies of a reconciler. */
export interface ReconcilerParts {
  readonly path: string
  readonly connection: IndexConnection
  readonly freshness: Freshness
}

/** The checks of one index. */
export class Reconciler {
  readonly #parts: ReconcilerParts
  /** The chain of checks. */
  #checks: Promise<unknown> = Promise.resolve()
  /** A check that has not begun yet: it will see everything that is on disk now. */
  #next: Promise<number> | null = null
  /** True where the next check compares the blobs themselves. */
  #thorough = false
  #reconciledAt: number | null = null

  constructor(parts: ReconcilerParts) {
    this.#parts = parts
  }

  /** Milliseconds since the last check ended; null where there was none. */
  get sinceLast(): number | null {
    return this.#reconciledAt === null ? null : performance.now() - this.#reconciledAt
  }

  /** As `Index.reconcile`. */
  async reconcile(reader: StoreReader, options: ReconcileOptions): Promise<number> {
    this.#thorough ||= options.thorough === true
    this.#next ??= this.#inTurn(() => {
      this.#next = null
      return this.#run({ ...options, reader, everything: false })
    })
    return this.#next
  }

  /** As `Index.rebuild`. */
  async rebuild(reader: StoreReader, options: ReconcileOptions): Promise<void> {
    await this.#inTurn(() => this.#run({ ...options, reader, everything: true }))
  }

  async #inTurn<T>(check: () => Promise<T>): Promise<T> {
    const result = this.#checks.then(check)
    this.#checks = result.catch(() => undefined)
    return result
  }

  async #run(check: Check): Promise<number> {
    const { connection, path } = this.#parts
    if (check.reader.parts.look().offline.length > 0) return 0
    await connection.makeFolder()
    for (let round = 1; ; round += 1) {
      try {
        // Only once: if the disk is full, the rest is done in memory.
        if (round === 1) connection.leaveMemory()
        return await this.#runOnce(check)
      } catch (error) {
        const isReplaced = error instanceof ReplacedError
        if (!isReplaced && !isDamage(error)) throw diskError(error, path)
        if (round === MAX_FILES) throw isReplaced ? replacedError(path) : error
        if (!isReplaced) connection.discard()
      }
    }
  }

  async #runOnce(check: Check): Promise<number> {
    const { connection, freshness } = this.#parts
    connection.discardIfThinned()
    const db = connection.database()
    const wasLost = freshness.isLost
    const upTo = missedUpTo(db)
    const changed = await this.#work(db, check)
    connection.changePart(db, () => {
      markSeen(db, upTo)
    })
    if (wasLost) freshness.recover()
    this.#reconciledAt = performance.now()
    return changed
  }

  /** Runs a check slice by slice; returns how many rows have changed. */
  async #work(db: IndexDatabase, { reader, everything, signal, report }: Check): Promise<number> {
    const { connection } = this.#parts
    const thorough = this.#thorough
    this.#thorough = false
    const state: ReconcileState = { changed: 0, done: 0, total: null }
    const work = reconcileSteps({ db, reader, everything, thorough }, state)
    const isFirst = !hasAllRows(db)
    const building = everything || isFirst
    const slice = building ? BUILDING_SLICE_MS : SLICE_MS
    db.building(building)
    // Counting as rows come takes a tenth of the time; the first fill counts them at its end.
    if (isFirst) keepCounts(db, false)
    try {
      while (!connection.changePart(db, () => workFor(slice, work))) {
        report?.({ stage: 'indexing', done: state.done, total: state.total, unit: 'blobs' })
        await new Promise(setImmediate)
        signal?.throwIfAborted()
      }
    } finally {
      if (connection.isOpen(db)) {
        db.building(false)
        if (isFirst) keepCounts(db, true)
      }
    }
    return state.changed
  }
}

function replacedError(path: string): AppError {
  return new AppError('disk.vanished', `${path} keeps being replaced`, {
    hint: 'Another program moves or removes it; stop that program, then repeat.',
  })
}

/** Continues work for so many milliseconds; returns true once it is finished. */
function workFor(ms: number, work: Generator<void>): boolean {
  const until = performance.now() + ms
  for (;;) {
    if (work.next().done === true) return true
    if (performance.now() >= until) return false
  }
}

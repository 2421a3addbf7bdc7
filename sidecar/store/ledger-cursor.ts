/** How far append-only ledgers were read, so that only appended lines are read again. */
import fs from 'node:fs'

/** The file of a ledger, and up to which byte it was read. */
interface ReadSoFar {
  readonly ino: bigint
  readonly end: number
  /** The size of the file then: an unfinished line may follow `end`. */
  readonly size: number
}

/** A ledger to read from `offset` on. */
export interface LedgerPart {
  readonly path: string
  readonly offset: number
  readonly ino: bigint
  readonly size: number
}

/** What is new in some ledgers. */
export interface LedgerNews {
  /** What was read before is no longer valid: everything is read from the beginning. */
  readonly restarted: boolean
  /** Ledgers with something to read, in order. */
  readonly parts: readonly LedgerPart[]
}

/**
 * Continues reading a sequence of ledgers in which a later one overrides an earlier one. If one was
 * replaced, became shorter, or grew after a later one was read, all are read from the beginning.
 */
export class LedgerCursor {
  readonly #paths: readonly string[]
  readonly #read = new Map<string, ReadSoFar>()

  constructor(paths: readonly string[]) {
    this.#paths = paths
  }

  /** Returns the parts that have not been read yet. @throws disk errors of `stat` */
  next(): LedgerNews {
    const now = this.#paths.map((path) => {
      return { path, stat: fs.statSync(path, { bigint: true, throwIfNoEntry: false }) }
    })
    const restarted = now.some(({ path, stat }, index) => this.#isOther(path, stat, index))
    if (restarted) this.#read.clear()
    const parts = now.flatMap(({ path, stat }): LedgerPart[] => {
      if (stat === undefined) return []
      const offset = this.#read.get(path)?.end ?? 0
      const size = Number(stat.size)
      return size === offset ? [] : [{ path, offset, ino: stat.ino, size }]
    })
    return { restarted, parts }
  }

  /** Notes that a part was read up to `end`. */
  advance({ path, ino, size }: LedgerPart, end: number): void {
    this.#read.set(path, { ino, end, size })
  }

  #isOther(path: string, stat: fs.BigIntStats | undefined, index: number): boolean {
    const before = this.#read.get(path)
    if (before === undefined) return stat !== undefined && this.#wasReadBehind(index)
    if (stat?.ino !== before.ino || Number(stat.size) < before.end) return true
    return Number(stat.size) > before.size && this.#wasReadBehind(index)
  }

  #wasReadBehind(index: number): boolean {
    return this.#paths.slice(index + 1).some((path) => this.#read.has(path))
  }
}

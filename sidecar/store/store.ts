/** One store on disk: anybody may read, whoever changes it holds the lock. */
import fs from 'node:fs'
import { join } from 'node:path'
import { isAppError } from '../../schemas/errors.ts'
import type { Clock } from '../platform/clock.ts'
import { ensureFolder } from '../platform/disk.ts'
import { guardFolder } from '../platform/folder-guards.ts'
import { FileLock } from '../platform/file-lock.ts'
import type { ActName } from './act-names.ts'
import type { JournalAct } from './journal.ts'
import { createMemory, StoreReader, type StoreMemory } from './store-reader.ts'
import { StorePaths } from './store-paths.ts'
import { StoreTx, type Touched } from './store-tx.ts'

const LOCK_PATIENCE_MS = 30_000

/** What a store needs from outside. */
export interface StoreOptions {
  readonly root: string
  readonly clock: Clock
  /** Finishes an act that a crash left open; acts that are nothing but steps need none. */
  readonly finish: Partial<
    Readonly<Record<ActName, (tx: StoreTx, open: JournalAct) => Promise<unknown>>>
  >
  /** Brings views in step with acts that a crash left open, and ends those. */
  readonly follow: (tx: StoreTx) => Promise<unknown>
  /** Called under the lock before anybody changes the store, e.g. to note that the index is behind. */
  readonly beforeChange?: () => Promise<void> | void
  /** Called under the lock after a change, be it a failed one, with what was touched. */
  readonly afterChange?: (touched: Touched, reader: StoreReader) => Promise<void> | void
  /** Says whether a store was here before: told where there is none. */
  readonly wasStore?: () => boolean
  /** Refuses to write; asked once, before the first change. */
  readonly guard?: (root: string) => Promise<void>
  readonly lockPatienceMs?: number
}

/** A store. Readers need no lock; changing needs a {@link StoreTx}. */
export class Store implements Disposable {
  readonly paths: StorePaths
  readonly reader: StoreReader
  readonly #options: StoreOptions
  readonly #memory: StoreMemory
  readonly #folderGuard: Disposable
  #lock: FileLock | null = null
  #guarded = false

  constructor(options: StoreOptions) {
    this.paths = new StorePaths(options.root)
    this.#options = options
    this.#memory = createMemory(this.paths, options.wasStore)
    this.reader = new StoreReader(this.paths, this.#memory)
    const { parts } = this.#memory
    this.#folderGuard = guardFolder(this.paths.root, (path) => {
      parts.requireMayMake(path)
    })
  }

  /**
   * Runs `change` with the right to change the store. Acts that a crash left open are finished
   * first. The lock is held until `change` is done: no bytes of models are moved meanwhile.
   * @throws store.not_initialized, store.offline, store.locked and what `change` throws
   */
  async transact<T>(actor: string, change: (tx: StoreTx) => Promise<T>): Promise<T> {
    this.reader.requireInitialized()
    this.reader.parts.requireOnline()
    return this.#locked(actor, change)
  }

  /**
   * As {@link transact}, also where there is no store yet, or a part of it is gone: the parts are
   * made. @throws store.locked, disk.*
   */
  async found<T>(actor: string, change: (tx: StoreTx) => Promise<T>): Promise<T> {
    return this.#memory.parts.whileFounding(() => this.#locked(actor, change))
  }

  async #locked<T>(actor: string, change: (tx: StoreTx) => Promise<T>): Promise<T> {
    await this.#askGuard()
    const lock = await this.#openLock()
    const release = await lock.acquire(this.#options.lockPatienceMs ?? LOCK_PATIENCE_MS)
    try {
      // The lock was waited for: meanwhile a disk may have gone.
      this.#memory.parts.requireOnline()
      const tx = new StoreTx(this.paths, this.#memory, this.#options.clock, actor)
      await this.#options.beforeChange?.()
      try {
        await this.#finishOpenActs(tx)
        return await change(tx)
      } finally {
        await this.#options.afterChange?.(tx.touched, this.reader)
      }
    } finally {
      release()
    }
  }

  async #askGuard(): Promise<void> {
    if (this.#guarded) return
    await this.#options.guard?.(this.paths.root)
    this.#guarded = true
  }

  async #openLock(): Promise<FileLock> {
    if (this.#memory.parts.isFounding) await ensureFolder(this.paths.data)
    this.#lock ??= new FileLock(join(fs.realpathSync(this.paths.data), 'store.lock'))
    return this.#lock
  }

  async #finishOpenActs(tx: StoreTx): Promise<void> {
    await this.#finishEach(tx)
    if (tx.viewsBehind) await this.#options.follow(tx)
  }

  /** What only people can mend stays open and hinders nobody; `doctor` and `status` tell of it. */
  async #finishEach(tx: StoreTx): Promise<void> {
    // An act within another one began later: it is finished first.
    for (const open of this.#memory.journal.openActs().reverse()) {
      const finish = this.#options.finish[open.begin.op as ActName]
      try {
        await (finish === undefined ? tx.finish(open) : finish(tx, open))
      } catch (error) {
        if (!isAppError(error) || error.code.startsWith('disk.')) throw error
      }
    }
  }

  [Symbol.dispose](): void {
    this.#lock?.close()
    this.#lock = null
    this.#folderGuard[Symbol.dispose]()
  }
}

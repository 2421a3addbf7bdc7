/** One store on disk: any process may read; changing it takes the lock. */
import { AppError, isAppError } from '../../schemas/errors.ts'
import type { Clock } from '../platform/clock.ts'
import { appendLines } from '../platform/disk.ts'
import { ensureFolder } from '../platform/folders.ts'
import { missingPackLines } from './missing-documents.ts'
import { guardFolder } from '../platform/folder-guards.ts'
import { withReserve } from '../platform/reserve.ts'
import { currentName, type OperationName } from './operation-names.ts'
import { fileFingerprint } from './documents.ts'
import { FileStoreLock } from './file-store-lock.ts'
import type { JournalOperation } from './journal.ts'
import { ownPartials, type OwnedPartials } from './partial-owners.ts'
import { giveUpReserve, keepReserve } from './reserve-file.ts'
import { StoreReader } from './store-reader.ts'
import { createCache, type StoreCache } from './store-cache.ts'
import type { ChangeSet } from './change-set.ts'
import type { LinkStyles } from './link-styles.ts'
import { StorePaths } from './store-paths.ts'
import { outsidePaths } from './bound-operations.ts'
import { reachedHere, type OutsideFiles } from './outside-files.ts'
import type { StoreLock } from './store-lock.ts'
import { StoreTx } from './store-tx.ts'
import { stepsOf } from './steps.ts'

const LOCK_PATIENCE_MS = 30_000

/** What a store needs from outside. */
export interface StoreOptions {
  readonly root: string
  readonly clock: Clock
  /**
   * Finishes an operation that a crash left open; operations that are nothing but steps need none.
   */
  readonly finish: Partial<
    Readonly<Record<OperationName, (tx: StoreTx, open: JournalOperation) => Promise<unknown>>>
  >
  /** Brings views in step with operations that a crash left open, and ends those. */
  readonly syncViews: (tx: StoreTx) => Promise<unknown>
  /** Called under the lock before the store is changed, e.g. to mark the index as stale. */
  readonly beforeChange?: () => Promise<void> | void
  /** Called under the lock after a change, even a failed one, with what was changed. */
  readonly afterChange?: (changes: ChangeSet, reader: StoreReader) => Promise<void> | void
  /** Reports whether a store existed at this root before; called where there is none now. */
  readonly wasStore?: () => boolean
  /** How links are made; by default as probing each volume shows. */
  readonly linkStyles?: LinkStyles
  /** Throws if writing is not allowed; called once, before the first change. */
  readonly guard?: () => void
  /** Who may change the store; by default whoever holds the lock files in it. Closed with it. */
  readonly lock?: StoreLock
  readonly lockPatienceMs?: number
  /** Frees space that is not needed, once the reserve is used up; false where there is none. */
  readonly giveUpRoom?: () => boolean
  /** Keeps room on the disk for freeing space when it is full. */
  readonly keepReserve?: boolean
  /** Access to files outside the store; by default as if they were the store's. */
  readonly outside?: OutsideFiles
}

/** A store. Readers need no lock; changing needs a {@link StoreTx}. */
export class Store implements Disposable {
  readonly paths: StorePaths
  readonly reader: StoreReader
  /** Access to files outside the store. */
  readonly outside: OutsideFiles
  readonly #options: StoreOptions
  readonly #cache: StoreCache
  readonly #folderGuard: Disposable
  readonly #lock: StoreLock
  #owned: OwnedPartials | null = null
  #closed = false
  #guarded = false
  /** The fingerprint of the folder of packs when they were last registered. */
  #packsFingerprint: string | null = ''

  constructor(options: StoreOptions) {
    this.paths = new StorePaths(options.root)
    this.#options = options
    this.#lock = options.lock ?? new FileStoreLock(this.paths)
    this.outside = options.outside ?? reachedHere(this.paths)
    this.#cache = createCache(this.paths, options)
    this.reader = new StoreReader(this.paths, this.#cache)
    const { parts } = this.#cache
    this.#folderGuard = guardFolder(this.paths.root, (path) => {
      parts.requireMayMake(path)
    })
  }

  /**
   * Runs `change` with the right to change the store. Interrupted operations are finished
   * first. The lock is held until `change` is done: no bytes of models are moved meanwhile.
   * @throws store.not_initialized, store.offline, store.locked and what `change` throws
   */
  async transact<T>(actor: string, change: (tx: StoreTx) => Promise<T>): Promise<T> {
    this.reader.requireInitialized()
    this.reader.parts.requireOnline()
    return this.#locked(actor, change)
  }

  /**
   * Finishes operations that a crash interrupted: files may be missing from their places until
   * then.
   * @throws as {@link transact}, and disk.*
   */
  async recover(actor: string): Promise<void> {
    if (this.reader.journal.openCount > 0) await this.transact(actor, () => Promise.resolve())
  }

  /**
   * As {@link transact}, for a change that frees space: where the disk is full, the reserve of the
   * store is given up for it.
   */
  async transactFreeing<T>(actor: string, change: (tx: StoreTx) => Promise<T>): Promise<T> {
    return withReserve(
      () => giveUpReserve(this.paths) || (this.#options.giveUpRoom?.() ?? false),
      () => this.transact(actor, change),
    )
  }

  /**
   * As {@link transact}, also where there is no store yet, or a part of it is gone: the parts are
   * made. @throws store.locked, disk.*
   */
  async transactUninitialized<T>(actor: string, change: (tx: StoreTx) => Promise<T>): Promise<T> {
    return this.#cache.parts.whileInitializing(() => this.#locked(actor, change))
  }

  async #locked<T>(actor: string, change: (tx: StoreTx) => Promise<T>): Promise<T> {
    this.#askGuard()
    await this.#ensureFolders()
    const release = await this.#lock.acquire(this.#options.lockPatienceMs ?? LOCK_PATIENCE_MS)
    try {
      // While the lock was waited for, a disk may have gone offline.
      this.#cache.parts.requireOnline()
      // A full disk may have no room for the lock file: then partial files of this process are kept
      // for a day.
      await this.ownPartials().catch(() => undefined)
      const isLocked = () => this.#lock.isInPlace()
      const { outside } = this
      const { clock } = this.#options
      const tx = new StoreTx(this.paths, this.#cache, { clock, actor, isLocked, outside })
      await this.#options.beforeChange?.()
      try {
        await this.#recoverOperations(tx)
        return await change(tx)
      } finally {
        await this.#registerPacks(tx)
        await this.#options.afterChange?.(tx.changes, this.reader)
        if (this.#options.keepReserve === true) await keepReserve(this.paths)
      }
    } finally {
      release()
    }
  }

  #askGuard(): void {
    if (this.#guarded) return
    this.#options.guard?.()
    this.#guarded = true
  }

  /**
   * Updates the register of packs after operations, or other programs, changed packs. If the disk
   * refuses it, the next holder of the lock writes it.
   */
  async #registerPacks(tx: StoreTx): Promise<void> {
    const fingerprint = fileFingerprint(this.paths.packs)
    if (tx.changes.packs.size === 0 && fingerprint === this.#packsFingerprint) return
    try {
      const lines = missingPackLines(tx)
      if (lines.length > 0) await appendLines(this.paths.packRegister, lines.join(''))
      this.#packsFingerprint = fingerprint
    } catch (error) {
      if (!isAppError(error)) throw error
    }
  }

  /**
   * Claims the temporary files of this process, so that no other process removes them while it
   * lives.
   * @throws disk.*
   */
  async ownPartials(): Promise<void> {
    if (this.#owned?.isHeld() === true) return
    const owned = await ownPartials(this.paths)
    // Two callers may have waited at once: one claim is enough.
    this.#owned?.[Symbol.dispose]()
    this.#owned = owned
    if (this.#closed) this.#disownPartials()
  }

  /** The folders of the files of the lock. */
  async #ensureFolders(): Promise<void> {
    if (this.#cache.parts.isInitializing) await ensureFolder(this.paths.data)
    await ensureFolder(this.paths.ledger)
  }

  async #recoverOperations(tx: StoreTx): Promise<void> {
    await this.#finishEach(tx)
    if (tx.viewsPending) await this.#options.syncViews(tx)
  }

  /**
   * An operation that only the user can repair stays open and blocks nothing; `doctor` and `status`
   * report it.
   */
  async #finishEach(tx: StoreTx): Promise<void> {
    // An operation within another one began later: it is finished first.
    for (const open of tx.openHere().reverse()) {
      try {
        await this.#finish(tx, open)
      } catch (error) {
        if (!isAppError(error) || error.code.startsWith('disk.')) throw error
      }
    }
  }

  async #finish(tx: StoreTx, open: JournalOperation): Promise<unknown> {
    // Those waiting for the lock must not wait for a folder that hangs as well.
    await this.outside.requireReachable(outsidePaths(this.paths, open), 'brief')
    const op = currentName(open.begin.op) as OperationName
    const { finish: finishes } = this.#options
    // A name may be anything, even that of a member of Object.
    const finish = Object.hasOwn(finishes, op) ? finishes[op] : undefined
    return finish === undefined ? tx.finish(open) : finish(tx, open)
  }

  /**
   * Settles an operation that began in the store that this one was copied from, as the user
   * decided: finishes it with the files that it names, or puts those files back.
   * @throws journal.not_found where no such operation is open, and as the operation itself
   */
  async settleElsewhere(actor: string, id: string, how: 'finish' | 'put_back'): Promise<void> {
    await this.transact(actor, async (tx) => {
      const open = tx.openElsewhere().find(({ begin }) => begin.id === id)
      if (open === undefined) {
        throw new AppError('journal.not_found', `No operation ${id} waits for a decision`)
      }
      if (how === 'finish') await this.#finish(tx, open)
      else await tx.rollback(open.begin.id, stepsOf(open))
      await this.#options.syncViews(tx)
    })
  }

  #disownPartials(): void {
    this.#owned?.[Symbol.dispose]()
    this.#owned = null
  }

  [Symbol.dispose](): void {
    this.#closed = true
    this.#disownPartials()
    this.#lock.close()
    this.#folderGuard[Symbol.dispose]()
  }
}

/** The right to change a store. Holding one is holding the store lock. */
import { isAppError } from '../../schemas/errors.ts'
import { documentText, lineText } from '../../schemas/json.ts'
import type { ProfileName, UiName, Uuid } from '../../schemas/ids.ts'
import { STORE_LOCATION, type LocationId } from '../../schemas/locations.ts'
import type { Runtime } from '../../schemas/profile.ts'
import type { CopyRecord, FileRecord, LinkRecord } from '../../schemas/records.ts'
import { appendLines, replaceFile } from '../platform/disk.ts'
import { stepsOf, type Step } from './steps.ts'
import { StepMaker } from './step-maker.ts'
import { assertUnedited } from './undo-conflict.ts'
import type { OperationName } from './operation-names.ts'
import type { JournalOperation } from './journal.ts'
import { noChanges, noteOperation, noteStep, type ChangeSet } from './change-set.ts'
import { OperationLog } from './operation-log.ts'
import { StoreClock } from './store-clock.ts'
import { performTogether, type BegunOperation, type PlannedOperation } from './perform-together.ts'
import { reachedHere, type OutsideFiles } from './outside-files.ts'
import type { LinkStyle } from './link-styles.ts'
import { StoreReader } from './store-reader.ts'
import { type StoreCache } from './store-cache.ts'
import type { StorePaths } from './store-paths.ts'
import type { OperationFacts } from './operation-facts.ts'
import type { TxSurroundings } from './tx-surroundings.ts'

/** Operations that may stay open for long, until a file gets its name back. */
const REMOVALS = new Set<string>(['file.release', 'view.relink'] satisfies OperationName[])

/** Errors caused by later changes of other programs to files that an operation needs. */
const RECOVERABLE_CODES = ['blob.not_found', 'view.path_taken', 'import.source_changed'] as const

/** Reads and changes a store under its lock. */
export class StoreTx extends StoreReader {
  readonly actor: string
  /** What was changed so far; filled by operations. */
  readonly changes: ChangeSet = noChanges()
  /** Access to files outside the store. */
  readonly outside: OutsideFiles
  readonly #clock: StoreClock
  readonly #log: OperationLog
  readonly #steps: StepMaker
  readonly #pending: Uuid[] = []
  readonly #linkStyles = new Map<UiName, LinkStyle>()
  #viewsPending = false

  constructor(paths: StorePaths, cache: StoreCache, surroundings: TxSurroundings) {
    super(paths, cache)
    const { actor, isLocked = () => true, outside = reachedHere(paths) } = surroundings
    this.actor = actor
    this.outside = outside
    this.#clock = new StoreClock(paths, surroundings.clock)
    this.#log = new OperationLog({ paths, cache, clock: this.#clock, actor, isLocked })
    this.#steps = new StepMaker(paths, outside, this.changes)
  }

  /** Does not change while the lock is held. */
  override linkStyle(ui: UiName): LinkStyle {
    const known = this.#linkStyles.get(ui) ?? super.linkStyle(ui)
    this.#linkStyles.set(ui, known)
    return known
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#clock.now()
  }

  /** A new id; ids sort operations by when they began. */
  newId(): Uuid {
    return this.#clock.newId()
  }

  /** The current time in the form used in documents. */
  timestamp(): string {
    return this.#clock.timestamp()
  }

  /** The current time, or the newest known time if the clock is behind it. */
  latestTime(): number {
    return this.#clock.latestTime()
  }

  /** Records that an operation begins: see {@link OperationLog.begin}. @throws disk.* */
  async begin(facts: OperationFacts, steps: readonly Step[] = []): Promise<Uuid> {
    noteOperation(this.changes, facts)
    return this.#log.begin(facts, steps)
  }

  /** Records that an open operation is done, with its outcome. @throws disk.* */
  async end(id: Uuid, after: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.#log.end(id, after)
  }

  /**
   * Records that an operation is undone.
   * @param op its name; needed where it is not open any more
   * @throws disk.*
   */
  async markUndone(id: Uuid, op?: string): Promise<void> {
    await this.#log.markUndone(id, op)
  }

  /**
   * Performs an operation: all of its steps, or none. If even the rollback fails, the operation
   * stays open and the next holder of the lock finishes it. One that views depend on stays open
   * until {@link completePendingViews}.
   * @param first runs before the steps, and again when the operation is finished after a crash
   * @returns the id of its journal entry
   * @throws disk.*, view.path_taken; path.offline before anything is recorded
   */
  async perform(
    facts: OperationFacts,
    wanted: readonly Step[],
    first: () => Promise<void> = () => Promise.resolve(),
  ): Promise<Uuid> {
    const steps = this.#steps.written(wanted)
    await this.#steps.requireReachable(steps)
    const id = await this.begin(facts, steps)
    let made = 0
    try {
      await first()
      await this.#steps.make(steps, () => {
        this.cache.parts.requireOnline()
        made += 1
      })
    } catch (error) {
      await this.#tryRollback(id, steps.slice(0, made))
      throw error
    }
    await this.#close(id, facts.syncViews ?? false)
    return id
  }

  /**
   * Performs independent operations side by side, waiting once for the disk. Each is all of its
   * steps or none, as with {@link perform}; after a crash the next holder of the lock finishes
   * each.
   * @returns for each operation the error for which it was not done, null where it was
   * @throws store.locked, store.offline, disk.* of the journal
   */
  async performTogether(wanted: readonly PlannedOperation[]): Promise<unknown[]> {
    const operations = wanted.map(({ facts, steps }) => {
      return { id: this.newId(), facts, steps: this.#steps.written(steps) }
    })
    return performTogether(this.paths, operations, {
      requireReachable: (steps) => this.#steps.requireReachable(steps),
      begin: (all) => this.#beginAll(all),
      before: () => {
        this.cache.parts.requireOnline()
      },
      make: (step) => this.#steps.make([step]),
      rollback: (id, steps) => this.#tryRollback(id, steps),
      end: (all) => this.#log.endAll(all),
    })
  }

  async #beginAll(operations: readonly BegunOperation[]): Promise<void> {
    for (const { facts, steps } of operations) {
      noteOperation(this.changes, facts)
      for (const step of steps) noteStep(this.changes, step)
    }
    await this.#log.beginAll(operations)
  }

  /** See `undoConflict`. @throws path.offline */
  async undoConflict(step: Step): Promise<string | null> {
    return this.#steps.undoConflict(step)
  }

  /**
   * Ends an open operation once views are synced; see {@link completePendingViews}.
   * @throws disk.*
   */
  async endOnceViewsSynced(id: Uuid): Promise<void> {
    await this.#close(id, true)
  }

  async #close(id: Uuid, syncViews: boolean): Promise<void> {
    if (!syncViews) {
      await this.end(id)
      return
    }
    this.#pending.push(id)
    this.#viewsPending = true
  }

  /**
   * True while an operation is open that would be finished after a crash. A removal that waits for
   * a name to be free may stay open for long and does not concern views, so it does not count.
   */
  get hasOpenOperation(): boolean {
    return this.openHere().some(({ begin }) => !REMOVALS.has(begin.op))
  }

  /**
   * Notes that a view is about to change. Unless an operation is open that would be finished after
   * a crash, begins one that syncs views.
   * @throws disk.*
   */
  async markViewsPending(): Promise<void> {
    if (this.hasOpenOperation) return
    await this.#close(await this.begin({ op: 'view.follow', syncViews: true }), true)
  }

  /** True while operations of this transaction wait for views to be synced. */
  get viewsPending(): boolean {
    return this.#viewsPending
  }

  /** Ends the operations that waited for views to be synced. @throws disk.* */
  async completePendingViews(): Promise<void> {
    for (const id of this.#pending.splice(0)) await this.end(id)
    this.#viewsPending = false
  }

  async #tryRollback(id: Uuid, steps: readonly Step[]): Promise<void> {
    try {
      await this.rollback(id, steps)
    } catch {
      // The operation stays open: the next holder of the lock finishes it.
    }
  }

  /**
   * Reverts steps of an operation, except those that were not applied and those that conflict with
   * a later change by another program, and records that it is undone.
   * @throws disk.*
   */
  async rollback(id: Uuid, steps: readonly Step[]): Promise<void> {
    await this.#steps.unmake(steps)
    await this.markUndone(id)
  }

  /**
   * Finishes an operation that a crash left open. If it cannot go forward because what it needs was
   * moved or changed by hand, it is rolled back as far as possible.
   * @returns false where it was rolled back
   * @throws disk.*
   */
  async finish(open: JournalOperation): Promise<boolean> {
    const { id } = open.begin
    noteOperation(this.changes, open.begin)
    const steps = stepsOf(open)
    await this.#steps.requireReachable(steps)
    try {
      assertUnedited(this.paths, steps)
      await this.#steps.make(steps)
    } catch (error) {
      if (!RECOVERABLE_CODES.some((code) => isAppError(error, code))) throw error
      await this.rollback(id, steps)
      this.#viewsPending = true
      return false
    }
    await this.#close(id, open.begin['views_follow'] === true)
    return true
  }

  /** Replaces `runtime.json`: the commit point of a switch. @throws disk.* */
  async writeRuntime(runtime: Runtime): Promise<void> {
    await replaceFile(this.paths.runtime, documentText(runtime))
  }

  /** Appends to the ledger of a view and flushes it. @throws disk.* */
  async recordLinks(
    ui: UiName,
    profile: ProfileName,
    records: readonly LinkRecord[],
  ): Promise<void> {
    this.changes.views.add(ui)
    await this.cache.links.append(this.paths.linkLedger(ui, profile), records)
  }

  /** Compacts the ledger of a view where that is worthwhile. @throws disk.* */
  async compactLinks(ui: UiName, profile: ProfileName): Promise<void> {
    await this.cache.links.compact(this.paths.linkLedger(ui, profile))
  }

  /** Records what became known of the store's own copies. @throws disk.* */
  async recordCopies(records: readonly CopyRecord[]): Promise<void> {
    if (records.length === 0) return
    // A baseline is not a change of the blob: the index reads it from the ledger.
    const changed = records.filter((record) => record.event !== 'seen')
    for (const { sha256 } of changed) this.changes.blobs.add(sha256)
    await appendLines(this.paths.copies(STORE_LOCATION), records.map(lineText).join(''))
  }

  /** Records what became known of files of a location. @throws disk.* */
  async recordFiles(location: LocationId, records: readonly FileRecord[]): Promise<void> {
    if (records.length === 0) return
    await appendLines(this.paths.files(location), records.map(lineText).join(''))
  }

  /** Gives the parts of a store made before there were ids the missing ones. @throws disk.* */
  async markParts(): Promise<void> {
    await this.#log.markParts()
  }
}

/** The right to change a store. Holding one is holding the store lock. */
import fs from 'node:fs'
import { AppError, isAppError } from '../../schemas/errors.ts'
import { documentText, lineText } from '../../schemas/json.ts'
import type { ProfileName, UiName, Uuid } from '../../schemas/ids.ts'
import { STORE_LOCATION, type LocationId } from '../../schemas/locations.ts'
import type { Runtime } from '../../schemas/profile.ts'
import type { JournalRecord, CopyRecord, FileRecord, LinkRecord } from '../../schemas/records.ts'
import { timestampOf, type Clock } from '../platform/clock.ts'
import { appendLines, ensureFolder, replaceFile } from '../platform/disk.ts'
import { uuidv7 } from '../platform/uuid.ts'
import {
  applySteps,
  invertSteps,
  isUnmade,
  undoConflict,
  assertUnedited,
  storedSteps,
  type Step,
} from './steps.ts'
import type { OperationName } from './operation-names.ts'
import type { JournalOperation } from './journal.ts'
import { noChanges, noteFacts, noteStep, type ChangeSet } from './change-set.ts'
import { packsOfJournal } from './absent-papers.ts'
import { newestKnownTime, rememberJump } from './known-time.ts'
import { lacksIds, markParts } from './mark-parts.ts'
import { currentGroup } from './operation-group.ts'
import { registerSteps, seenLine } from './pack-register.ts'
import { bindingOf } from './store-identity.ts'
import { outsideOf } from './bound-operations.ts'
import { reachedHere, type OutsideFiles } from './outside-files.ts'
import type { LinkStyle } from './link-styles.ts'
import { StoreReader, type StoreCache } from './store-reader.ts'
import { withAside } from './move-step.ts'
import type { StorePaths } from './store-paths.ts'

/** What a transaction asks of the world around the store. */
export interface TxSurroundings {
  /** Reports whether the lock is still the one that others will ask for. */
  readonly isLocked?: () => boolean
  readonly outside?: OutsideFiles | undefined
}

/** What an operation is called, by whom it is done and what it was about. */
export interface OperationFacts {
  readonly op: OperationName
  /** Given where folders bear the name of the operation that made them; see {@link StoreTx.newId}. */
  readonly id?: Uuid
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
  /** What interfaces see depends on it: it is done once their views have followed. */
  readonly syncViews?: boolean
}

/** The clock is doubted, and trash kept, where nothing was done for so long. */
const JUMP_MS = 7 * 86_400_000

/** Operations that may stay open for long, until a file gets its name back. */
const REMOVALS = new Set<string>(['file.release', 'view.relink'] satisfies OperationName[])

/** What somebody may have done since to files that an operation needs. */
const RECOVERABLE_CODES = ['blob.not_found', 'view.path_taken', 'import.source_changed'] as const

/** Reads and changes a store under its lock. */
export class StoreTx extends StoreReader {
  readonly actor: string
  /** What was changed so far. Operations tell it themselves. */
  readonly changes: ChangeSet = noChanges()
  readonly #clock: Clock
  readonly #isLocked: () => boolean
  /** How files that are not the store's are reached. */
  readonly outside: OutsideFiles
  readonly #pending: Uuid[] = []
  readonly #linkStyles = new Map<UiName, LinkStyle>()
  #viewsPending = false

  constructor(
    paths: StorePaths,
    memory: StoreCache,
    clock: Clock,
    actor: string,
    { isLocked = () => true, outside = reachedHere(paths) }: TxSurroundings = {},
  ) {
    super(paths, memory)
    this.outside = outside
    this.#isLocked = isLocked
    this.#clock = clock
    this.actor = actor
  }

  /** The same as long as the lock is held. */
  override linkStyle(ui: UiName): LinkStyle {
    const known = this.#linkStyles.get(ui) ?? super.linkStyle(ui)
    this.#linkStyles.set(ui, known)
    return known
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#clock.now()
  }

  /** A new id, by which operations are put in the order in which they began. */
  newId(): Uuid {
    return uuidv7(Math.max(this.now(), this.#knownBefore()))
  }

  /** This moment as documents tell it. */
  timestamp(): string {
    return timestampOf(this.#clock)
  }

  /** Writes down that an operation begins, with what is needed to carry it on. @throws disk.* */
  async begin(facts: OperationFacts, steps: readonly Step[] = []): Promise<Uuid> {
    const id = facts.id ?? this.newId()
    if (!this.#isLocked()) {
      throw new AppError('store.locked', 'The lock of the store was replaced while it was held', {
        hint: 'Repeat; what was begun is finished then.',
      })
    }
    await this.#watchClock()
    noteFacts(this.changes, { ...facts.before })
    noteFacts(this.changes, { ...facts.after })
    const group = currentGroup()
    await this.#record(id, 'begin', facts, {
      ...(group === undefined ? {} : { group }),
      ...(steps.length === 0 ? {} : { steps: storedSteps(steps) }),
      ...(facts.syncViews === true ? { views_follow: true } : {}),
    })
    return id
  }

  #knownTime: number | null = null
  #isClockSeen = false

  /** The newest time known before this transaction. */
  #knownBefore(): number {
    this.#knownTime ??= newestKnownTime(this.paths)
    return this.#knownTime
  }

  /** Writes down where the clock has jumped since the last operation. */
  async #watchClock(): Promise<void> {
    if (this.#isClockSeen) return
    this.#isClockSeen = true
    const known = this.#knownBefore()
    const jumped = this.now() - known > JUMP_MS
    if (known > 0 && jumped) await rememberJump(this.paths, this.now())
  }

  /** This moment, or the newest time known where the clock is behind it. */
  latestTime(): number {
    return Math.max(this.now(), newestKnownTime(this.paths))
  }

  /** Writes down that an operation that was begun is done, and what came of it. @throws disk.* */
  async end(id: Uuid, after: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.#record(id, 'end', { ...this.#begun(id), after })
  }

  /**
   * Writes down that an operation is taken back.
   * @param op what it is called; needed where it is not open any more
   * @throws disk.*
   */
  async markUndone(id: Uuid, op?: string): Promise<void> {
    await this.#record(id, 'undone', op === undefined ? this.#begun(id) : { op })
  }

  /** The name of an open operation, which may be one of a future that we do not know. */
  #begun(id: Uuid): Pick<JournalRecord, 'op'> {
    const op = this.cache.journal.openName(id)
    if (op === null) throw new Error(`The operation ${id} is not open`)
    return { op }
  }

  async #record(
    id: Uuid,
    phase: JournalRecord['phase'],
    facts: Pick<JournalRecord, 'op'> & Omit<OperationFacts, 'op' | 'id'>,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    this.cache.parts.requireOnline()
    await this.markParts()
    await this.cache.journal.append({
      id,
      op: facts.op,
      phase,
      at: this.timestamp(),
      actor: this.actor,
      before: { ...facts.before },
      after: { ...facts.after },
      ...(phase === 'begin' ? bindingOf(this.paths) : {}),
      ...more,
    })
  }

  /**
   * Carries out an operation: all of its steps, or none. Where even taking them back fails, the operation
   * stays open and the next holder of the lock finishes it. One that views must follow stays open
   * until {@link completePendingViews}.
   * @param first done before the steps, and again by whoever finishes the operation after a crash
   * @returns the id of its journal entry
   * @throws disk.*, view.path_taken, path.offline before anything is written down
   */
  async perform(
    facts: OperationFacts,
    wanted: readonly Step[],
    first: () => Promise<void> = () => Promise.resolve(),
  ): Promise<Uuid> {
    const steps = wanted.map((step) => (step.do === 'move' ? withAside(step) : step))
    return this.#perform(facts, [...steps, ...registerSteps(this.paths, steps)], first)
  }

  async #perform(
    facts: OperationFacts,
    steps: readonly Step[],
    first: () => Promise<void>,
  ): Promise<Uuid> {
    await this.outside.requireReachable(outsideOf(this.paths, steps))
    const id = await this.begin(facts, steps)
    let made = 0
    try {
      await first()
      await this.#makeSteps(steps, () => {
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

  /** Makes steps, those on files of people where they may hang without harm. */
  async #makeSteps(steps: readonly Step[], onStep?: () => void): Promise<void> {
    for (const step of steps) noteStep(this.changes, step)
    await applySteps(this.paths, steps, onStep, (step) => {
      const [path] = outsideOf(this.paths, [step])
      return path === undefined ? null : this.outside.call(path, 'make_step', step)
    })
  }

  /** See `obstacle`. @throws path.offline */
  async undoConflict(step: Step): Promise<string | null> {
    const [path] = outsideOf(this.paths, [step])
    return path === undefined
      ? undoConflict(this.paths, step)
      : this.outside.call(path, 'obstacle', step)
  }

  /** Ends an operation that was begun once views have followed; see {@link completePendingViews}. @throws disk.* */
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
   * Reports whether an operation is open that a crash would have somebody finish. A file that waits
   * for its name to be free may wait for long; it is no business of views.
   */
  get hasOpenOperation(): boolean {
    return this.openHere().some(({ begin }) => !REMOVALS.has(begin.op))
  }

  /**
   * Notes that a view is about to change. Where no operation is open that a crash would have
   * somebody finish, one begins that views must follow.
   * @throws disk.*
   */
  async markViewsPending(): Promise<void> {
    if (this.hasOpenOperation) return
    await this.#close(await this.begin({ op: 'view.follow', syncViews: true }), true)
  }

  /** Reports whether operations of this transaction wait for views to follow. */
  get viewsPending(): boolean {
    return this.#viewsPending
  }

  /** Ends the operations that views have followed by now. @throws disk.* */
  async completePendingViews(): Promise<void> {
    for (const id of this.#pending.splice(0)) await this.end(id)
    this.#viewsPending = false
  }

  async #tryRollback(id: Uuid, steps: readonly Step[]): Promise<void> {
    try {
      await this.rollback(id, steps)
    } catch {
      // The operation stays open: whoever takes the lock next finishes it.
    }
  }

  /**
   * Makes steps of an operation backwards, but for those that were not made and those that somebody has
   * stepped in the way of, and writes down that it is taken back.
   * @throws disk.*
   */
  async rollback(id: Uuid, steps: readonly Step[]): Promise<void> {
    await this.outside.requireReachable(outsideOf(this.paths, steps))
    for (const [index, step] of [...steps.entries()].reverse()) {
      if (isUnmade(this.paths, step, steps.slice(0, index))) continue
      if ((await this.undoConflict(step)) === null) await this.#makeSteps(invertSteps([step]))
    }
    await this.markUndone(id)
  }

  /**
   * Finishes an operation that a crash left open. One that cannot go forward, because what it needs was
   * moved or changed by hand since, is taken back as far as that can be.
   * @returns false where it was taken back
   * @throws disk.*
   */
  async finish(open: JournalOperation): Promise<boolean> {
    const { id, before, after } = open.begin
    noteFacts(this.changes, before)
    noteFacts(this.changes, after)
    const steps = stepsOf(open)
    await this.outside.requireReachable(outsideOf(this.paths, steps))
    try {
      assertUnedited(this.paths, steps)
      await this.#makeSteps(steps)
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

  /** Appends to the ledger of a view; flushed when it returns. @throws disk.* */
  async recordLinks(
    ui: UiName,
    profile: ProfileName,
    records: readonly LinkRecord[],
  ): Promise<void> {
    this.changes.views.add(ui)
    await this.cache.links.append(this.paths.linkLedger(ui, profile), records)
  }

  /** Shortens the ledger of a view where that is worth it. @throws disk.* */
  async compactLinks(ui: UiName, profile: ProfileName): Promise<void> {
    await this.cache.links.compact(this.paths.linkLedger(ui, profile))
  }

  /** Writes down what became known of copies of the store's own. @throws disk.* */
  async recordCopies(records: readonly CopyRecord[]): Promise<void> {
    if (records.length === 0) return
    // A first look tells nothing new of a blob: what it changes, the ledger's reader sees.
    const told = records.filter((record) => record.event !== 'seen')
    for (const { sha256 } of told) this.changes.blobs.add(sha256)
    await appendLines(this.paths.copies(STORE_LOCATION), records.map(lineText).join(''))
  }

  /** Writes down what became known of files of a location. @throws disk.* */
  async recordFiles(location: LocationId, records: readonly FileRecord[]): Promise<void> {
    if (records.length === 0) return
    await appendLines(this.paths.files(location), records.map(lineText).join(''))
  }

  /** Gives the parts of a store from before ids the ids that are missing. @throws disk.* */
  async markParts(): Promise<void> {
    if (lacksIds(this.paths)) await markParts(this.paths, this.now())
  }

  /**
   * Writes down packs that are here and that the register does not know, or knows without their
   * lock; of a store of an older version, also those that only its journal knows.
   * @throws disk.*
   */
  async registerPacks(): Promise<void> {
    const { written, known } = this.packRegister()
    const lines = this.packNames().flatMap((name) => {
      const lock = fs.existsSync(this.paths.packLock(name))
      const before = known.get(name)
      return before !== undefined && (before.lock || !lock) ? [] : [seenLine(name, lock)]
    })
    const old = written ? [] : [...packsOfJournal(this.journal.acts())]
    const missed = old.filter((name) => !fs.existsSync(this.paths.packFolder(name)))
    const all = [...lines, ...missed.map((name) => seenLine(name, false))]
    if (all.length > 0) await appendLines(this.paths.packRegister, all.join(''))
  }

  /** Makes the folders that a store of ours has beside those it was found with. @throws disk.* */
  async ensureFolders(): Promise<void> {
    const { paths } = this
    const wanted = [paths.packs, paths.profiles, paths.blobs, paths.views]
    for (const folder of [...wanted, paths.temporary, paths.jobs]) await ensureFolder(folder)
  }
}

/** Returns the steps that an operation was written down with. */
export function stepsOf(act: JournalOperation): readonly Step[] {
  const steps: unknown = act.begin['steps']
  return Array.isArray(steps) ? (steps as Step[]) : []
}

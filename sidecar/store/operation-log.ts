/** Records in the journal that operations begin and end, for one holder of the lock. */
import { AppError } from '../../schemas/errors.ts'
import type { Uuid } from '../../schemas/ids.ts'
import type { JournalRecord } from '../../schemas/journal.ts'
import { lacksIds, markParts } from './mark-parts.ts'
import type { OperationFacts } from './operation-facts.ts'
import { currentGroup } from './operation-group.ts'
import type { BegunOperation } from './perform-together.ts'
import type { StoreCache } from './store-cache.ts'
import type { StoreClock } from './store-clock.ts'
import { bindingOf } from './store-identity.ts'
import type { StorePaths } from './store-paths.ts'
import { storedSteps, type Step } from './steps.ts'

/** The journal, and who writes to it. */
interface LogOptions {
  readonly paths: StorePaths
  readonly cache: Pick<StoreCache, 'journal' | 'parts'>
  readonly clock: StoreClock
  readonly actor: string
  /** Reports whether the held lock is still the one that other processes will request. */
  readonly isLocked: () => boolean
}

/** What a record holds besides its actor and time. */
type RecordFacts = Pick<JournalRecord, 'id' | 'phase' | 'op'> & {
  readonly before?: Readonly<Record<string, unknown>> | undefined
  readonly after?: Readonly<Record<string, unknown>> | undefined
  readonly [more: string]: unknown
}

/** Appends to the journal of a store. Needs the lock. */
export class OperationLog {
  readonly #options: LogOptions

  constructor(options: LogOptions) {
    this.#options = options
  }

  /**
   * Records that an operation begins, with what is needed to finish it after a crash.
   * @returns its id
   * @throws store.locked where the lock was replaced; store.offline, disk.*
   */
  async begin(facts: OperationFacts, steps: readonly Step[]): Promise<Uuid> {
    const id = facts.id ?? this.#options.clock.newId()
    await this.beginAll([{ id, facts, steps }])
    return id
  }

  /** Records that operations begin, as {@link begin} does: all of them or none. */
  async beginAll(operations: readonly BegunOperation<OperationFacts>[]): Promise<void> {
    const { clock, isLocked, cache } = this.#options
    if (!isLocked()) {
      throw new AppError('store.locked', 'The lock of the store was replaced while it was held', {
        hint: 'Repeat; that also finishes what was begun.',
      })
    }
    await clock.watch()
    cache.parts.requireOnline()
    // A record names the ids of the parts that it is bound to.
    await this.markParts()
    await this.#record(operations.map((one) => this.#beginFacts(one)))
  }

  #beginFacts({ id, facts, steps }: BegunOperation<OperationFacts>): RecordFacts {
    const group = currentGroup()
    const { op, before, after, syncViews } = facts
    return {
      ...{ id, op, phase: 'begin', before, after },
      ...bindingOf(this.#options.paths),
      ...(group === undefined ? {} : { group }),
      ...(steps.length === 0 ? {} : { steps: storedSteps(steps) }),
      ...(syncViews === true ? { views_follow: true } : {}),
    }
  }

  /** Records that an open operation is done, with its outcome. @throws disk.* */
  async end(id: Uuid, after: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#record([{ id, op: this.#nameOf(id), phase: 'end', after }])
  }

  /** Records that open operations are done. @throws disk.* */
  async endAll(operations: readonly BegunOperation[]): Promise<void> {
    await this.#record(operations.map(({ id, facts: { op } }) => ({ id, op, phase: 'end' })))
  }

  /**
   * Records that an operation is undone.
   * @param op its name; needed where it is not open any more
   * @throws disk.*
   */
  async markUndone(id: Uuid, op?: string): Promise<void> {
    await this.#record([{ id, op: op ?? this.#nameOf(id), phase: 'undone' }])
  }

  /** Gives the parts of a store made before there were ids the missing ones. @throws disk.* */
  async markParts(): Promise<void> {
    const { paths, clock } = this.#options
    if (lacksIds(paths)) await markParts(paths, clock.now())
  }

  /** The name of an open operation, which may be one that only a newer version knows. */
  #nameOf(id: Uuid): string {
    const op = this.#options.cache.journal.openName(id)
    if (op === null) throw new Error(`The operation ${id} is not open`)
    return op
  }

  async #record(all: readonly RecordFacts[]): Promise<void> {
    const { cache, clock, actor } = this.#options
    cache.parts.requireOnline()
    await this.markParts()
    const at = clock.timestamp()
    const records = all.map(({ before, after, ...facts }) => {
      return { ...facts, at, actor, before: { ...before }, after: { ...after } }
    })
    await cache.journal.append(...records)
  }
}

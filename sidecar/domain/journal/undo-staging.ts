/**
 * Copies removed originals back before the store is locked: under the lock they are only renamed.
 */
import { isAppError } from '../../../schemas/errors.ts'
import type { JournalOperation } from '../../store/journal.ts'
import type { OutsideFiles } from '../../store/outside-files.ts'
import { bringBackOf, type BringBackStep } from '../../store/release-step.ts'
import type { Store } from '../../store/store.ts'
import { isCopyImport, possibleSteps, type ConflictCheck } from './undo-conflicts.ts'

interface StagingContext {
  readonly store: Pick<Store, 'outside' | 'reader'>
}

/**
 * Staged copies beside their final names; those that were not renamed are removed with this object.
 */
export class StagedOriginals implements AsyncDisposable {
  readonly #ctx: StagingContext
  readonly #steps: BringBackStep[] = []

  constructor(ctx: StagingContext) {
    this.#ctx = ctx
  }

  /**
   * Makes the copies for undoing an operation.
   * @throws disk.full, disk.*, path.offline; copies made until then are kept
   */
  async add(operation: JournalOperation, conflictOf: ConflictCheck): Promise<void> {
    if (isCopyImport(operation)) return
    const { outside, reader } = this.#ctx.store
    const { steps } = await possibleSteps(reader, operation, conflictOf)
    for (const step of steps) {
      if (step.do !== 'release') continue
      const back = bringBackOf(step)
      this.#steps.push(back)
      await outside.call(reader.paths.absolute(back.to), 'stage_copy', back)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { outside, reader } = this.#ctx.store
    for (const step of this.#steps.splice(0)) {
      await discard(outside, reader.paths.absolute(step.to), step)
    }
  }
}

/** A copy that cannot be removed is removed by the next undo of the same operation. */
async function discard(outside: OutsideFiles, path: string, step: BringBackStep): Promise<void> {
  try {
    await outside.call(path, 'discard_copy', step)
  } catch (error) {
    if (!isAppError(error)) throw error
  }
}

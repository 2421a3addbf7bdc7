/**
 * Copying removed originals back before the store is locked: only their names are given under it.
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

/** Copies that wait beside the names that they are to get; what got none goes with this object. */
export class StagedOriginals implements AsyncDisposable {
  readonly #ctx: StagingContext
  readonly #steps: BringBackStep[] = []

  constructor(ctx: StagingContext) {
    this.#ctx = ctx
  }

  /**
   * Makes the copies that undoing an operation brings back.
   * @throws disk.full, disk.*, path.offline; what was copied until then waits
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

/** What a disk does not let go is removed by the next undo of the same operation. */
async function discard(outside: OutsideFiles, path: string, step: BringBackStep): Promise<void> {
  try {
    await outside.call(path, 'discard_copy', step)
  } catch (error) {
    if (!isAppError(error)) throw error
  }
}

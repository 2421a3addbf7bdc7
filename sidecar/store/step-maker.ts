/** Applies the steps of operations, and reverts them. */
import { applySteps } from './apply-steps.ts'
import { outsideOf } from './bound-operations.ts'
import { noteStep, type ChangeSet } from './change-set.ts'
import { invertSteps } from './invert-steps.ts'
import type { OutsideFiles } from './outside-files.ts'
import { registerSteps } from './pack-register.ts'
import type { Step } from './steps.ts'
import type { StorePaths } from './store-paths.ts'
import { isUnmade, undoConflict } from './undo-conflict.ts'
import { withAside } from './with-aside.ts'

/**
 * As {@link undoConflict}, in a process in which calls on outside files may hang without harm.
 * @throws path.offline
 */
export async function conflictWhereItIs(
  paths: StorePaths,
  outside: OutsideFiles,
  step: Step,
): Promise<string | null> {
  const [path] = outsideOf(paths, [step])
  return path === undefined ? undoConflict(paths, step) : outside.call(path, 'undo_conflict', step)
}

/**
 * Applies steps, those on outside files in processes that may hang without harm. Needs the lock.
 */
export class StepMaker {
  readonly #paths: StorePaths
  readonly #outside: OutsideFiles
  readonly #changes: ChangeSet

  /** @param changes collects what steps change */
  constructor(paths: StorePaths, outside: OutsideFiles, changes: ChangeSet) {
    this.#paths = paths
    this.#outside = outside
    this.#changes = changes
  }

  /** Returns steps in the form in which they are recorded and applied. */
  written(wanted: readonly Step[]): readonly Step[] {
    const asked = wanted.map(withAside)
    return [...asked, ...registerSteps(this.#paths, asked)]
  }

  /** Returns if the outside files that steps change can be reached. @throws path.offline */
  async requireReachable(steps: readonly Step[]): Promise<void> {
    await this.#outside.requireReachable(outsideOf(this.#paths, steps))
  }

  /** Applies steps in order. @throws disk.*, view.path_taken */
  async make(steps: readonly Step[], beforeStep?: () => void): Promise<void> {
    for (const step of steps) noteStep(this.#changes, step)
    const makeElsewhere = (step: Step) => {
      const [path] = outsideOf(this.#paths, [step])
      return path === undefined ? null : this.#outside.call(path, 'make_step', step)
    }
    await applySteps(this.#paths, steps, { beforeStep, makeElsewhere })
  }

  /** @throws path.offline */
  undoConflict(step: Step): Promise<string | null> {
    return conflictWhereItIs(this.#paths, this.#outside, step)
  }

  /**
   * Reverts steps, except those that were not applied and those that conflict with a later change
   * by another program.
   * @throws disk.*, path.offline
   */
  async unmake(steps: readonly Step[]): Promise<void> {
    await this.requireReachable(steps)
    for (const [index, step] of [...steps.entries()].reverse()) {
      if (isUnmade(this.#paths, step, steps.slice(0, index))) continue
      if ((await this.undoConflict(step)) === null) await this.make(invertSteps([step]))
    }
  }
}

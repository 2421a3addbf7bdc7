/** What undoing a job would do: found by going through its operations in the order of the undo. */
import type { UndoResult } from '../../../schemas/journal.ts'
import { documentDigests, isDocumentStep, type Step } from '../../store/steps.ts'
import { textDigest } from '../../store/patch-step.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { stepsOf } from '../../store/steps.ts'
import { previewSteps } from '../profiles/preview-views.ts'
import { previewedSteps, requireUndoable, type Undoer, type UndoContext } from './undo-operation.ts'
import { askConflict, type ConflictCheck } from './undo-conflicts.ts'
import {
  isKept,
  keep,
  leftOf,
  newTally,
  assertSomethingUndone,
  resultOf,
  undoable,
  type UndoneJob,
} from './undo-tally.ts'

/** Documents as they will be when later operations are undone. */
class DocumentsBefore {
  readonly #digests = new Map<string, string | null>()
  readonly #others: ConflictCheck

  /** @param others checks steps that do not change documents */
  constructor(others: ConflictCheck) {
    this.#others = others
  }

  conflictOf = async (reader: StoreReader, step: Step): Promise<string | null> => {
    if (!isDocumentStep(step)) return this.#others(reader, step)
    const known = this.#digests.get(step.path)
    const now = known === undefined ? textDigest(reader.text(reader.paths.at(step.path))) : known
    return now === documentDigests(step).after ? null : `${step.path} was changed since`
  }

  undo(steps: readonly Step[]): void {
    for (const step of steps.toReversed()) {
      if (isDocumentStep(step)) this.#digests.set(step.path, documentDigests(step).before)
    }
  }
}

/**
 * Returns what undoing a job would do; nothing is changed, and no original is read.
 * @throws journal.not_undoable, auth.forbidden, auth.path_not_allowed where nothing could be undone
 */
export async function previewGroup(
  ctx: UndoContext,
  { rights }: Undoer,
  job: UndoneJob,
): Promise<UndoResult> {
  const { reader, outside } = ctx.store
  const tally = newTally()
  const documents = new DocumentsBefore(askConflict(outside))
  const steps: Step[] = []
  for (const operations of undoable(ctx, job.group)) {
    for (const operation of operations) {
      tally.total += 1
      try {
        const { conflictOf } = documents
        const recorded = await requireUndoable(reader, operation, { rights, conflictOf })
        documents.undo(stepsOf(recorded))
        const preview = await previewedSteps(reader, recorded, conflictOf)
        steps.push(...preview.steps)
        tally.kept.push(...leftOf(recorded, preview.left))
        tally.undone += 1
      } catch (error) {
        if (!isKept(error)) throw error
        keep(reader, tally, { operation, error })
      }
    }
  }
  assertSomethingUndone(tally)
  const result = resultOf(job, tally, true)
  return { ...result, views: await previewSteps(ctx, steps) }
}

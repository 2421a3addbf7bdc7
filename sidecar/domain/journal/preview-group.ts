/** What undoing a job would do: told by going through its operations as the undo would. */
import type { Uuid } from '../../../schemas/ids.ts'
import type { UndoResult } from '../../../schemas/records.ts'
import { documentDigests, isDocumentStep, obstacle, type Step } from '../../store/act.ts'
import { textDigest } from '../../store/patch-step.ts'
import type { Operation } from '../../index/list-operations.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { stepsOf } from '../../store/store-tx.ts'
import { foreseeSteps } from '../foresee-views.ts'
import { foreseenSteps, requireUndoable, type Undoer, type UndoContext } from './undo-act.ts'
import { isKept, keep, newTally, refuseWhereNothing, resultOf, undoable } from './undo-tally.ts'

/** Documents as they will be when the operations that came later are undone. */
class DocumentsBefore {
  readonly #digests = new Map<string, string | null>()

  obstacleOf = (reader: StoreReader, step: Step): string | null => {
    if (!isDocumentStep(step)) return obstacle(reader.paths, step)
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
 * What undoing a job would do; nothing is changed, and no original is read.
 * @throws journal.not_undoable, auth.forbidden, auth.path_not_allowed where nothing could be undone
 */
export async function previewGroup(
  ctx: UndoContext,
  { rights }: Undoer,
  group: Uuid,
  first: Operation,
): Promise<UndoResult> {
  const { reader } = ctx.store
  const tally = newTally()
  const documents = new DocumentsBefore()
  const steps: Step[] = []
  for (const operations of undoable(ctx, group)) {
    for (const operation of operations) {
      tally.total += 1
      try {
        const act = requireUndoable(reader, rights, operation, documents.obstacleOf)
        documents.undo(stepsOf(act))
        steps.push(...foreseenSteps(reader, act))
        tally.undone += 1
      } catch (error) {
        if (!isKept(error)) throw error
        keep(reader, tally, operation, error)
      }
    }
  }
  refuseWhereNothing(tally)
  const result = resultOf(group, first, tally, true)
  return { ...result, views: await foreseeSteps(ctx, steps) }
}

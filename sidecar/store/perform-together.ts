/** Performs independent operations side by side. */
import type { Uuid } from '../../schemas/ids.ts'
import { makeTogether, type Making, type StepHandlers } from './make-together.ts'
import type { OperationName } from './operation-names.ts'
import type { Step } from './steps.ts'
import type { StorePaths } from './store-paths.ts'

/** An operation that may be performed beside others: it needs no sync of views. */
export interface PlannedOperation {
  readonly facts: {
    readonly op: OperationName
    readonly before?: Readonly<Record<string, unknown>>
    readonly after?: Readonly<Record<string, unknown>>
    readonly syncViews?: never
  }
  readonly steps: readonly Step[]
}

/** An operation with its id in the journal. */
export interface BegunOperation<F = PlannedOperation['facts']> {
  readonly id: Uuid
  readonly facts: F
  readonly steps: readonly Step[]
}

/** What a transaction does for operations that are performed side by side. */
export interface GroupHandlers extends StepHandlers {
  /** @throws path.offline */
  readonly requireReachable: (steps: readonly Step[]) => Promise<void>
  /** Records that operations begin, all or none. @throws disk.* */
  readonly begin: (operations: readonly BegunOperation[]) => Promise<void>
  /** Never throws: what cannot be undone stays open. */
  readonly rollback: (id: Uuid, steps: readonly Step[]) => Promise<void>
  /** Records that operations are done. @throws disk.* */
  readonly end: (operations: readonly BegunOperation[]) => Promise<void>
}

type GroupMember = BegunOperation & Making

/**
 * Records that all begin, applies their steps, and records that they are done; each operation is
 * all of its steps or none.
 * @returns for each operation the error for which it was not done, null where it was
 * @throws what `begin`, `before` and `end` throw
 */
export async function performTogether(
  paths: StorePaths,
  operations: readonly BegunOperation[],
  handlers: GroupHandlers,
): Promise<unknown[]> {
  const all = operations.map((one): GroupMember => ({ ...one, made: 0, error: null }))
  for (const one of all) await noteUnreachable(one, handlers)
  const begun = all.filter(({ error }) => error === null)
  await handlers.begin(begun)
  try {
    await makeTogether(paths, begun, handlers)
  } finally {
    await settle(begun, handlers)
  }
  return all.map(({ error }) => error)
}

async function noteUnreachable(
  one: GroupMember,
  { requireReachable }: GroupHandlers,
): Promise<void> {
  try {
    await requireReachable(one.steps)
  } catch (error) {
    one.error = error
  }
}

const isDone = ({ made, steps, error }: Making) => error === null && made === steps.length

/** Rolls back operations that were begun and not finished. */
async function settle(begun: readonly GroupMember[], handlers: GroupHandlers): Promise<void> {
  for (const one of begun) {
    if (!isDone(one)) await handlers.rollback(one.id, one.steps.slice(0, one.made))
  }
  await handlers.end(begun.filter(isDone))
}

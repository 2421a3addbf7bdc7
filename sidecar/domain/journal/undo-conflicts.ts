/** Why an operation cannot be undone now. */
import { mayTouch } from '../../platform/mounts.ts'
import { type Step } from '../../store/steps.ts'
import { undoConflict } from '../../store/undo-conflict.ts'
import type { OperationName } from '../../store/operation-names.ts'
import { conflictWhereItIs } from '../../store/step-maker.ts'
import { outsideOf } from '../../store/bound-operations.ts'
import type { JournalOperation } from '../../store/journal.ts'
import type { OutsideFiles } from '../../store/outside-files.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { stepsOf } from '../../store/steps.ts'
import { kindOf } from './operations/operations.ts'

/** Import methods that changed the original: its path, or its mode. */
const IN_PLACE = new Set<unknown>(['moved', 'hard_link'])

const IMPORTS = new Set<string>(['blob.import', 'blob.replace'] satisfies OperationName[])

/** Reports whether an operation imported a copy of a file and left the original unchanged. */
export function isCopyImport({ begin: { op, after } }: JournalOperation): boolean {
  return IMPORTS.has(op) && !IN_PLACE.has(after['how'])
}

/** Reports whether operations of a name are made on request, not as a consequence of others. */
export function isMade(op: string): boolean {
  const undo = kindOf(op)?.undo
  return undo?.by !== 'never' || undo.follows !== true
}

/** Why operations of a name can never be undone, or null. */
function whyNeverUndoable(op: string): string | null {
  const undo = kindOf(op)?.undo
  return undo?.by === 'never' ? undo.reason : null
}

/** Why the bytes that an operation removed can never come back, or null. */
function whyBytesStay({ begin: { op, before } }: JournalOperation): string | null {
  const isBad = op === ('blob.delete' satisfies OperationName) && before['bad'] === true
  return isBad ? 'The model was damaged; its bytes never come back under its digest' : null
}

/** Why the state of an operation forbids its undo, or null. */
function whyNotDone(operation: JournalOperation): string | null {
  if (operation.undone !== null) return 'It was already undone'
  return operation.end === null ? 'It is not finished' : null
}

/**
 * Returns the steps of an operation that undo reverts: those that were applied. A blob that came in
 * with the operation stays in the store, and damaged bytes stay in the trash.
 */
export function undoableSteps(operation: JournalOperation): readonly Step[] {
  const { kept = [] } = operation
  const steps = stepsOf(operation).filter((_step, index) => !kept.includes(index))
  const undo = kindOf(operation.begin.op)?.undo
  return undo?.by === 'steps' && undo.of !== undefined ? undo.of(steps) : steps
}

/** Returns why a step cannot be reverted now, or null where it can. */
export type ConflictCheck = (reader: StoreReader, step: Step) => Promise<string | null>

/** Returns a check that includes files outside the store. @throws path.offline */
export function askConflict(outside: OutsideFiles): ConflictCheck {
  return ({ paths }, step) => conflictWhereItIs(paths, outside, step)
}

/** Checks nothing that may hang: that is checked when the step is reverted. */
export const quickConflict: ConflictCheck = async ({ paths }, step) =>
  outsideOf(paths, [step]).every(mayTouch) ? undoConflict(paths, step) : null

/** A removed original that cannot come back, and why. */
export interface LeftOriginal {
  readonly path: string
  readonly reason: string
}

/**
 * The steps of {@link undoableSteps} that can be reverted, and the originals that cannot come back.
 */
export interface PossibleSteps {
  readonly steps: readonly Step[]
  readonly left: readonly LeftOriginal[]
}

/**
 * Returns the steps that undo would make, and those that it cannot. @throws path.offline, as
 * `conflictOf`
 */
export async function possibleSteps(
  reader: StoreReader,
  operation: JournalOperation,
  conflictOf: ConflictCheck,
): Promise<PossibleSteps> {
  const steps: Step[] = []
  const left: LeftOriginal[] = []
  for (const step of undoableSteps(operation)) {
    const reason = step.do === 'release' ? await conflictOf(reader, step) : null
    if (reason === null) steps.push(step)
    else if (step.do === 'release') left.push({ path: step.path, reason })
  }
  return { steps, left }
}

/**
 * Returns why an operation cannot be undone now, or null where it can. For an imported copy, checks
 * that require reading its original are left out.
 * @param conflictOf called for each of its steps
 */
export async function whyNotUndoable(
  reader: StoreReader,
  operation: JournalOperation,
  conflictOf: ConflictCheck,
): Promise<string | null> {
  const never =
    whyNotDone(operation) ?? whyNeverUndoable(operation.begin.op) ?? whyBytesStay(operation)
  if (never !== null) return never
  if (kindOf(operation.begin.op)?.undo.by === 'stacks' || isCopyImport(operation)) return null
  const steps = undoableSteps(operation)
  if (steps.every((step) => step.do === 'line' || step.do === 'once')) {
    return 'There is nothing to undo'
  }
  const hindrances: (string | null)[] = []
  for (const step of steps) hindrances.push(await conflictOf(reader, step))
  // Removed originals come back as far as possible.
  const some =
    operation.begin.op === ('file.release' satisfies OperationName) && hindrances.includes(null)
  return some ? null : (hindrances.find((one) => one !== null) ?? null)
}

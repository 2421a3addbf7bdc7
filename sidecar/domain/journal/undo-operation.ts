/** Undoes one operation: by reverting its steps, or by going back to the stacks before a switch. */
import { AppError, isAppError } from '../../../schemas/errors.ts'
import type { ProfileName, UiName, Uuid } from '../../../schemas/ids.ts'
import type { UndoResult } from '../../../schemas/journal.ts'
import type { Digests, HashPool } from '../../platform/hash-pool.ts'
import { invertSteps } from '../../store/invert-steps.ts'
import type { JournalOperation } from '../../store/journal.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import { previewSteps } from '../profiles/preview-views.ts'
import { truncated as listed } from '../truncate-list.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import type { Stacks } from '../profiles/finish-switch.ts'
import { performSwitch, previewSwitch } from '../profiles/perform-switch.ts'
import type { SwitchIntent } from '../profiles/plan-switch.ts'
import { recordedOperation, type JournalContext } from './find-operations.ts'
import { blobToUnlink, unlinkUndone, type Undone } from './operations/journal-undo.ts'
import { kindOf } from './operations/operations.ts'
import { sentence } from './summaries.ts'
import { blobOf, copyToTrash, packsByDigest, proveOriginal } from './undo-import.ts'
import {
  askConflict,
  isCopyImport,
  possibleSteps,
  undoableSteps,
  whyNotUndoable,
  type LeftOriginal,
  type ConflictCheck,
  type PossibleSteps,
} from './undo-conflicts.ts'
import { whyNotAllowed, type Rights } from './undo-rights.ts'
import { StagedOriginals } from './undo-staging.ts'
import { leftOf } from './undo-tally.ts'
import { operationById, type Operation } from '../../index/list-operations.ts'

/** The dependencies of undo: the store, its index, and access to originals. */
export interface UndoContext extends StoreContext, Pick<JournalContext, 'index'> {
  readonly pool: HashPool
}

/** Who undoes. */
export interface Undoer {
  readonly actor: string
  readonly rights: Rights
}

/** The way back to the stacks before a switch. */
function switchBack(operation: JournalOperation): SwitchIntent {
  const before = (operation.begin.before['stacks'] ?? {}) as Stacks
  return {
    action: 'back',
    profile: null,
    stacks: new Map(Object.entries(before) as [UiName, ProfileName[]][]),
    documents: new Map(),
    refresh: true,
    depth: 'incremental',
  }
}

async function undoSwitch(tx: StoreTx, operation: JournalOperation): Promise<Uuid> {
  const done = await performSwitch(tx, switchBack(operation))
  await tx.markUndone(operation.begin.id, operation.begin.op)
  return (done.journal_id ?? operation.begin.id) as Uuid
}

/** Facts of an undo that are known before its transaction, or shared by several. */
export interface UndoFacts {
  /** The digests of a copy's original, just read. */
  readonly proof: Digests | null
  readonly packs: () => ReadonlyMap<string, string> | null
}

async function stepsBack(
  tx: StoreTx,
  operation: JournalOperation,
  { id, proof, packs }: UndoFacts & { readonly id: Uuid },
): Promise<PossibleSteps> {
  if (!isCopyImport(operation)) {
    const { steps, left } = await possibleSteps(tx, operation, askConflict(tx.outside))
    return { steps: invertSteps(steps), left }
  }
  if (proof === null) throw new AppError('journal.not_undoable', 'The original was not read')
  return { steps: await copyToTrash(tx, operation, { id, proof, packs: packs() }), left: [] }
}

/** The operation that undid another, and the removed originals that did not come back. */
export interface UndoOutcome {
  readonly journal_id: Uuid
  readonly left: readonly LeftOriginal[]
}

/**
 * Reverts an operation in an operation of its own, which is finished after a crash. The caller
 * syncs views.
 * @throws journal.not_undoable, disk.*
 */
async function undoSteps(
  tx: StoreTx,
  operation: JournalOperation,
  facts: UndoFacts,
): Promise<UndoOutcome> {
  const about = whatIs(operation)
  const id = tx.newId()
  const { steps, left } = await stepsBack(tx, operation, { ...facts, id })
  await tx
    .perform({ op: 'journal.undo', id, before: { ...about }, syncViews: true }, steps, () =>
      unlinkUndone(tx, about, kindOf),
    )
    .catch(mapTakenAway)
  await tx.markUndone(about.of, about.op)
  return { journal_id: id, left }
}

/** A file that disappears during an undo is reported as if it had been gone before. */
function mapTakenAway(error: unknown): never {
  if (isAppError(error, 'blob.not_found')) throw new AppError('journal.not_undoable', error.message)
  throw error
}

function whatIs(operation: JournalOperation): Undone {
  const { id: of, op } = operation.begin
  return { of, op, sha256: blobOf(operation) }
}

/** Reports whether an operation only changed which profiles are active. */
const isSwitch = (operation: JournalOperation) => kindOf(operation.begin.op)?.undo.by === 'stacks'

/** The checks before an undo. */
export interface UndoChecks {
  readonly rights: Rights
  /** Returns why a step cannot be undone. */
  readonly conflictOf: ConflictCheck
}

/**
 * Returns an operation if this caller may undo it now.
 * @throws journal.not_undoable with the reason, auth.forbidden, auth.path_not_allowed, path.offline
 */
export async function requireUndoable(
  reader: StoreReader,
  operation: Operation,
  { rights, conflictOf }: UndoChecks,
): Promise<JournalOperation> {
  const recorded = recordedOperation(reader, operation)
  const refusal = await whyNotAllowed(reader, rights, recorded)
  if (refusal !== null) throw refusal
  const reason = await whyNotUndoable(reader, recorded, conflictOf)
  if (reason !== null) throw new AppError('journal.not_undoable', reason)
  return recorded
}

/** Undoes one operation under the lock; the caller syncs views. */
export async function undoUnderLock(
  tx: StoreTx,
  operation: JournalOperation,
  facts: UndoFacts,
): Promise<UndoOutcome> {
  if (!isSwitch(operation)) return undoSteps(tx, operation, facts)
  return { journal_id: await undoSwitch(tx, operation), left: [] }
}

/** Returns the steps that undoing an operation would apply, as far as a dry run can know. */
export async function previewedSteps(
  reader: StoreReader,
  operation: JournalOperation,
  conflictOf: ConflictCheck,
): Promise<PossibleSteps> {
  if (!isCopyImport(operation)) {
    const { steps, left } = await possibleSteps(reader, operation, conflictOf)
    return { steps: invertSteps(steps), left }
  }
  const sha256 = blobOf(operation)
  if (sha256 === null) return { steps: [], left: [] }
  const path = reader.paths.relative(reader.paths.blob(sha256))
  return { steps: [{ do: 'unlink', path }], left: [] }
}

/**
 * Returns what undoing an operation would do; nothing is changed, and no original is read.
 * @throws store.not_initialized and as {@link undoOperation}
 */
export async function previewOperation(
  ctx: UndoContext,
  { rights }: Undoer,
  operation: Operation,
): Promise<UndoResult> {
  const { reader, outside } = ctx.store
  const conflictOf = askConflict(outside)
  const recorded = await requireUndoable(reader, operation, { rights, conflictOf })
  const message = `Would be undone: ${sentence(recorded)}`
  const about = { dry_run: true, undone: operation.id, op: recorded.begin.op, message }
  if (isSwitch(recorded)) {
    const { plan } = previewSwitch(reader, switchBack(recorded))
    return { ...about, plan }
  }
  const { steps, left } = await previewedSteps(reader, recorded, conflictOf)
  const views = await previewSteps(ctx, steps, blobToUnlink(whatIs(recorded), kindOf))
  return { ...about, ...partsOf(recorded, left), views }
}

/** The originals that do not come back, and why. */
function partsOf(
  operation: JournalOperation,
  left: readonly LeftOriginal[],
): Pick<UndoResult, 'parts'> {
  if (left.length === 0) return {}
  const total = undoableSteps(operation).length
  const kept = listed(leftOf(operation, left))
  return { parts: { total, undone: total - left.length, kept } }
}

/**
 * Undoes one operation and syncs views. Originals that come back are copied before the store is
 * locked.
 * @throws journal.not_undoable with the reason, auth.forbidden, auth.path_not_allowed, disk.*
 */
export async function undoOperation(
  ctx: UndoContext,
  { actor, rights }: Undoer,
  operation: Operation,
): Promise<UndoResult> {
  const { reader, outside } = ctx.store
  const conflictOf = askConflict(outside)
  const checks = { rights, conflictOf }
  const before = await requireUndoable(reader, operation, checks)
  await using staged = new StagedOriginals(ctx)
  await staged.add(before, conflictOf)
  const proof = isCopyImport(before) ? await proveOriginal(ctx.pool, reader, before) : null
  const result = await ctx.store.transact(actor, async (tx) => {
    const recorded = await requireUndoable(tx, againNow(ctx, operation), checks)
    const message = `Undone: ${sentence(recorded)}`
    const facts = { proof, packs: () => packsByDigest(tx) }
    const { journal_id, left } = await undoUnderLock(tx, recorded, facts)
    if (!isSwitch(recorded)) await syncActiveViews(tx)
    const about = {
      dry_run: false,
      undone: operation.id,
      op: recorded.begin.op,
      journal_id,
      message,
    }
    return { ...about, ...partsOf(recorded, left) }
  })
  ctx.publish({ type: 'resync' })
  return result
}

/**
 * Returns the current state of an operation: it may have been undone while waiting for the lock.
 */
export function againNow(ctx: Pick<JournalContext, 'index'>, operation: Operation): Operation {
  return ctx.index.operations((db) => operationById(db, operation.id)) ?? operation
}

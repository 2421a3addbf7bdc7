/**
 * Undoes a job: its operations, the newest first, a few in each transaction. Those that cannot be
 * undone stay and are reported. After a crash, repeating the undo continues with the rest.
 */
import type { UndoResult } from '../../../schemas/journal.ts'
import type { Operation } from '../../index/list-operations.ts'
import type { Digests } from '../../platform/hash-pool.ts'
import type { OperationName } from '../../store/operation-names.ts'
import type { JournalOperation } from '../../store/journal.ts'
import { currentGroup } from '../../store/operation-group.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { recordedOperation } from './find-operations.ts'
import {
  againNow,
  requireUndoable,
  undoUnderLock,
  type Undoer,
  type UndoContext,
} from './undo-operation.ts'
import { packsByDigest, proveOriginal } from './undo-import.ts'
import { askConflict, isCopyImport, type ConflictCheck } from './undo-conflicts.ts'
import { StagedOriginals } from './undo-staging.ts'
import {
  isKept,
  keep,
  leftOf,
  newTally,
  assertSomethingUndone,
  resultOf,
  undoable,
  type Tally,
  type UndoneJob,
} from './undo-tally.ts'

/** An operation with the current digests of its original, if it imported a copy. */
interface Ready {
  readonly operation: Operation
  readonly proof: Digests | null
}

async function prepare(
  { ctx, undoer: { rights }, tally, conflictOf }: GroupUndo,
  operations: readonly Operation[],
  staged: StagedOriginals,
): Promise<Ready[]> {
  const { reader } = ctx.store
  const ready: Ready[] = []
  for (const operation of operations) {
    tally.total += 1
    try {
      const recorded = recordedOperation(reader, operation)
      const isCopy = isCopyImport(recorded)
      if (isCopy || removesOriginals(recorded)) {
        await requireUndoable(reader, operation, { rights, conflictOf })
      }
      if (removesOriginals(recorded)) await staged.add(recorded, conflictOf)
      const proof = isCopy ? await proveOriginal(ctx.pool, reader, recorded) : null
      ready.push({ operation, proof })
    } catch (error) {
      if (!isKept(error)) throw error
      keep(reader, tally, { operation, error })
    }
  }
  return ready
}

/** The packs that name a digest, read again after anything but a copy was undone. */
class PackNames {
  readonly #tx: StoreTx
  #read: ReadonlyMap<string, string> | null | undefined

  constructor(tx: StoreTx) {
    this.#tx = tx
  }

  byDigest = (): ReadonlyMap<string, string> | null => {
    if (this.#read === undefined) this.#read = packsByDigest(this.#tx)
    return this.#read
  }

  forget(): void {
    this.#read = undefined
  }
}

/** What all transactions of an undo share. */
interface GroupUndo {
  readonly ctx: UndoContext
  readonly undoer: Undoer
  readonly tally: Tally
  readonly conflictOf: ConflictCheck
}

const RELEASE = 'file.release' satisfies OperationName

/** Reports whether undoing an operation copies files back to where they were. */
const removesOriginals = (operation: JournalOperation) => operation.begin.op === RELEASE

/** Splits after each removal of originals: they have to be back before their copies are undone. */
function cutBehindRemovals(operations: readonly Operation[]): Operation[][] {
  const parts: Operation[][] = []
  for (const [index, operation] of operations.entries()) {
    if (index === 0 || operations[index - 1]?.op === RELEASE) parts.push([])
    parts.at(-1)?.push(operation)
  }
  return parts
}

async function undoBatch(
  tx: StoreTx,
  { ctx, undoer: { rights }, tally, conflictOf }: GroupUndo,
  ready: readonly Ready[],
): Promise<void> {
  const packs = new PackNames(tx)
  for (const { operation, proof } of ready) {
    try {
      const recorded = await requireUndoable(tx, againNow(ctx, operation), { rights, conflictOf })
      const { left } = await undoUnderLock(tx, recorded, { proof, packs: packs.byDigest })
      tally.kept.push(...leftOf(recorded, left))
      tally.undone += 1
      if (!isCopyImport(recorded)) packs.forget()
    } catch (error) {
      if (!isKept(error)) throw error
      keep(tx, tally, { operation, error })
    }
  }
  await syncActiveViews(tx)
}

/**
 * Undoes all operations of a job that can be undone.
 * @throws journal.not_undoable, auth.forbidden, auth.path_not_allowed where none can; disk.*
 */
export async function undoGroup(
  ctx: UndoContext,
  undoer: Undoer,
  job: UndoneJob,
): Promise<UndoResult> {
  const tally = newTally()
  const conflictOf = askConflict(ctx.store.outside)
  const undo: GroupUndo = { ctx, undoer, tally, conflictOf }
  for (const operations of undoable(ctx, job.group).flatMap(cutBehindRemovals)) {
    await using staged = new StagedOriginals(ctx)
    const ready = await prepare(undo, operations, staged)
    if (ready.length === 0) continue
    await ctx.store.transact(undoer.actor, (tx) => undoBatch(tx, undo, ready))
  }
  assertSomethingUndone(tally)
  ctx.publish({ type: 'resync' })
  const journal_id = currentGroup()
  const result = resultOf(job, tally, false)
  return journal_id === undefined ? result : { ...result, journal_id }
}

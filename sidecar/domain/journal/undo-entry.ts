/** Undoes an entry of the journal: one operation, or a whole job. */
import { AppError } from '../../../schemas/errors.ts'
import type { Uuid } from '../../../schemas/ids.ts'
import type { UndoResult } from '../../../schemas/journal.ts'
import { leadingOperations } from '../../index/list-operations.ts'
import { runAsGroup } from '../../store/operation-group.ts'
import { uuidv7 } from '../../platform/uuid.ts'
import { withTakingIn } from '../profiles/take-along.ts'
import { findOperation, foundOf, type Found, type JournalContext } from './find-operations.ts'
import { previewGroup } from './preview-group.ts'
import { entryOf, type JournalQuestion } from './read-journal.ts'
import { previewOperation, undoOperation, type Undoer, type UndoContext } from './undo-operation.ts'
import { undoGroup } from './undo-group.ts'

/** Names the newest entry that the caller could undo and that a user requested. */
export const LATEST = 'latest'

/** Actors that act without a request of a user. */
const AUTOMATIC_ACTORS = new Set(['watcher', 'startup', 'doctor'])
const PAGE = 50

/**
 * The newest entry that this caller could undo and that a user requested.
 * @throws journal.not_found where there is none
 */
async function findLatest(ctx: JournalQuestion): Promise<Found> {
  for (let offset = 0; ; offset += PAGE) {
    const part = { limit: PAGE, offset }
    const operations = ctx.index.operations((db) => leadingOperations(db, part))
    if (operations.length === 0) throw new AppError('journal.not_found', 'There is nothing to undo')
    for (const operation of operations) {
      if (AUTOMATIC_ACTORS.has(operation.actor)) continue
      const found = foundOf(ctx, operation)
      if ((await entryOf(ctx, found)).undoable) return found
    }
  }
}

/** Returns the entry of an id, or of `latest`. @throws journal.not_found */
export async function findEntry(ctx: JournalQuestion, id: Uuid | typeof LATEST): Promise<Found> {
  if (!ctx.store.reader.initialized) throw new AppError('journal.not_found', 'The journal is empty')
  return id === LATEST ? findLatest(ctx) : findOperation(ctx, id)
}

/**
 * Returns what undoing an entry would do; nothing is changed.
 * @throws store.not_initialized and as {@link undoEntry}
 */
export async function previewUndo(
  ctx: UndoContext & JournalContext,
  undoer: Undoer,
  id: Uuid | typeof LATEST,
): Promise<UndoResult> {
  ctx.store.reader.requireInitialized()
  const found = await findEntry({ ...ctx, rights: undoer.rights }, id)
  return found.is === 'operation'
    ? previewOperation(ctx, undoer, found.operation)
    : previewGroup(ctx, undoer, found)
}

/**
 * Undoes an entry. For a job, all operations that can be undone are; the answer reports the others.
 * @throws store.not_initialized, journal.not_found, journal.not_undoable with the reason,
 * auth.forbidden, auth.path_not_allowed, disk.*
 */
export async function undoEntry(
  ctx: UndoContext & JournalContext,
  undoer: Undoer,
  id: Uuid | typeof LATEST,
): Promise<UndoResult> {
  ctx.store.reader.requireInitialized()
  await ctx.store.recover(undoer.actor)
  const found = await findEntry({ ...ctx, rights: undoer.rights }, id)
  return withTakingIn(ctx, () => {
    if (found.is === 'operation') return undoOperation(ctx, undoer, found.operation)
    const { group, first } = found
    return runAsGroup(uuidv7(Date.now()), () => undoGroup(ctx, undoer, { group, first }))
  })
}

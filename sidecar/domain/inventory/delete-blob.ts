/** The guarded delete: the only way by which a blob leaves the store. */
import { join } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import type { Sha256, Uuid } from '../../../schemas/ids.ts'
import type {
  CleanupRequest,
  CleanupResult,
  DeleteQuery,
  DeleteResult,
  Impacts,
  InventoryItem,
} from '../../../schemas/inventory.ts'
import { documentText } from '../../../schemas/json.ts'
import type { Step } from '../../store/steps.ts'
import { trashFolder } from '../../store/blobs-volume.ts'
import type { OperationFacts, StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import { trashMs } from './trash-time.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { unlinkBlob } from '../views/unlink-blob.ts'

const CONFIRM_AT_LEAST = 12

/** What deleting needs to know, from the index. */
export interface DeleteContext extends StoreContext {
  readonly impactsOf: (sha256: Sha256) => Impacts
  readonly itemOf: (sha256: Sha256) => InventoryItem
  readonly orphans: () => InventoryItem[]
  /** Documents that may refer to blobs and cannot be read. */
  readonly unreadable: () => string[]
  /** Waits until the index has read the store once. */
  readonly complete: () => Promise<void>
  /** Brings the index in step with what changed on disk behind its back. */
  readonly reconcile: () => Promise<unknown>
}

const TARGETS = new Set(['local', 'everywhere'])

function assertKnownTarget(target: string): void {
  if (TARGETS.has(target)) return
  if (target === 'backup' || target === 'both') {
    throw new AppError('blob.not_at_location', 'No backup is configured', {
      hint: 'Delete with target=local.',
    })
  }
  throw new AppError('location.not_found', `There is no location "${target}"`)
}

/** @throws blob.last_copy, blob.in_use */
function assertConfirmed(impacts: Impacts, query: DeleteQuery): void {
  const details = { reason: 'last_copy', impacts }
  const confirmed = query.confirm_last_copy
  const named = confirmed.length >= CONFIRM_AT_LEAST && impacts.sha256.startsWith(confirmed)
  if (!named) {
    throw new AppError('blob.last_copy', 'This is the only proven copy of the model', {
      hint: `Confirm it by its digest: ${impacts.sha256.slice(0, CONFIRM_AT_LEAST)}`,
      details,
    })
  }
  if (impacts.active_in_uis.length === 0 || query.confirm_impacts || query.force) return
  throw new AppError(
    'blob.in_use',
    `${impacts.active_in_uis.join(', ')} shows this model now; its link would go with it`,
    { hint: 'Confirm that too (confirm_impacts).', details: { reason: 'in_use', impacts } },
  )
}

/**
 * Returns the steps that move a blob and its manifest to the trash, into a folder named by the
 * operation.
 */
export function trashSteps(
  tx: StoreTx,
  id: Uuid,
  item: Pick<InventoryItem, 'display_name' | 'size_bytes'> & Partial<InventoryItem>,
  sha256: Sha256,
): Step[] {
  const folder = join(trashFolder(tx.paths), id)
  const expires = tx.latestTime() + trashMs(tx)
  const entry = {
    schema: 'synapse.trash_entry.v1',
    sha256,
    display_name: item.display_name,
    size_bytes: item.size_bytes ?? 0,
    deleted_at: tx.timestamp(),
    expires_at: new Date(expires).toISOString(),
    ...(item.integrity === 'bad' ? { bad: true } : {}),
  }
  const place = (path: string) => tx.paths.place(path)
  const meta: Step[] =
    tx.text(tx.paths.meta(sha256)) === null
      ? []
      : [{ do: 'move', from: place(tx.paths.meta(sha256)), to: place(join(folder, 'meta')) }]
  return [
    {
      do: 'write',
      path: place(join(folder, 'entry.json')),
      before: null,
      after: documentText(entry),
    },
    { do: 'move', from: place(tx.paths.blob(sha256)), to: place(join(folder, 'blob')) },
    ...meta,
  ]
}

/**
 * Moves a blob to the trash, its links gone before it. The caller has asked every guard.
 * @throws disk.*
 */
async function trashBlob(
  ctx: DeleteContext,
  tx: StoreTx,
  sha256: Sha256,
  confirmed: string,
): Promise<string> {
  const item = ctx.itemOf(sha256)
  const id = tx.newId()
  const facts: OperationFacts = {
    op: 'blob.delete',
    id,
    before: {
      sha256,
      display_name: item.display_name,
      ...(item.integrity === 'bad' ? { bad: true } : {}),
    },
    after: { confirmed_last_copy: confirmed },
    syncViews: true,
  }
  try {
    return await tx.perform(facts, trashSteps(tx, id, item, sha256), () => unlinkBlob(tx, sha256))
  } finally {
    await syncActiveViews(tx)
  }
}

/**
 * Deletes the local copy of a blob. As long as no other location is known it is always the last
 * one: it goes to the trash, after a confirmation by digest.
 * @throws blob.not_found, blob.not_at_location, location.not_found, blob.last_copy, blob.in_use
 */
export async function deleteBlob(
  ctx: DeleteContext,
  actor: string,
  sha256: Sha256,
  query: DeleteQuery,
): Promise<DeleteResult> {
  ctx.store.reader.requireInitialized()
  assertKnownTarget(query.target)
  await ctx.complete()
  const impacts = ctx.impactsOf(sha256)
  if (!ctx.store.reader.hasBlob(sha256)) {
    throw new AppError('blob.not_at_location', 'The model is not in this store')
  }
  const size = ctx.store.reader.blob(sha256)?.size_bytes ?? 0
  const result = {
    dry_run: query.dry_run,
    sha256,
    deleted_from: ['local'],
    bytes_freed: 0,
    bytes_moved_to_trash: size,
    remaining_on: [],
    impacts,
  }
  if (query.dry_run) return result
  assertConfirmed(impacts, query)
  const journal_id = await ctx.store.transactFreeing(actor, async (tx) => {
    assertConfirmed(ctx.impactsOf(sha256), query)
    if (!tx.hasBlob(sha256)) throw new AppError('blob.not_at_location', 'The model is gone')
    return trashBlob(ctx, tx, sha256, sha256)
  })
  ctx.publish({ type: 'blob.removed', sha256 })
  return { ...result, journal_id }
}

function row(item: InventoryItem): CleanupResult['deleted'][number] {
  return {
    sha256: item.sha256,
    display_name: item.display_name,
    kind: item.kind,
    size_bytes: item.size_bytes ?? 0,
  }
}

/**
 * Deletes orphans, or says which would go. Nothing is an orphan while one document that may refer
 * to models cannot be read.
 * @throws inventory.references_unreadable
 */
export async function cleanupOrphans(
  ctx: DeleteContext,
  actor: string,
  request: CleanupRequest,
): Promise<CleanupResult> {
  ctx.store.reader.requireInitialized()
  await ctx.reconcile()
  assertReadable(ctx)
  const orphans = ctx.orphans().slice(0, request.max_items)
  const going = request.include_only_copies ? orphans : []
  const result: CleanupResult = {
    dry_run: request.dry_run,
    orphans_found: orphans.length,
    orphans_deleted: 0,
    bytes_freed: 0,
    bytes_moved_to_trash: 0,
    deleted: [],
    only_copies: request.include_only_copies ? [] : orphans.map(row),
    errors: [],
  }
  for (const item of going) {
    if (!request.dry_run) await cleanOne(ctx, actor, item, result)
    else {
      result.deleted.push(row(item))
      result.bytes_moved_to_trash += item.size_bytes ?? 0
    }
  }
  return result
}

function assertReadable(ctx: DeleteContext): void {
  const broken = ctx.unreadable()
  if (broken.length === 0) return
  throw new AppError(
    'inventory.references_unreadable',
    `${broken.join(', ')} cannot be read and may refer to models`,
    {
      hint: 'Bring these files back, or see `synapse doctor`; no model counts as unused until then.',
      details: { broken },
    },
  )
}

async function cleanOne(
  ctx: DeleteContext,
  actor: string,
  item: InventoryItem,
  result: CleanupResult,
): Promise<void> {
  const sha256 = item.sha256 as Sha256
  try {
    await ctx.store.transactFreeing(actor, async (tx) => {
      assertReadable(ctx)
      if (ctx.itemOf(sha256).status !== 'orphan') {
        throw new AppError('blob.referenced', 'A pack uses the model by now')
      }
      await trashBlob(ctx, tx, sha256, sha256)
    })
    result.orphans_deleted += 1
    result.bytes_moved_to_trash += item.size_bytes ?? 0
    result.deleted.push(row(item))
    ctx.publish({ type: 'blob.removed', sha256 })
  } catch (error) {
    result.errors.push({
      sha256,
      code: error instanceof AppError ? error.code : 'internal',
      detail: error instanceof Error ? error.message : String(error),
    })
  }
}

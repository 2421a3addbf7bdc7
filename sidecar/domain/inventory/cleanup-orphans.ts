/** Deletes the models that no pack refers to. */
import type { Sha256 } from '../../../schemas/ids.ts'
import type { InventoryItem, CleanupResult, CleanupRequest } from '../../../schemas/inventory.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { DeleteContext } from './delete-context.ts'
import { trashBlob } from './trash-blob.ts'

type CleanError = CleanupResult['errors'][number]

/** The row of an orphan, whose id is its digest. */
function row(item: InventoryItem): CleanupResult['deleted'][number] {
  return {
    sha256: item.id,
    display_name: item.display_name,
    kind: item.kind,
    size_bytes: item.size_bytes ?? 0,
  }
}

/**
 * Deletes orphans, or reports which would be deleted. Nothing is an orphan while a document that
 * may refer to models cannot be read.
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
    const error = request.dry_run ? null : await cleanOne(ctx, actor, item)
    if (error !== null) {
      result.errors.push(error)
      continue
    }
    result.deleted.push(row(item))
    result.bytes_moved_to_trash += item.size_bytes ?? 0
    if (!request.dry_run) result.orphans_deleted += 1
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

/** Deletes one orphan; returns why it stays, or null. */
async function cleanOne(
  ctx: DeleteContext,
  actor: string,
  item: InventoryItem,
): Promise<CleanError | null> {
  const sha256 = item.id as Sha256
  try {
    await ctx.store.transactFreeing(actor, async (tx) => {
      assertReadable(ctx)
      if (ctx.itemOf(sha256).status !== 'orphan') {
        throw new AppError('blob.referenced', 'A pack uses the model by now')
      }
      await trashBlob(ctx, tx, sha256)
    })
    ctx.publish({ type: 'blob.removed', sha256 })
    return null
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'internal'
    const detail = error instanceof Error ? error.message : String(error)
    return { sha256, code, detail }
  }
}

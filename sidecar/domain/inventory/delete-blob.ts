/** The guarded delete of one blob. */
import { AppError } from '../../../schemas/errors.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { DeleteQuery, DeleteResult, Impacts } from '../../../schemas/inventory.ts'
import type { DeleteContext } from './delete-context.ts'
import { trashBlob } from './trash-blob.ts'

const CONFIRM_AT_LEAST = 12

const TARGETS = new Set(['local', 'everywhere'])

function assertKnownTarget(target: string): void {
  if (TARGETS.has(target)) return
  if (target === 'backup' || target === 'both') {
    throw new AppError('blob.not_at_location', 'No backup is configured', {
      hint: 'Delete with target=local.',
    })
  }
  throw new AppError('location.not_found', `No such location: "${target}"`)
}

/** @throws blob.last_copy, blob.in_use */
function assertConfirmed(impacts: Impacts, query: DeleteQuery): void {
  const details = { reason: 'last_copy', impacts }
  const confirmed = query.confirm_last_copy
  const digest = impacts.sha256 ?? ''
  const named = confirmed.length >= CONFIRM_AT_LEAST && digest.startsWith(confirmed)
  if (!named) {
    throw new AppError('blob.last_copy', 'This is the only proven copy of the model', {
      hint: `Confirm it by its digest: ${digest.slice(0, CONFIRM_AT_LEAST)}`,
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
 * Deletes the local copy of a blob. Without other locations it is always the last one: it goes to
 * the trash, after a confirmation by digest.
 * @throws blob.not_found, blob.not_at_location, location.not_found, blob.last_copy, blob.in_use
 */
export async function deleteBlob(
  ctx: DeleteContext,
  actor: string,
  { sha256, ...query }: DeleteQuery & { readonly sha256: Sha256 },
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
    return trashBlob(ctx, tx, sha256)
  })
  ctx.publish({ type: 'blob.removed', sha256 })
  return { ...result, journal_id }
}

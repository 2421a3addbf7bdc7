/** Moves a blob to the trash. */
import { join } from 'node:path'
import type { Sha256, Uuid } from '../../../schemas/ids.ts'
import type { InventoryItem } from '../../../schemas/inventory.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { OperationFacts } from '../../store/operation-facts.ts'
import type { Step } from '../../store/steps.ts'
import { trashFolder } from '../../store/blobs-volume.ts'
import { documentText } from '../../../schemas/json.ts'
import { trashMs } from './trash-time.ts'
import type { DeleteContext } from './delete-context.ts'
import { unlinkBlob } from '../views/unlink-blob.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'

/** A model to trash, in the form of its entry. */
export type TrashedModel = Pick<InventoryItem, 'sha256' | 'display_name' | 'size_bytes'> &
  Partial<Pick<InventoryItem, 'integrity'>>

/**
 * Returns the steps that move a blob and its manifest to the trash, into a folder named by the
 * operation.
 */
export function trashSteps(tx: StoreTx, operation: Uuid, item: TrashedModel): Step[] {
  const sha256 = item.sha256 as Sha256
  const folder = join(trashFolder(tx.paths), operation)
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
  const relative = (path: string) => tx.paths.relative(path)
  const meta: Step[] =
    tx.text(tx.paths.meta(sha256)) === null
      ? []
      : [{ do: 'move', from: relative(tx.paths.meta(sha256)), to: relative(join(folder, 'meta')) }]
  return [
    {
      do: 'write',
      path: relative(join(folder, 'entry.json')),
      before: null,
      after: documentText(entry),
    },
    { do: 'move', from: relative(tx.paths.blob(sha256)), to: relative(join(folder, 'blob')) },
    ...meta,
  ]
}

/**
 * Moves a blob to the trash after removing its links. The caller has checked every guard, and the
 * user has confirmed the digest.
 * @returns the id of the operation
 * @throws disk.*
 */
export async function trashBlob(
  ctx: Pick<DeleteContext, 'itemOf'>,
  tx: StoreTx,
  sha256: Sha256,
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
    after: { confirmed_last_copy: sha256 },
    syncViews: true,
  }
  try {
    return await tx.perform(facts, trashSteps(tx, id, item), () => unlinkBlob(tx, sha256))
  } finally {
    await syncActiveViews(tx)
  }
}

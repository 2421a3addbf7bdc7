/** Removes entries of the trash for good. */
import { join, dirname } from 'node:path'
import type { Uuid } from '../../../schemas/ids.ts'
import type { TrashEntry } from '../../../schemas/trash.ts'
import { removeName } from '../../platform/disk.ts'
import { flushFolder } from '../../platform/folders.ts'
import { removeEmptyFolder } from '../../platform/folders.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import { trashEntries, requireTrashEntry } from './trash-entries.ts'

async function removeForGood(tx: StoreTx, entry: TrashEntry): Promise<void> {
  const { id, sha256, display_name } = entry
  const journal = await tx.begin({ op: 'trash.empty', before: { id, sha256, display_name } })
  await removeEntry(tx, id)
  await tx.end(journal)
}

async function removeEntry(tx: StoreTx, id: string): Promise<void> {
  const folder = tx.trashEntryFolder(id)
  for (const name of ['blob', 'meta', 'entry.json']) await removeName(join(folder, name))
  if (removeEmptyFolder(folder)) await flushFolder(dirname(folder))
}

/** Finishes an interrupted removal. @throws disk.* */
export async function finishEmpty(
  tx: StoreTx,
  open: { readonly begin: { readonly id: Uuid; readonly before: Record<string, unknown> } },
): Promise<void> {
  const { id } = open.begin.before
  if (typeof id === 'string' && /^[0-9a-f-]{36}$/u.test(id)) await removeEntry(tx, id)
  await tx.end(open.begin.id)
}

/** Which entries to remove: one, all, or those that expired before a time (ms since 1970). */
type Which = { readonly id: string } | 'all' | { readonly expiredBefore: number }

/**
 * Removes entries of the trash for good.
 * @throws trash.not_found, disk.*
 */
export async function emptyTrash(
  ctx: Pick<StoreContext, 'store'>,
  actor: string,
  which: Which,
): Promise<{ removed: number; bytes_freed: number }> {
  if (!ctx.store.reader.initialized) return { removed: 0, bytes_freed: 0 }
  return ctx.store.transactFreeing(actor, async (tx) => {
    const going = choose(tx, which)
    for (const entry of going) await removeForGood(tx, entry)
    const bytes_freed = going.reduce((sum, entry) => sum + entry.size_bytes, 0)
    return { removed: going.length, bytes_freed }
  })
}

/** Entries that expired before a time; those without records never expire. */
export function expiredEntries(reader: StoreReader, before: number): TrashEntry[] {
  return trashEntries(reader).filter(
    ({ expires_at }) => expires_at !== null && Date.parse(expires_at) <= before,
  )
}

function choose(tx: StoreTx, which: Which): TrashEntry[] {
  if (which === 'all') return trashEntries(tx)
  if ('id' in which) return [requireTrashEntry(tx, which.id)]
  return expiredEntries(tx, which.expiredBefore)
}

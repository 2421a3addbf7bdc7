/** Taking over what an operation has changed. */
import type { ItemId } from '../../schemas/ids.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { ChangeSet } from '../store/change-set.ts'
import type { IndexDatabase } from './database.ts'
import { refreshAbsent } from './refresh-absent.ts'
import { refreshBlobs } from './refresh-blob.ts'
import { refreshApprovals } from './refresh-approvals.ts'
import { refreshLedgers } from './refresh-ledgers.ts'
import { refreshLocations } from './refresh-locations.ts'
import { refreshOperations } from './refresh-journal.ts'
import { refreshPack } from './refresh-pack.ts'
import { refreshRuntime, refreshView, uisToCheck } from './refresh-view.ts'
import { markDirty } from './sources.ts'

/** So many rows follow an operation at once; a check takes over the rest. */
const AT_ONCE = 20_000

/** Looking for each document that is known is left out where an operation changed blobs alone. */
function mayMissDocuments({ packs, profiles, views, config }: ChangeSet): boolean {
  return packs.size + profiles.size + views.size > 0 || config
}

/** Takes over what was changed; true where that was all, and no row is left for a check. */
export function follow(db: IndexDatabase, changes: ChangeSet, reader: StoreReader): boolean {
  const marked = new Set<string>(changes.blobs)
  const dirty = markDirty(db)
  const mark = (item: string) => {
    marked.add(item)
    dirty(item)
  }
  const ctx = { db, reader, mark }
  refreshApprovals(ctx)
  refreshRuntime(ctx)
  refreshLocations(ctx)
  while (refreshLedgers(ctx));
  for (const pack of changes.packs) refreshPack(ctx, pack)
  if (mayMissDocuments(changes)) refreshAbsent(ctx)
  for (const ui of changes.config ? uisToCheck(db, reader) : changes.views) {
    refreshView(db, reader, ui)
  }
  while (refreshOperations(db, reader));
  refreshBlobs(db, reader, [...marked].slice(0, AT_ONCE) as ItemId[])
  return marked.size <= AT_ONCE
}

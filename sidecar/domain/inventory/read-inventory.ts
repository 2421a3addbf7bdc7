/** Questions about the inventory, answered from the index. */
import fs from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import type {
  Impacts,
  InventoryDetail,
  InventoryItem,
  InventoryPage,
  InventorySummary,
} from '../../../schemas/inventory.ts'
import type {
  FacetsQuery,
  InventoryFacets,
  InventoryQuery,
} from '../../../schemas/inventory-query.ts'
import type { Index } from '../../index/index-file.ts'
import { matchingOperations } from '../../index/list-operations.ts'
import type { Store } from '../../store/store.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { activePacks, canDownload, impactSentence } from './read-impacts.ts'

/** What questions about the inventory need. */
export interface InventoryContext {
  readonly store: Pick<Store, 'reader'>
  readonly index: Index
}

/** Returns what is known of a blob. @throws blob.not_found */
export function requireItem(ctx: InventoryContext, sha256: Sha256): InventoryItem {
  const item = ctx.index.item(sha256)
  if (item === null) throw new AppError('blob.not_found', `No such model: ${sha256}`)
  return item
}

/** Asks the index; where it was empty, or had to be thrown away, only once it is whole. */
async function fromWhole<T>(ctx: InventoryContext, ask: () => T): Promise<T> {
  ctx.store.reader.requireInitialized()
  await ctx.index.complete()
  const answer = ask()
  if (ctx.index.isComplete()) return answer
  await ctx.index.complete()
  return ask()
}

/** Returns a page of the inventory. @throws store.not_initialized */
export async function listInventory(
  ctx: InventoryContext,
  query: InventoryQuery,
): Promise<InventoryPage> {
  const page = await fromWhole(ctx, () => ctx.index.list(query))
  const { limit, offset } = query
  return { generated_at: new Date().toISOString(), ...page, limit, offset }
}

/** Returns what each filter would leave. @throws store.not_initialized */
export async function inventoryFacets(
  ctx: InventoryContext,
  query: FacetsQuery,
): Promise<InventoryFacets> {
  const facets = await fromWhole(ctx, () => ctx.index.facets(query))
  return { generated_at: new Date().toISOString(), ...facets }
}

async function diskSpace(folder: string): Promise<{ disk_total: number; disk_free: number }> {
  let path = folder
  while (!fs.existsSync(path) && dirname(path) !== path) path = dirname(path)
  const { bsize, blocks, bavail } = await statfs(path)
  return { disk_total: bsize * blocks, disk_free: bsize * bavail }
}

function trashBytes(reader: StoreReader): number {
  return reader.trashIds().reduce((sum, id) => sum + entryBytes(reader, id), 0)
}

function entryBytes(reader: StoreReader, id: string): number {
  try {
    return reader.trash(id)?.size_bytes ?? 0
  } catch {
    return 0
  }
}

/** Counts and bytes over all, and what is left of the disk. @throws store.not_initialized */
export async function inventorySummary(ctx: InventoryContext): Promise<InventorySummary> {
  const { reader } = ctx.store
  const summary = await fromWhole(ctx, () => ctx.index.summary())
  const space = await diskSpace(reader.paths.data)
  const generated_at = new Date().toISOString()
  return { generated_at, ...summary, ...space, trash_bytes: trashBytes(reader) }
}

/** Returns what deleting a blob would break, and whether anything would. @throws blob.not_found */
export function impactsOf(ctx: InventoryContext, sha256: Sha256): Impacts {
  const item = requireItem(ctx, sha256)
  const { reader } = ctx.store
  const refs = ctx.index.refs(sha256)
  const active = refs.length === 0 ? new Set<string>() : activePacks(reader)
  const packs = item.used_by_packs.length
  return {
    sha256,
    status: item.status,
    size_bytes: item.size_bytes,
    used_by_packs: refs.map(({ pack, dependency_id }) => ({
      name: pack,
      dependency_id,
      is_active: active.has(pack),
    })),
    active_in_uis: item.active_in_uis,
    workflows: [],
    remaining_copies: [],
    can_download_again: canDownload(reader, sha256, refs),
    can_delete_safely: item.status === 'orphan',
    ...(packs === 0 ? {} : { warning: impactSentence(packs) }),
  }
}

function fileInfo(reader: StoreReader, sha256: Sha256): InventoryDetail['file_info'] {
  const file = reader.blob(sha256)
  if (file === null) return null
  return {
    path: reader.paths.place(reader.paths.blob(sha256)),
    created_at: new Date(file.modified_ms).toISOString(),
    last_accessed: new Date(file.accessed_ms).toISOString(),
  }
}

/** So much of a blob's history is shown. */
const HISTORY = 500

/** Operations that name the digest, newest first. */
function historyOf({ index }: InventoryContext, sha256: Sha256): InventoryDetail['history'] {
  const part = { limit: HISTORY, offset: 0 }
  const found = index.operations((db) => matchingOperations(db, { sha256 }, part))
  return found.map(({ id, op, at }) => ({ journal_id: id, op, at }))
}

/** Returns all that is known of one blob. @throws store.not_initialized, blob.not_found */
export async function showBlob(ctx: InventoryContext, sha256: Sha256): Promise<InventoryDetail> {
  const { reader } = ctx.store
  const item = await fromWhole(ctx, () => requireItem(ctx, sha256))
  return {
    item,
    impacts: impactsOf(ctx, sha256),
    file_info: fileInfo(reader, sha256),
    history: historyOf(ctx, sha256),
  }
}

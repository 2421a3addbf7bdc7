/** Queries of the inventory, answered from the index. */
import fs from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import { isSha256, type ItemId, type Sha256 } from '../../../schemas/ids.ts'
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

/** The dependencies of queries of the inventory. */
export interface InventoryContext {
  readonly store: Pick<Store, 'reader'>
  readonly index: Index
}

/** Returns what is known of a blob, or of a file without a digest. @throws blob.not_found */
export function requireItem(ctx: InventoryContext, id: ItemId): InventoryItem {
  const item = ctx.index.item(id)
  if (item === null) throw new AppError('blob.not_found', `No such model: ${id}`)
  return item
}

/**
 * Returns the digest of an item of the inventory.
 * @throws store.not_initialized, blob.not_found, blob.not_hashed
 */
export async function requireDigest(ctx: InventoryContext, id: ItemId): Promise<Sha256> {
  if (isSha256(id)) return id
  const { sha256, display_name } = await fromWhole(ctx, () => requireItem(ctx, id))
  if (sha256 !== null) return sha256 as Sha256
  throw new AppError('blob.not_hashed', `${display_name} has no digest yet`, {
    hint: 'Hash it first.',
  })
}

const digestOf = ({ sha256 }: InventoryItem) => sha256 as Sha256 | null

/** Queries the index; if it was empty or had to be discarded, once it is complete. */
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

/** Returns the number of models per value of each filter. @throws store.not_initialized */
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

/** Returns counts and bytes over all models, and the free space. @throws store.not_initialized */
export async function inventorySummary(ctx: InventoryContext): Promise<InventorySummary> {
  const { reader } = ctx.store
  const summary = await fromWhole(ctx, () => ctx.index.summary())
  const space = await diskSpace(reader.paths.data)
  const generated_at = new Date().toISOString()
  return { generated_at, ...summary, ...space, trash_bytes: trashBytes(reader) }
}

/** Returns what deleting a model would break. @throws blob.not_found */
export function impactsOf(ctx: InventoryContext, id: ItemId): Impacts {
  const item = requireItem(ctx, id)
  const sha256 = digestOf(item)
  const { reader } = ctx.store
  const refs = sha256 === null ? [] : ctx.index.refs(sha256)
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
    can_download_again: sha256 !== null && canDownload(reader, sha256, refs),
    can_delete_safely: item.status === 'orphan',
    ...(packs === 0 ? {} : { warning: impactSentence(packs) }),
  }
}

function fileInfo(reader: StoreReader, sha256: Sha256 | null): InventoryDetail['file_info'] {
  const file = sha256 === null ? null : reader.blob(sha256)
  if (sha256 === null || file === null) return null
  return {
    path: reader.paths.relative(reader.paths.blob(sha256)),
    created_at: new Date(file.modified_ms).toISOString(),
    last_accessed: new Date(file.accessed_ms).toISOString(),
  }
}

/** The maximum number of operations in a blob's history. */
const HISTORY = 500

/** Operations that name the digest, newest first. */
function historyOf({ index }: InventoryContext, sha256: Sha256 | null): InventoryDetail['history'] {
  if (sha256 === null) return []
  const part = { limit: HISTORY, offset: 0 }
  const found = index.operations((db) => matchingOperations(db, { sha256 }, part))
  return found.map(({ id, op, at }) => ({ journal_id: id, op, at }))
}

/** Returns everything that is known of one model. @throws store.not_initialized, blob.not_found */
export async function showBlob(ctx: InventoryContext, id: ItemId): Promise<InventoryDetail> {
  const { reader } = ctx.store
  const item = await fromWhole(ctx, () => requireItem(ctx, id))
  const sha256 = digestOf(item)
  return {
    item,
    impacts: impactsOf(ctx, id),
    file_info: fileInfo(reader, sha256),
    history: historyOf(ctx, sha256),
  }
}

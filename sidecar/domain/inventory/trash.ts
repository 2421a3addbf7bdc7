/** The trash: bytes on their way out, and the way back. */
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import type { Sha256, Uuid } from '../../../schemas/ids.ts'
import type { TrashEntry, TrashRestored } from '../../../schemas/records.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import { flushFolder, removeEmptyFolder, removeName } from '../../platform/disk.ts'
import { writeStep, type Step } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import { previewSteps } from '../profiles/preview-views.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { trashEntries } from './trash-entries.ts'

function requireEntry(reader: StoreReader, id: string): TrashEntry {
  const entry = trashEntries(reader).find((one) => one.id === id)
  if (entry === undefined) throw new AppError('trash.not_found', `There is no entry ${id}`)
  return entry
}

function restored(dry_run: boolean, entry: TrashEntry, sha256: Sha256): TrashRestored {
  const { id, display_name, size_bytes } = entry
  return { dry_run, id, sha256, display_name, size_bytes }
}

/** What restoring needs beside the store. */
type RestoreContext = StoreContext & { readonly pool: Pick<HashPool, 'hash'> }

/**
 * The digest of an entry: as its papers say; where they are lost, as its bytes are read to be.
 * @throws trash.not_found, blob.integrity_mismatch where it is damaged, disk.*
 */
async function digestOf(ctx: RestoreContext, id: Uuid): Promise<Sha256> {
  const { reader } = ctx.store
  const entry = requireEntry(reader, id)
  if (entry.bad) throw damaged(reader, entry)
  if (entry.expires_at !== null) return entry.sha256 as Sha256
  const blob = join(reader.trashEntryFolder(id), 'blob')
  return (await ctx.pool.hash(blob, { blake3: false })).sha256
}

/** @throws trash.not_found, blob.already_here */
function planRestore(
  reader: StoreReader,
  id: Uuid,
  sha256: Sha256,
): { entry: TrashEntry; steps: Step[] } {
  const entry = requireEntry(reader, id)
  if (reader.hasBlob(sha256)) throw alreadyHere(entry)
  return { entry, steps: restoreSteps(reader, id, sha256) }
}

/**
 * Returns what taking a model file back would do; nothing is changed.
 * @throws store.not_initialized, trash.not_found, blob.already_here
 * @throws blob.not_found where its bytes are gone
 */
export async function previewRestore(ctx: RestoreContext, id: Uuid): Promise<TrashRestored> {
  const { reader } = ctx.store
  reader.requireInitialized()
  const sha256 = await digestOf(ctx, id)
  const { entry, steps } = planRestore(reader, id, sha256)
  for (const step of steps) {
    if (step.do !== 'move' || fs.existsSync(reader.paths.at(step.from))) continue
    throw new AppError('blob.not_found', `${reader.paths.at(step.from)} is gone`)
  }
  return { ...restored(true, entry, sha256), views: await previewSteps(ctx, steps) }
}

/**
 * Takes a model file back into the store; views follow.
 * @throws trash.not_found, blob.already_here, disk.*
 */
export async function restoreFromTrash(
  ctx: RestoreContext,
  actor: string,
  id: Uuid,
): Promise<TrashRestored> {
  ctx.store.reader.requireInitialized()
  const sha256 = await digestOf(ctx, id)
  const entry = await ctx.store.transact(actor, async (tx) => {
    const plan = planRestore(tx, id, sha256)
    await tx.perform({ op: 'trash.restore', after: { sha256 }, syncViews: true }, plan.steps)
    await syncActiveViews(tx)
    return plan.entry
  })
  ctx.publish({ type: 'blob.added', sha256 })
  return restored(false, entry, sha256)
}

function damaged(reader: StoreReader, { id, display_name }: TrashEntry): AppError {
  const path = join(reader.trashEntryFolder(id), 'blob')
  return new AppError(
    'blob.integrity_mismatch',
    `${display_name} is damaged; its bytes are no model of the store any more`,
    { hint: `They are still here, until the trash is emptied: ${path}` },
  )
}

function alreadyHere({ display_name, expires_at }: TrashEntry): AppError {
  return new AppError('blob.already_here', `${display_name} is in the store again`, {
    hint: `What lies in the trash goes when it expires (${expires_at ?? 'never'}), or when you empty it.`,
  })
}

/** A manifest that the store has kept or written anew stays; the journal keeps the other's text. */
function restoreSteps(reader: StoreReader, id: string, sha256: Sha256): Step[] {
  const folder = reader.trashEntryFolder(id)
  const place = (path: string) => reader.paths.place(path)
  const remove = (path: string): Step[] => {
    const step = writeStep(reader.paths, path, null)
    return step === null ? [] : [step]
  }
  const move = (name: string, to: string): Step => {
    return { do: 'move', from: place(join(folder, name)), to: place(to) }
  }
  const meta = join(folder, 'meta')
  const kept = reader.text(meta) === null || reader.text(reader.paths.meta(sha256)) !== null
  return [
    move('blob', reader.paths.blob(sha256)),
    ...(kept ? remove(meta) : [move('meta', reader.paths.meta(sha256))]),
    ...remove(join(folder, 'entry.json')),
  ]
}

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

/** Finishes a removal that a crash left open. @throws disk.* */
export async function finishEmpty(
  tx: StoreTx,
  open: { readonly begin: { readonly id: Uuid; readonly before: Record<string, unknown> } },
): Promise<void> {
  const { id } = open.begin.before
  if (typeof id === 'string' && /^[0-9a-f-]{36}$/u.test(id)) await removeEntry(tx, id)
  await tx.end(open.begin.id)
}

/** Which entries go: one, all, or those that expired before a moment (ms since 1970). */
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

/** Entries that expired before a moment; those without papers never do. */
export function expiredEntries(reader: StoreReader, before: number): TrashEntry[] {
  return trashEntries(reader).filter(
    ({ expires_at }) => expires_at !== null && Date.parse(expires_at) <= before,
  )
}

function choose(tx: StoreTx, which: Which): TrashEntry[] {
  if (which === 'all') return trashEntries(tx)
  if ('id' in which) return [requireEntry(tx, which.id)]
  return expiredEntries(tx, which.expiredBefore)
}

/** Restores a model file from the trash. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { Sha256, Uuid } from '../../../schemas/ids.ts'
import type { TrashEntry, TrashRestored } from '../../../schemas/trash.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import { type Step, writeStep } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'
import { previewSteps } from '../profiles/preview-views.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { requireTrashEntry } from './trash-entries.ts'

function restored(dry_run: boolean, entry: TrashEntry, sha256: Sha256): TrashRestored {
  const { id, display_name, size_bytes } = entry
  return { dry_run, id, sha256, display_name, size_bytes }
}

/** The dependencies of restoring. */
type RestoreContext = StoreContext & { readonly pool: Pick<HashPool, 'hash'> }

/**
 * The digest of an entry: from its record or, if that is lost, by reading its bytes.
 * @throws trash.not_found, blob.integrity_mismatch where it is damaged, disk.*
 */
async function digestOf(ctx: RestoreContext, id: Uuid): Promise<Sha256> {
  const { reader } = ctx.store
  const entry = requireTrashEntry(reader, id)
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
  const entry = requireTrashEntry(reader, id)
  if (reader.hasBlob(sha256)) throw alreadyHere(entry)
  return { entry, steps: restoreSteps(reader, id, sha256) }
}

/**
 * Returns what restoring a model file would do; nothing is changed.
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
 * Restores a model file to the store, and syncs views.
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
    `${display_name} is damaged; its bytes are no longer a model of the store`,
    { hint: `They are kept until the trash is emptied: ${path}` },
  )
}

function alreadyHere({ display_name, expires_at }: TrashEntry): AppError {
  return new AppError('blob.already_here', `${display_name} is already in the store`, {
    hint: `The entry is removed when it expires (${expires_at ?? 'never'}) or when you empty the trash.`,
  })
}

/**
 * A manifest that the store has kept or rewritten stays; the journal records the text of the other.
 */
function restoreSteps(reader: StoreReader, id: string, sha256: Sha256): Step[] {
  const folder = reader.trashEntryFolder(id)
  const relative = (path: string) => reader.paths.relative(path)
  const remove = (path: string): Step[] => {
    const step = writeStep(reader.paths, path, null)
    return step === null ? [] : [step]
  }
  const move = (name: string, to: string): Step => {
    return { do: 'move', from: relative(join(folder, name)), to: relative(to) }
  }
  const meta = join(folder, 'meta')
  const kept = reader.text(meta) === null || reader.text(reader.paths.meta(sha256)) !== null
  return [
    move('blob', reader.paths.blob(sha256)),
    ...(kept ? remove(meta) : [move('meta', reader.paths.meta(sha256))]),
    ...remove(join(folder, 'entry.json')),
  ]
}

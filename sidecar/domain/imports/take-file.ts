/** Taking one file in: read once, published under its digest, its original kept until proven. */
import { join } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import type { ImportRequest, ImportedFile } from '../../../schemas/imports.ts'
import { cloneFile, copyHashed } from '../../platform/copy-file.ts'
import { ensureFolder, removeName } from '../../platform/disk.ts'
import { canLinkInto } from '../../platform/folder-pairs.ts'
import { refuseChanged, seenFile } from '../../platform/file-identity.ts'
import type { Digests, HashPool } from '../../platform/hash-pool.ts'
import { partialName } from '../../platform/temporary-names.ts'
import { mayRenameToBlob, waitingFolder } from '../../store/blobs-volume.ts'
import type { StoreContext } from '../context.ts'
import type { FoundFile } from './find-files.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { judgeBlob, type Judged } from './judge-blob.ts'
import { publishBlob, type Arrival, type Published } from './publish-blob.ts'
import { requireRemovable, type Original } from './release-originals.ts'

/** What an import needs. */
export interface ImportContext extends StoreContext {
  readonly pool: HashPool
}

/** A file that was read, ready to be published. */
export interface Taken {
  readonly digests: Digests
  /** What the store holds under the digest. */
  readonly judged: Judged
  readonly arrival: Arrival
  readonly how: NonNullable<ImportedFile['how']>
  /** A temporary file of ours that is gone afterwards. */
  readonly temporary: string | null
  /** True where the original goes once the store's copy is proven. */
  readonly removeSource: boolean
}

/** A file that was read, before it is known what the store holds. */
type Unjudged = Omit<Taken, 'judged'>

/** How one import hears of a stop and tells its progress. */
export interface TakeOptions {
  readonly signal: AbortSignal
  readonly onBytes: (done: number) => void
  /** Where a copy waits, if somebody else owns it; absolute. */
  readonly temporary?: string | undefined
}

async function takeInPlace(
  ctx: ImportContext,
  file: FoundFile,
  by: Arrival['by'],
  options: TakeOptions,
): Promise<Unjudged> {
  const digests = await ctx.pool.hash(file.source, { ...options, expected: file.identity })
  return {
    digests,
    arrival: { by, from: file.source, mode: file.mode },
    how: by === 'move' ? 'moved' : 'hard_link',
    temporary: null,
    removeSource: by === 'move',
  }
}

async function takeCopy(
  ctx: ImportContext,
  file: FoundFile,
  request: ImportRequest,
  options: TakeOptions,
): Promise<Unjudged> {
  const { paths } = ctx.store
  const folder = waitingFolder(paths)
  await ensureFolder(folder)
  if (options.temporary === undefined) await ctx.store.ownPartials()
  const temporary = options.temporary ?? join(folder, partialName())
  if (request.mode === 'link' && (await cloneFile(file.source, temporary, file.identity))) {
    const digests = await orRemove(temporary, () => ctx.pool.hash(temporary, options))
    return copied(paths.place(temporary), digests, temporary, 'reflink', false)
  }
  const copy = await copyHashed(file.source, temporary, ctx.pool, {
    ...options,
    expected: file.identity,
  })
  const how = copy.how === 'reflink' ? 'reflink' : 'copied'
  if (request.mode !== 'move') return copied(paths.place(temporary), copy, temporary, how, false)
  await orRemove(temporary, () => proveCopy(ctx.pool, temporary, copy))
  return copied(paths.place(temporary), copy, temporary, how, true)
}

function copied(
  from: string,
  digests: Digests,
  temporary: string,
  how: 'reflink' | 'copied',
  removeSource: boolean,
): Unjudged {
  return { digests, arrival: { by: 'move', from, mode: 0o644 }, how, temporary, removeSource }
}

async function orRemove<T>(temporary: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    await removeName(temporary)
    throw error
  }
}

async function proveCopy(pool: HashPool, path: string, claimed: Digests): Promise<void> {
  const read = await pool.hash(path, { blake3: false })
  if (read.sha256 === claimed.sha256) return
  throw new AppError('blob.integrity_mismatch', `${path} does not read back as it was written`, {
    hint: 'The original was not touched. Check the disk.',
  })
}

async function take(
  ctx: ImportContext,
  file: FoundFile,
  request: ImportRequest,
  options: TakeOptions,
): Promise<Unjudged> {
  if (request.mode === 'move') requireRemovable(file.source)
  if (file.copied_because !== undefined) return takeCopy(ctx, file, request, options)
  const { paths } = ctx.store
  if (request.hard_link) {
    await ensureFolder(waitingFolder(paths))
    if (canLinkInto(file.source, waitingFolder(paths))) {
      return takeInPlace(ctx, file, 'hard_link', options)
    }
  }
  const renames = request.mode === 'move' && mayRenameToBlob(paths, file.source)
  return renames ? takeInPlace(ctx, file, 'move', options) : takeCopy(ctx, file, request, options)
}

/**
 * Reads a file, and where the request wants that copies it, so that its bytes only need their name
 * in the store. Nothing else has changed then.
 * @throws import.source_changed, import.source_not_found, import.not_removable
 * @throws blob.integrity_mismatch, disk.*, job.cancelled
 */
export async function takeFile(
  ctx: ImportContext,
  file: FoundFile,
  request: ImportRequest,
  options: TakeOptions,
): Promise<Taken> {
  const taken = await take(ctx, file, request, options)
  const { sha256, size_bytes } = taken.digests
  const isClone = taken.how === 'reflink' && taken.temporary !== null
  try {
    if (!isClone) refuseChanged(file.source, seenFile(taken.digests))
    return { ...taken, judged: await judgeBlob(ctx, sha256, size_bytes, options.signal) }
  } catch (error) {
    await discardTaken(taken)
    throw error
  }
}

/**
 * Gives what was taken its name in the store. What is taken as it stands was compared just before.
 * @throws import.source_changed, blob.integrity_mismatch, disk.*
 */
export async function publishTaken(tx: StoreTx, file: FoundFile, taken: Taken): Promise<Published> {
  const { digests, arrival, how, judged } = taken
  const facts = {
    digests,
    size_bytes: digests.size_bytes,
    original_filename: file.name,
    kind: file.kind,
    source: file.source,
  }
  return publishBlob(tx, facts, { arrival, how, judged })
}

/** Removes what taking a file left that nobody will publish. @throws disk.* */
export async function discardTaken({ temporary }: Pick<Taken, 'temporary'>): Promise<void> {
  if (temporary !== null) await removeName(temporary)
}

/** The original of a moved file that the store has under its digest; null where none is to go. */
export function originalOf(file: FoundFile, { removeSource, digests }: Taken): Original | null {
  return removeSource ? { path: file.source, sha256: digests.sha256, read: digests } : null
}

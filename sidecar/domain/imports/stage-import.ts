/** Stages a file of an import: it is read once, and copied if it cannot become the blob itself. */
import { join } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import type { ImportRequest } from '../../../schemas/imports.ts'
import { cloneFile } from '../../platform/clone-file.ts'
import { copyHashed } from '../../platform/copy-file.ts'
import { removeName } from '../../platform/disk.ts'
import { ensureFolder } from '../../platform/folders.ts'
import { canLinkInto } from '../../platform/folder-pairs.ts'
import { assertUnchanged, seenFile } from '../../platform/file-identity.ts'
import type { Digests, HashPool } from '../../platform/hash-pool.ts'
import { partialName } from '../../platform/temporary-names.ts'
import { mayRenameToBlob, stagingFolder } from '../../store/blobs-volume.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import type { StoreContext } from '../context.ts'
import type { IdentifiedFile } from './identify.ts'
import { judgeBlob } from './judge-blob.ts'
import { requireRemovable, type Original } from './release-originals.ts'
import { discardStaged, type StagedBy, type StagedFile } from './staged-file.ts'

/** The dependencies of an import. */
export interface ImportContext extends StoreContext {
  readonly pool: HashPool
}

/** A staged file of an import. */
export interface StagedImport extends StagedFile {
  /** True where the original is removed once the store's copy is proven. */
  readonly removeSource: boolean
}

/** Files up to this size are flushed together. */
const SMALL_BYTES = 1024 * 1024

/** How a file was staged, before it is known what the store holds. */
type Staging = Pick<
  StagedImport,
  'digests' | 'by' | 'how' | 'temporary' | 'isFlushed' | 'removeSource'
>

/** The stop signal and progress of an import. */
export interface StageOptions {
  readonly signal: AbortSignal
  readonly onBytes: (done: number) => void
  /** The absolute path of the copy, if another process owns it. */
  readonly temporary?: string | undefined
}

/** A file to stage, and the import's request. */
export interface StagingTask {
  readonly file: IdentifiedFile
  readonly request: ImportRequest
  readonly options: StageOptions
}

async function stageInPlace(
  ctx: ImportContext,
  { file, options }: StagingTask,
  method: StagedBy['method'],
): Promise<Staging> {
  const digests = await ctx.pool.hash(file.source, { ...options, expected: file.identity })
  return {
    digests,
    by: { method, from: file.source, mode: file.mode },
    how: method === 'move' ? 'moved' : 'hard_link',
    temporary: null,
    isFlushed: true,
    removeSource: method === 'move',
  }
}

async function stageCopy(ctx: ImportContext, task: StagingTask): Promise<Staging> {
  const { file, request, options } = task
  const { paths } = ctx.store
  const folder = stagingFolder(paths)
  await ensureFolder(folder)
  if (options.temporary === undefined) await ctx.store.ownPartials()
  const temporary = options.temporary ?? join(folder, partialName())
  if (request.mode === 'link' && (await cloneFile(file.source, temporary, file.identity))) {
    const digests = await orRemove(temporary, () => ctx.pool.hash(temporary, options))
    return { ...copiedTo(paths, temporary), digests, how: 'reflink' }
  }
  // Small files are flushed together. A move is read back from the disk.
  const flush = request.mode === 'move' || file.size_bytes > SMALL_BYTES
  const copy = await copyHashed(
    ctx.pool,
    { source: file.source, temporary },
    {
      ...options,
      expected: file.identity,
      flush,
    },
  )
  const { how, ...digests } = copy
  const isFlushed = flush || how === 'reflink'
  const staging = { ...copiedTo(paths, temporary), digests, how, isFlushed }
  if (request.mode !== 'move') return staging
  await orRemove(temporary, () => proveCopy(ctx.pool, temporary, copy))
  return { ...staging, removeSource: true }
}

/** What all copies have in common. */
function copiedTo(paths: StorePaths, temporary: string) {
  const by = { method: 'move', from: paths.relative(temporary), mode: 0o644 } as const
  return { by, temporary, isFlushed: true, removeSource: false }
}

async function orRemove<T>(temporary: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
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

async function stage(ctx: ImportContext, task: StagingTask): Promise<Staging> {
  const { file, request } = task
  if (request.mode === 'move') requireRemovable(file.source)
  if (file.copied_because !== undefined) return stageCopy(ctx, task)
  const { paths } = ctx.store
  if (request.hard_link) {
    await ensureFolder(stagingFolder(paths))
    if (canLinkInto(file.source, stagingFolder(paths))) {
      return stageInPlace(ctx, task, 'hard_link')
    }
  }
  const renames = request.mode === 'move' && mayRenameToBlob(paths, file.source)
  return renames ? stageInPlace(ctx, task, 'move') : stageCopy(ctx, task)
}

/**
 * Reads a file, and copies it if the request says so, so that its bytes only need their name in the
 * store. Changes nothing else.
 * @throws import.source_changed, import.source_not_found, import.not_removable
 * @throws blob.integrity_mismatch, disk.*, job.cancelled
 */
export async function stageImport(ctx: ImportContext, task: StagingTask): Promise<StagedImport> {
  const { file, options } = task
  const staged = await stage(ctx, task)
  const isClone = staged.how === 'reflink' && staged.temporary !== null
  try {
    if (!isClone) assertUnchanged(file.source, seenFile(staged.digests))
    const judged = await judgeBlob(ctx, staged.digests, options.signal)
    return { name: file.name, kind: file.kind, source: file.source, judged, ...staged }
  } catch (error) {
    await discardStaged(staged)
    throw error
  }
}

/**
 * Returns the original of a moved file that the store now has; null where it is not to be removed.
 */
export function originalOf({ source, removeSource, digests }: StagedImport): Original | null {
  return removeSource ? { path: source, sha256: digests.sha256, read: digests } : null
}

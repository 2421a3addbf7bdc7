/** Stages files that other programs put into views: they are read, and left where they are. */
import fs from 'node:fs'
import type { Sha256 } from '../../../schemas/ids.ts'
import { isPickleName } from '../../../schemas/kinds.ts'
import type { Digests, HashOptions, HashPool } from '../../platform/hash-pool.ts'
import { canLinkInto } from '../../platform/folder-pairs.ts'
import { blobsVolume } from '../../store/blobs-volume.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import type { StoreContext } from '../context.ts'
import { readBack } from '../locations/read-back.ts'
import { storeLocation } from '../locations/store-location.ts'
import { isIncomplete } from '../models/incomplete.ts'
import { QUIET_PERIOD_MS, type RecentRest, type RestCheck } from '../models/at-rest.ts'
import type { UnmanagedFile } from '../views/unmanaged-file.ts'
import type { StagedFile } from './staged-file.ts'

/** The dependencies of adoption. */
export type AdoptContext = StoreContext & { readonly pool: HashPool }

/** How it is published is decided only under the lock: see {@link stagedBy}. */
export type StagedUnmanagedFile = Omit<StagedFile, 'by' | 'how'>

/** The rules for all files that are adopted together. */
export interface TakingRules {
  readonly recent: RecentRest
  /** Only files with the bytes of the link that they replaced. */
  readonly copiesOnly: boolean
  readonly signal: AbortSignal
}

/** A staged unmanaged file, and the blob with the same bytes, read back. */
export interface StagedUnmanaged {
  readonly file: UnmanagedFile
  readonly staged: StagedUnmanagedFile
  readonly twin: Digests | null
}

/** Reports whether the store has the bytes, or will replace damaged ones with them. */
export const isHere = ({ staged }: StagedUnmanaged) => staged.judged.is !== 'absent'

/** Reports whether this path should show these bytes anyway, as a link. */
export function isShownHere(one: StagedUnmanaged): boolean {
  const { file, staged } = one
  const { sha256 } = staged.digests
  if (file.copyOf === sha256) return true
  return isHere(one) && (file.copyOf !== null || file.insteadOf?.sha256 === sha256)
}

/**
 * A file that may be a copy need not be at rest, since it is left alone if it is not a copy; any
 * other has to be at rest, and complete according to {@link isIncomplete}.
 */
async function mayBeTaken(file: UnmanagedFile, rest: RestCheck): Promise<boolean> {
  const unrest = rest.unrest(file.path, file.names)
  if (file.copyOf !== null) return unrest === null || unrest === 'just_written'
  if (unrest !== null || Date.now() - file.modified_ms < QUIET_PERIOD_MS) return false
  return !(await isIncomplete(file.path, file.insteadOf !== null))
}

/**
 * Returns how the bytes are published. If they can have two names, the file keeps its own until the
 * link is made; trying that changes its change time, and that of all its other names.
 */
export function stagedBy(paths: StorePaths, { file, staged }: StagedUnmanaged): StagedFile {
  const isLinkedThere = file.shown || file.insteadOf !== null
  const links = isLinkedThere && canLinkInto(file.path, blobsVolume(paths))
  const mode = fs.lstatSync(file.path).mode & 0o7777
  const from = paths.relative(file.path)
  return links
    ? { ...staged, by: { method: 'hard_link', from, mode }, how: 'hard_link' }
    : { ...staged, by: { method: 'move', from, mode }, how: 'moved' }
}

async function judgeTwin(
  ctx: AdoptContext,
  sha256: Sha256,
  options: HashOptions,
): Promise<Pick<StagedUnmanaged, 'twin'> & Pick<StagedFile, 'judged'>> {
  if (!ctx.store.reader.hasBlob(sha256)) return { twin: null, judged: { is: 'absent' } }
  const { good, digests } = await readBack(storeLocation(ctx), sha256, options)
  const judged = { is: good ? 'good' : 'bad', file: digests, reading: null } as const
  return { twin: good ? digests : null, judged }
}

async function stage(
  ctx: AdoptContext,
  file: UnmanagedFile,
  signal: AbortSignal,
): Promise<StagedUnmanaged> {
  const digests = await ctx.pool.hash(file.path, { signal })
  const { twin, judged } = await judgeTwin(ctx, digests.sha256, { signal })
  const source = ctx.store.paths.relative(file.path)
  const facts = { name: file.filename, kind: file.kind, source, temporary: null, isFlushed: true }
  return { file, twin, staged: { ...facts, digests, judged } }
}

/** Stages a file; null where it must wait. @throws job.cancelled, disk.* */
export async function stageUnmanaged(
  ctx: AdoptContext,
  file: UnmanagedFile,
  { recent, copiesOnly, signal }: TakingRules,
): Promise<StagedUnmanaged | null> {
  if (!(await mayBeTaken(file, await recent.get()))) return null
  const one = await stage(ctx, file, signal)
  if (file.copyOf === null || isShownHere(one)) return one
  const other = { ...file, copyOf: null, names: 1 }
  if (copiesOnly || isPickleName(file.path)) return null
  return (await mayBeTaken(other, await recent.get())) ? { ...one, file: other } : null
}

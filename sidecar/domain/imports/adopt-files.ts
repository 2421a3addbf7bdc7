/** Model files that an interface or downloader put into views: imported, and linked. */
import { removeLinkTrials } from '../../platform/folder-pairs.ts'
import { blobsVolume } from '../../store/blobs-volume.ts'
import { QUIET_PERIOD_MS, RecentRest, type Unrest } from '../models/at-rest.ts'
import { isHardLinked } from './select-files.ts'
import { checkCancelled, type ActorWork } from '../progress.ts'
import { emitAdded } from '../emit-added.ts'
import { findUnmanagedFiles } from '../views/find-foreign.ts'
import type { UnmanagedFile } from '../views/unmanaged-file.ts'
import { settleAside } from './settle-aside.ts'
import { adoptBatch } from './adopt-batch.ts'
import {
  stageUnmanaged,
  type AdoptContext,
  type StagedUnmanaged,
  type TakingRules,
} from './stage-unmanaged.ts'

export { QUIET_PERIOD_MS }

/** The outcome for unmanaged files. */
export interface AdoptResult {
  readonly adopted: { readonly ui: string; readonly path: string; readonly sha256: string }[]
  readonly failed: { readonly ui: string; readonly path: string; readonly detail: string }[]
  /** Files that must not be imported yet, and why. */
  readonly waiting: { readonly ui: string; readonly path: string; readonly reason: Unrest }[]
}

/** The maximum number of files, or bytes, that are read and then imported under one lock. */
const MAX_GROUP = 4096
const MAX_GROUP_BYTES = 256 * 1024 ** 3

/** Which files are imported. */
export interface AdoptOrder {
  /** `<interface>/<profile>` of each view; all by default. */
  readonly views?: readonly string[]
  /** Only files with the bytes of the link that they replaced. */
  readonly copiesOnly?: boolean
}

/** Files are gathered until there are many, then imported together. */
class Adoption {
  readonly result: AdoptResult = { adopted: [], failed: [], waiting: [] }
  readonly #ctx: AdoptContext
  readonly #actor: string
  readonly #rules: TakingRules
  #group: StagedUnmanaged[] = []
  #bytes = 0
  readonly #digests = new Set<string>()
  /** Files with the same bytes as another one of the group: they are copies once that is a blob. */
  readonly #twins: UnmanagedFile[] = []

  constructor(ctx: AdoptContext, { actor, signal }: ActorWork, copiesOnly: boolean) {
    this.#ctx = ctx
    this.#actor = actor
    this.#rules = { recent: new RecentRest(), copiesOnly, signal }
  }

  /** Reads a file; one that must wait is recorded as such. @throws job.cancelled */
  async add(file: UnmanagedFile): Promise<void> {
    const { recent, signal } = this.#rules
    try {
      const one = await stageUnmanaged(this.#ctx, file, this.#rules)
      if (one !== null) this.#gather(one)
      else this.#waits(file, (await recent.get()).unrest(file.path, file.names))
    } catch (error) {
      if (signal.aborted) throw error
      this.result.failed.push({ ...this.#about(file), detail: String(error) })
    }
    if (this.#group.length >= MAX_GROUP || this.#bytes >= MAX_GROUP_BYTES) await this.take()
  }

  #gather(one: StagedUnmanaged): void {
    const { sha256 } = one.staged.digests
    const isTwin = this.#digests.has(sha256)
    if (isTwin && one.twin === null) {
      this.#twins.push(one.file)
      return
    }
    this.#group.push(one)
    this.#digests.add(sha256)
    this.#bytes += one.staged.digests.size_bytes
  }

  /** Imports what was read since the last time, with one edit of each pack. */
  async take(): Promise<void> {
    const group = this.#group
    if (group.length === 0) return
    this.#group = []
    this.#digests.clear()
    this.#bytes = 0
    const failed = await adoptBatch(this.#ctx, this.#actor, group)
    for (const one of group) this.#note(one, failed.get(one))
    const added = group.filter((one) => !failed.has(one) && one.twin === null)
    emitAdded(
      this.#ctx,
      added.map(({ staged }) => staged.digests.sha256),
    )
  }

  /** Imports the rest. @throws job.cancelled */
  async end(): Promise<void> {
    await this.take()
    for (const file of this.#twins.splice(0)) {
      // The blob may be another name of the same file by now.
      await this.add({ ...file, names: file.names + 1 })
    }
    await this.take()
  }

  #note(one: StagedUnmanaged, detail: string | undefined): void {
    const { sha256 } = one.staged.digests
    if (detail !== undefined) this.result.failed.push({ ...this.#about(one.file), detail })
    else this.result.adopted.push({ ...this.#about(one.file), sha256 })
  }

  #waits(file: UnmanagedFile, reason: Unrest | null): void {
    if (reason !== null) this.result.waiting.push({ ...this.#about(file), reason })
  }

  #about({ ui, path }: UnmanagedFile) {
    return { ui, path: this.#ctx.store.paths.relative(path) }
  }
}

/**
 * Imports unmanaged files; their paths become links. A file that replaced a link becomes the file
 * of that pack; any other joins the pack `Found in <ui>`; a copy of the model that belongs there
 * becomes a link again. A file that changes meanwhile is left alone.
 * @throws job.cancelled
 */
export async function adoptFiles(
  ctx: AdoptContext,
  work: ActorWork,
  { views, copiesOnly = false }: AdoptOrder = {},
): Promise<AdoptResult> {
  if (views === undefined) await settleAside(ctx, work.actor, work.signal)
  const found = findUnmanagedFiles(ctx.store.reader, { views })
  // A second name may be ours: it is made for a moment, and a crash leaves it.
  if (found.some(({ path }) => isHardLinked(path))) removeLinkTrials(blobsVolume(ctx.store.paths))
  const files = copiesOnly ? found.filter((file) => file.copyOf !== null) : found
  const adoption = new Adoption(ctx, work, copiesOnly)
  for (const [index, file] of files.entries()) {
    checkCancelled(work.signal)
    work.report({ stage: 'adopting', done: index, total: files.length, unit: 'files' })
    await adoption.add(file)
  }
  await adoption.end()
  return adoption.result
}

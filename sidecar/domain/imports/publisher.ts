/**
 * Publishes files of an import in groups: each ends up in the store and in its pack, or where it
 * was.
 */
import { isAppError } from '../../../schemas/errors.ts'
import type { PackName } from '../../../schemas/ids.ts'
import type { ImportedFile } from '../../../schemas/imports.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { Displaced, IsReserved, Placed } from '../packs/exposure.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { emitAdded } from '../emit-added.ts'
import type { IdentifiedFile } from './identify.ts'
import type { ImportRun } from './import-run.ts'
import { about, aliasResult, exposuresOf, shownAs } from './import-results.ts'
import { publishBatch, type Batch } from './publish-batch.ts'
import { publishBlobs, type Published } from './publish-blob.ts'
import { releaseOriginals } from './release-originals.ts'
import { removeDangling } from './remove-dangling.ts'
import { SourceChecks } from './source-checks.ts'
import type { ReadyFile } from './source-state.ts'
import { originalOf } from './stage-import.ts'
import { discardStaged, flushStaged } from './staged-file.ts'

/**
 * The size of the first group; later groups are as large as the pack already is: its documents are
 * rewritten each time, so the total stays within twice the last size.
 */
const FIRST_GROUP = 256
/** The maximum number of files for which the lock is held at once. */
const MAX_GROUP = 4096
/** Staged copies take up space. */
const MAX_WAITING_BYTES = 8 * 1024 ** 3
/** A file whose change time differs after each of so many reads counts as changing. */
const MAX_READINGS = 3

/** Reports whether an error makes continuing with other files pointless. */
function endsAll(error: unknown): boolean {
  const codes = [
    'job.cancelled',
    'disk.full',
    'disk.read_only',
    'store.locked',
    'store.offline',
  ] as const
  return codes.some((code) => isAppError(error, code))
}

/** The outcome for a file under the lock. */
interface Done {
  readonly outcome: Published
  /** How the pack shows the file and its further names; empty where it joins no pack. */
  readonly placed: readonly Placed[]
}

/** Publishes files as they become ready. */
export class Publisher {
  readonly #ctx: ImportRun['ctx']
  readonly #actor: string
  readonly #pack: PackName | undefined
  readonly #results: ImportedFile[] = []
  readonly #aliases: ImportedFile[] = []
  readonly #isReserved: IsReserved
  readonly #displaced: Displaced[] = []
  readonly #checks: SourceChecks
  #group: ReadyFile[] = []
  #groupSize: number | null = null
  #waitingBytes = 0
  /** How many files the store now holds, even if a step after their publication failed. */
  held = 0
  #publishing: Promise<void> = Promise.resolve()

  /**
   * @param isReserved reports whether a path in the pack is reserved for a file with that very name
   */
  constructor({ ctx, work, request }: ImportRun, isReserved: IsReserved) {
    this.#ctx = ctx
    this.#actor = work.actor
    this.#pack = request.pack
    this.#isReserved = isReserved
    this.#checks = new SourceChecks(ctx, ({ index, file }, error) => {
      this.fail(index, file, error)
    })
  }

  /** Adds a file; it is published by {@link flush} at the latest. @throws as {@link flush} */
  async add(ready: ReadyFile): Promise<void> {
    this.#group.push(ready)
    if (ready.staged.temporary !== null) this.#waitingBytes += ready.staged.digests.size_bytes
    this.#groupSize ??= this.#nextGroup()
    const isFull = this.#group.length >= this.#groupSize
    if (isFull || this.#waitingBytes >= MAX_WAITING_BYTES) await this.flush()
  }

  /** The size of the next group. */
  #nextGroup(): number {
    const { reader } = this.#ctx.store
    const pack = this.#pack === undefined ? null : reader.pack(this.#pack)
    return Math.min(MAX_GROUP, Math.max(FIRST_GROUP, pack?.dependencies.length ?? 0))
  }

  /** Records that a file could not be imported. @throws errors that make continuing pointless */
  fail(index: number, file: IdentifiedFile, error: unknown): void {
    if (endsAll(error)) throw error
    this.#results[index] = {
      ...about(file),
      outcome: 'failed',
      sha256: null,
      size_bytes: file.size_bytes,
      how: null,
      code: isAppError(error) ? error.code : 'internal',
      detail: error instanceof Error ? error.message : String(error),
    }
  }

  /** Publishes all files that are ready. @throws store.locked, disk.full, disk.read_only */
  async flush(): Promise<void> {
    const group = this.#group
    this.#group = []
    this.#groupSize = null
    this.#waitingBytes = 0
    const before = this.#publishing.catch(() => undefined)
    this.#publishing = before.then(() => this.#publish(group))
    await this.#publishing
  }

  /** The results of all files, in the order of their indices, with their further names. */
  results(): ImportedFile[] {
    return [...this.#results, ...this.#aliases]
  }

  /** Files of the pack that had to give up their names. */
  displaced(): readonly Displaced[] {
    return this.#displaced
  }

  async #publish(all: readonly ReadyFile[]): Promise<void> {
    const published = new Map<ReadyFile, Done>()
    let group = await this.#checks.atRest(all)
    for (let reading = 1; group.length > 0; reading += 1) {
      const touched = await this.#publishGroup(group, published)
      group = await this.#checks.atRest(
        await this.#checks.readAgain(touched, reading < MAX_READINGS),
      )
    }
    for (const { staged } of all) await discardStaged(staged)
    const kept = await this.#release([...published.keys()])
    for (const [ready, done] of published) {
      this.#conclude(ready, done, kept.get(ready.file.source))
    }
    const added = [...published].filter(([, { outcome }]) => outcome !== 'there')
    emitAdded(
      this.#ctx,
      added.map(([{ staged }]) => staged.digests.sha256),
    )
    await this.#removeDangling([...published.keys()])
  }

  /** @returns files that have to be read again first */
  async #publishGroup(
    group: readonly ReadyFile[],
    published: Map<ReadyFile, Done>,
  ): Promise<readonly ReadyFile[]> {
    try {
      const flushed = await this.#flushed(group)
      if (flushed.length === 0) return []
      return await this.#ctx.store.transact(this.#actor, async (tx) => {
        const { same, touched } = await this.#checks.compare(tx, flushed)
        if (same.length === 0) return touched
        const failed = new Set<ReadyFile>()
        const result = await publishBatch(tx, this.#batchOf(tx, same, failed))
        this.#displaced.push(...result.displaced)
        for (const [ready, outcome] of result.published) {
          if (failed.has(ready)) continue
          published.set(ready, { outcome, placed: result.placed.get(ready) ?? [] })
        }
        await syncActiveViews(tx)
        return touched
      })
    } catch (error) {
      for (const { staged } of group) await discardStaged(staged)
      throw error
    }
  }

  /** Returns the files whose bytes are flushed. */
  async #flushed(group: readonly ReadyFile[]): Promise<readonly ReadyFile[]> {
    const failed = await flushStaged(group)
    for (const [{ index, file }, error] of failed) this.fail(index, file, error)
    return group.filter((ready) => !failed.has(ready))
  }

  #batchOf(tx: StoreTx, files: readonly ReadyFile[], failed: Set<ReadyFile>): Batch<ReadyFile> {
    const inOrder = files.toSorted((a, b) => a.index - b.index)
    const join = { files: inOrder, isReserved: this.#isReserved }
    return {
      files,
      joins: this.#pack === undefined ? [] : [{ pack: this.#pack, ...join }],
      stagedOf: ({ staged }) => staged,
      exposuresOf,
      publish: (all, outcomes) =>
        publishBlobs(tx, all, {
          ...outcomes,
          published: (ready, outcome) => {
            this.held += 1
            outcomes.published(ready, outcome)
          },
        }),
      failed: (ready, error) => {
        this.fail(ready.index, ready.file, error)
        failed.add(ready)
      },
    }
  }

  /** Removes links to moved files, which interfaces would still list. */
  async #removeDangling(group: readonly ReadyFile[]): Promise<void> {
    const moved = group.filter(({ staged }) => staged.removeSource)
    const links = moved.flatMap(({ file, staged }) =>
      file.aliases.map(({ path, target }) => ({ path, target, sha256: staged.digests.sha256 })),
    )
    await removeDangling(this.#ctx.store, this.#actor, links)
  }

  /** Removes the originals of a move. @returns the errors for originals that were kept */
  async #release(group: readonly ReadyFile[]): Promise<Map<string, unknown>> {
    const originals = group.flatMap(({ staged }) => originalOf(staged) ?? [])
    return releaseOriginals(this.#ctx, this.#actor, originals)
  }

  #conclude(ready: ReadyFile, { outcome, placed }: Done, kept: unknown): void {
    const { index, file, staged } = ready
    const fresh = outcome !== 'there'
    if (kept !== undefined) {
      this.fail(index, file, kept)
      return
    }
    this.#results[index] = {
      ...about(file),
      outcome: fresh ? 'imported' : 'already_there',
      sha256: staged.digests.sha256,
      size_bytes: staged.digests.size_bytes,
      how: fresh ? staged.how : null,
      ...(outcome === 'replaced' ? { replaced_damaged: true } : {}),
      ...(file.copied_because === undefined ? {} : { copied_because: file.copied_because }),
      ...(placed[0] === undefined ? {} : shownAs(placed[0])),
    }
    for (const [at, alias] of file.aliases.entries()) {
      this.#aliases.push(aliasResult(ready, alias, placed[at + 1]))
    }
  }
}

/** Publishing files of an import in groups: in the store and in their pack, or where they were. */
import { isAppError } from '../../../schemas/errors.ts'
import type { PackName } from '../../../schemas/ids.ts'
import type { ImportedFile } from '../../../schemas/imports.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { addToPack, type Additions } from '../packs/change-packs.ts'
import type { Exposure, Displaced, IsReserved, Placed } from '../packs/place-exposures.ts'
import { followChanges } from '../profiles/follow-changes.ts'
import { tellAdded } from '../tell-added.ts'
import { sourceChanged } from '../../platform/file-identity.ts'
import type { FoundFile } from './find-files.ts'
import type { FindContext } from './find-sources.ts'
import { about, aliasResult, exposuresOf, shownAs } from './import-results.ts'
import { recordPublished, type JustPublished } from './publish-blob.ts'
import { releaseOriginals } from './release-originals.ts'
import { removeDangling } from './remove-dangling.ts'
import { sourceBusy } from '../models/rest.ts'
import { isInPlace, readAgain, SourceRest, sourceState, type ReadyFile } from './source-state.ts'
import type { Published } from './publish-blob.ts'
import { discardTaken, originalOf, publishTaken, type ImportContext } from './take-file.ts'

/**
 * So many files are published at once at first, then as many more as their pack has: its documents
 * are written anew each time, so that their sum stays within twice the last of them.
 */
const FIRST_GROUP = 64
/** The lock is held for no more files at once. */
const MAX_GROUP = 4096
/** Copies that wait take room. */
const MAX_WAITING_BYTES = 8 * 1024 ** 3
/** A file whose change time moves each time that it is read counts as changing. */
const MAX_READINGS = 3

/** An error that makes going on with other files pointless. */
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

function isDiskError(error: unknown): boolean {
  return isAppError(error) && error.code.startsWith('disk.')
}

/** What became of a file under the lock. */
interface Done {
  readonly outcome: Published
  /** How the pack shows the file and then its further names; nothing where it joins no pack. */
  readonly placed: readonly Placed[]
}

/** Publishes files as they become ready. */
export class Publisher {
  readonly #ctx: ImportContext & FindContext
  readonly #actor: string
  readonly #pack: PackName | undefined
  readonly #results: ImportedFile[] = []
  readonly #aliases: ImportedFile[] = []
  readonly #isReserved: IsReserved
  readonly #displaced: Displaced[] = []
  #group: ReadyFile[] = []
  #groupSize: number | null = null
  #waitingBytes = 0
  /** How many files the store holds by now, be it that what follows their publication failed. */
  held = 0
  #publishing: Promise<void> = Promise.resolve()

  /** @param isReserved paths in the pack that only the files which really bear them may take */
  constructor(
    ctx: ImportContext & FindContext,
    actor: string,
    pack: PackName | undefined,
    isReserved: IsReserved,
  ) {
    this.#ctx = ctx
    this.#actor = actor
    this.#pack = pack
    this.#isReserved = isReserved
  }

  /** Takes a file over; published at the latest by {@link flush}. @throws as {@link flush} */
  async add(ready: ReadyFile): Promise<void> {
    this.#group.push(ready)
    if (ready.taken.temporary !== null) this.#waitingBytes += ready.taken.digests.size_bytes
    this.#groupSize ??= this.#nextGroup()
    const isFull = this.#group.length >= this.#groupSize
    if (isFull || this.#waitingBytes >= MAX_WAITING_BYTES) await this.flush()
  }

  /** How many files the next edit of the pack waits for. */
  #nextGroup(): number {
    const { reader } = this.#ctx.store
    const pack = this.#pack === undefined ? null : reader.pack(this.#pack)
    return Math.min(MAX_GROUP, Math.max(FIRST_GROUP, pack?.dependencies.length ?? 0))
  }

  /** Notes that a file could not be taken. @throws errors that make going on pointless */
  fail(index: number, file: FoundFile, error: unknown): void {
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

  /** Publishes all that is ready. @throws store.locked, disk.full, disk.read_only */
  async flush(): Promise<void> {
    const group = this.#group
    this.#group = []
    this.#groupSize = null
    this.#waitingBytes = 0
    const before = this.#publishing.catch(() => undefined)
    this.#publishing = before.then(() => this.#publish(group))
    await this.#publishing
  }

  /** What became of each file, in the order of their indexes, and of their further names. */
  results(): ImportedFile[] {
    return [...this.#results, ...this.#aliases]
  }

  /** Files of the pack whose names gave way. */
  displaced(): readonly Displaced[] {
    return this.#displaced
  }

  async #publish(all: readonly ReadyFile[]): Promise<void> {
    const published = new Map<ReadyFile, Done>()
    let group = await this.#atRest(all)
    for (let reading = 1; group.length > 0; reading += 1) {
      const touched = await this.#publishGroup(group, published)
      group = await this.#atRest(await this.#readAgain(touched, reading < MAX_READINGS))
    }
    const kept = await this.#release([...published.keys()])
    for (const [ready, done] of published) {
      this.#conclude(ready, done, kept.get(ready.file.source))
    }
    const added = [...published].filter(([, { outcome }]) => outcome !== 'there')
    tellAdded(
      this.#ctx,
      added.map(([{ taken }]) => taken.digests.sha256),
    )
    await this.#removeDangling([...published.keys()])
  }

  /** @returns files that have to be read again first */
  async #publishGroup(
    group: readonly ReadyFile[],
    published: Map<ReadyFile, Done>,
  ): Promise<readonly ReadyFile[]> {
    const { store } = this.#ctx
    try {
      return await store.transact(this.#actor, async (tx) => {
        const { same, touched } = await this.#compare(tx, group)
        if (same.length === 0) return touched
        for (const [ready, done] of await this.#publishUnderLock(tx, same)) {
          published.set(ready, done)
        }
        return touched
      })
    } catch (error) {
      for (const { taken } of group) await discardTaken(taken)
      throw error
    }
  }

  /** Compares files that are to become blobs as they stand with what was read. */
  async #compare(tx: StoreTx, group: readonly ReadyFile[]) {
    const [same, touched]: [ReadyFile[], ReadyFile[]] = [[], []]
    for (const ready of group) {
      const state = isInPlace(ready) ? await this.#stateOf(tx, ready) : 'same'
      if (state === 'same') same.push(ready)
      else if (state === 'touched') touched.push(ready)
    }
    return { same, touched }
  }

  async #stateOf(tx: StoreTx, ready: ReadyFile): Promise<'same' | 'touched' | null> {
    const { index, file } = ready
    try {
      const state = await sourceState(tx.outside, ready)
      if (state !== 'changed') return state
      throw sourceChanged(file.source)
    } catch (error) {
      this.fail(index, file, error)
      return null
    }
  }

  /** Reads files again whose change time alone moved: a second name, or other bytes behind an old time. */
  async #readAgain(touched: readonly ReadyFile[], mayAgain: boolean): Promise<ReadyFile[]> {
    const read: ReadyFile[] = []
    for (const ready of touched) {
      const { index, file } = ready
      try {
        const again = mayAgain ? await readAgain(this.#ctx, ready) : null
        if (again === null) throw sourceChanged(file.source)
        read.push(again)
      } catch (error) {
        this.fail(index, file, error)
      }
    }
    return read
  }

  /** Links whose files have moved lead nowhere: interfaces would go on listing them. */
  async #removeDangling(group: readonly ReadyFile[]): Promise<void> {
    const moved = group.filter(({ taken }) => taken.removeSource)
    const links = moved.flatMap(({ file, taken }) =>
      file.aliases.map(({ path, target }) => ({ path, target, sha256: taken.digests.sha256 })),
    )
    await removeDangling(this.#ctx.store, this.#actor, links)
  }

  /** Leaves out files that somebody has begun to write to, or to link, since they were found. */
  async #atRest(group: readonly ReadyFile[]): Promise<ReadyFile[]> {
    const rest = new SourceRest(this.#ctx.places)
    const ready: ReadyFile[] = []
    for (const one of group) {
      if (!isInPlace(one) || (await this.#isAtRest(rest, one))) ready.push(one)
    }
    return ready
  }

  async #isAtRest(rest: SourceRest, { index, file, taken }: ReadyFile): Promise<boolean> {
    try {
      const unrest = await rest.unrest(file)
      const linked = unrest === 'hard_linked' && taken.how === 'moved'
      if (unrest !== 'in_use' && unrest !== 'unfinished' && !linked) return true
      throw sourceBusy(file.source)
    } catch (error) {
      this.fail(index, file, error)
      return false
    }
  }

  async #publishUnderLock(tx: StoreTx, group: readonly ReadyFile[]): Promise<Map<ReadyFile, Done>> {
    const published = new Map<ReadyFile, Done>()
    const pack = this.#pack
    const files = group.flatMap(exposuresOf)
    const after = { pack, files }
    const fill = pack === undefined ? null : await tx.begin({ op: 'pack.fill', after })
    let isSettled = true
    for (const ready of group) {
      try {
        const outcome = await publishTaken(tx, ready.file, ready.taken)
        this.held += 1
        published.set(ready, { outcome, placed: [] })
      } catch (error) {
        isSettled &&= !isDiskError(error)
        this.fail(ready.index, ready.file, error)
        await discardTaken(ready.taken)
      }
    }
    await recordPublished(tx, justPublished(published))
    if (pack !== undefined && fill !== null) {
      await this.#fillPack(tx, pack, published)
      // A file that the disk hindered may yet come in, with the next change; then it joins the pack.
      if (isSettled) await tx.end(fill)
    }
    await followChanges(tx)
    return published
  }

  async #fillPack(tx: StoreTx, pack: PackName, published: Map<ReadyFile, Done>): Promise<void> {
    const ready = [...published].sort(([a], [b]) => a.index - b.index)
    const files = ready.flatMap(([one]) => exposuresOf(one))
    const { placed, displaced } = await fillPack(tx, pack, files, this.#isReserved)
    this.#displaced.push(...displaced)
    let at = 0
    for (const [one, done] of ready) {
      const count = 1 + one.file.aliases.length
      published.set(one, { ...done, placed: placed.slice(at, at + count) })
      at += count
    }
  }

  /** Removes what is over, and the originals of a move. @returns why an original was kept */
  async #release(group: readonly ReadyFile[]): Promise<Map<string, unknown>> {
    for (const { taken } of group) await discardTaken(taken)
    const originals = group.flatMap(({ file, taken }) => originalOf(file, taken) ?? [])
    return releaseOriginals(this.#ctx, this.#actor, originals)
  }

  #conclude(ready: ReadyFile, { outcome, placed }: Done, kept: unknown): void {
    const { index, file, taken } = ready
    const fresh = outcome !== 'there'
    if (kept !== undefined) {
      this.fail(index, file, kept)
      return
    }
    this.#results[index] = {
      ...about(file),
      outcome: fresh ? 'imported' : 'already_there',
      sha256: taken.digests.sha256,
      size_bytes: taken.digests.size_bytes,
      how: fresh ? taken.how : null,
      ...(outcome === 'replaced' ? { replaced_damaged: true } : {}),
      ...(file.copied_because === undefined ? {} : { copied_because: file.copied_because }),
      ...(placed[0] === undefined ? {} : shownAs(placed[0])),
    }
    for (const [at, alias] of file.aliases.entries()) {
      this.#aliases.push(aliasResult(ready, alias, placed[at + 1]))
    }
  }
}

function justPublished(published: ReadonlyMap<ReadyFile, Done>): JustPublished[] {
  return [...published]
    .filter(([, { outcome }]) => outcome !== 'there')
    .map(
      ([
        {
          taken: { digests, temporary },
        },
      ]) => {
        return { sha256: digests.sha256, inPlace: temporary === null ? digests : null }
      },
    )
}

async function fillPack(
  tx: StoreTx,
  pack: PackName,
  files: readonly Exposure[],
  isReserved?: IsReserved,
): Promise<Additions> {
  if (files.length === 0) return { placed: [], displaced: [] }
  return addToPack(tx, pack, files, isReserved)
}

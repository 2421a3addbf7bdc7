/** Publishing files of an import in groups: in the store and in their pack, or where they were. */
import { isAppError } from '../../../schemas/errors.ts'
import type { PackName, Sha256 } from '../../../schemas/ids.ts'
import type { ImportedFile } from '../../../schemas/imports.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { addToPack, type Additions } from '../packs/change-packs.ts'
import type { Exposure, Displaced, IsReserved, Placed } from '../packs/place-exposures.ts'
import { followChanges } from '../profiles/follow-changes.ts'
import type { LinkStyle } from '../views/link-style.ts'
import type { Alias, NamedFile } from './aliases.ts'
import type { FoundFile } from './find-files.ts'
import { recordPublished, type JustPublished } from './publish-blob.ts'
import { releaseOriginals } from './release-originals.ts'
import { removeDangling } from './remove-dangling.ts'
import { checkRest, sourceBusy } from './rest.ts'
import type { Published } from './publish-blob.ts'
import {
  discardTaken,
  originalOf,
  publishTaken,
  type ImportContext,
  type Taken,
} from './take-file.ts'

/**
 * So many files are published at once at first, then as many more as their pack has: its documents
 * are written anew each time, so that their sum stays within twice the last of them.
 */
const FIRST_GROUP = 64
/** The lock is held for no more files at once. */
const MAX_GROUP = 4096
/** Copies that wait take room. */
const MAX_WAITING_BYTES = 8 * 1024 ** 3

/** A file of an import that was read. */
export interface ReadyFile {
  readonly index: number
  readonly file: NamedFile
  readonly taken: Taken
}

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

function aliasResult(ready: ReadyFile, alias: Alias, placed: Placed | undefined): ImportedFile {
  const { file, taken } = ready
  return {
    ...about({ ...file, ...alias }),
    alias_of: file.path,
    outcome: 'already_there',
    sha256: taken.digests.sha256,
    size_bytes: taken.digests.size_bytes,
    how: null,
    ...(placed === undefined ? {} : shownAs(placed)),
  }
}

function isDiskError(error: unknown): boolean {
  return isAppError(error) && error.code.startsWith('disk.')
}

type About = Pick<ImportedFile, 'path' | 'name' | 'kind' | 'held_back' | 'exposed_as'>

function about(file: FoundFile): About {
  const { path, name, kind, held_back } = file
  return { path, name, kind, held_back, exposed_as: null }
}

/** How a pack shows a file, as a result tells it. */
function shownAs(
  placed: Placed,
): Pick<ImportedFile, 'kind' | 'exposed_as' | 'renamed' | 'kind_corrected'> {
  const { kind, subfolder, filename, renamed_from, kind_before } = placed
  return {
    kind,
    exposed_as: subfolder === null ? filename : `${subfolder}/${filename}`,
    ...(renamed_from === null ? {} : { renamed: { from: renamed_from, to: filename } }),
    ...(kind_before === null ? {} : { kind_corrected: { from: kind_before, to: kind } }),
  }
}

/** What a file of an import asks its pack to show: itself first, then its further names. */
function exposuresOf({ file, taken }: ReadyFile): Exposure[] {
  return [file, ...file.aliases].map((one) => exposureOf(one, taken.digests.sha256))
}

function exposureOf(one: FoundFile | Alias, sha256: Sha256): Exposure {
  const { kind, kind_from, name, subfolder } = one
  return {
    sha256,
    kind,
    kind_guessed: kind_from !== 'person',
    name,
    subfolder,
    claims_path: false,
  }
}

/** What became of a file under the lock. */
interface Done {
  readonly outcome: Published
  /** How the pack shows the file and then its further names; nothing where it joins no pack. */
  readonly placed: readonly Placed[]
}

/** Publishes files as they become ready. */
export class Publisher {
  readonly #ctx: ImportContext
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
    ctx: ImportContext,
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
    if (all.length === 0) return
    const { store, publish } = this.#ctx
    const style = await this.#ctx.linkStyle()
    const published = new Map<ReadyFile, Done>()
    const group = await this.#atRest(all)
    if (group.length === 0) return
    try {
      await store.transact(this.#actor, (tx) => this.#publishUnderLock(tx, style, group, published))
    } catch (error) {
      for (const { taken } of group) await discardTaken(taken)
      throw error
    }
    const kept = await this.#release([...published.keys()])
    for (const [ready, done] of published) {
      this.#conclude(ready, done, kept.get(ready.file.source))
      const { sha256 } = ready.taken.digests
      if (done.outcome !== 'there') publish({ type: 'blob.added', sha256 })
    }
    await this.#removeDangling([...published.keys()])
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
    if (group.every(({ taken }) => taken.temporary !== null)) return [...group]
    const rest = await checkRest()
    return group.filter(({ index, file, taken }) => {
      if (taken.temporary !== null) return true
      const unrest = rest.unrest(file.source)
      const linked = unrest === 'hard_linked' && taken.how === 'moved'
      if (unrest !== 'in_use' && unrest !== 'unfinished' && !linked) return true
      this.fail(index, file, sourceBusy(file.source))
      return false
    })
  }

  async #publishUnderLock(
    tx: StoreTx,
    style: LinkStyle,
    group: readonly ReadyFile[],
    published: Map<ReadyFile, Done>,
  ): Promise<void> {
    const pack = this.#pack
    const files = group.flatMap(exposuresOf)
    const after = { pack, files }
    const fill = pack === undefined ? null : await tx.begin({ op: 'pack.fill', after })
    let isSettled = true
    for (const ready of group) {
      try {
        const outcome = await publishTaken(tx, style, ready.file, ready.taken)
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
    await followChanges(tx, style)
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

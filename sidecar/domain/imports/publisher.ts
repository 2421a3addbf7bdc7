/** Publishing files of an import in groups: in the store and in their pack, or where they were. */
import * as v from 'valibot'
import { isAppError } from '../../../schemas/errors.ts'
import { PackName, toPortableName, type PortableName } from '../../../schemas/ids.ts'
import type { ImportedFile } from '../../../schemas/imports.ts'
import { DependencyInput } from '../../../schemas/pack.ts'
import type { JournalAct } from '../../store/journal.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { addToPack } from '../packs/change-packs.ts'
import { followChanges } from '../profiles/follow-changes.ts'
import type { LinkStyle } from '../views/link-style.ts'
import type { FoundFile } from './find-files.ts'
import {
  discardTaken,
  publishTaken,
  releaseTaken,
  type ImportContext,
  type Taken,
} from './take-file.ts'

const GROUP_FILES = 64
const GROUP_BYTES = 8 * 1024 ** 3

/** A file of an import that was read. */
export interface ReadyFile {
  readonly index: number
  readonly file: FoundFile
  readonly taken: Taken
}

/** An error that makes going on with other files pointless. */
function endsAll(error: unknown): boolean {
  const codes = ['job.cancelled', 'disk.full', 'disk.read_only', 'store.locked'] as const
  return codes.some((code) => isAppError(error, code))
}

function about(file: FoundFile): Pick<ImportedFile, 'path' | 'name' | 'kind' | 'held_back'> {
  return { path: file.path, name: file.name, kind: file.kind, held_back: file.held_back }
}

/** Publishes files as they become ready. */
export class Publisher {
  readonly #ctx: ImportContext
  readonly #actor: string
  readonly #pack: PackName | undefined
  readonly #results: ImportedFile[] = []
  readonly #names = new Set<string>()
  #group: ReadyFile[] = []
  #publishing: Promise<void> = Promise.resolve()

  constructor(ctx: ImportContext, actor: string, pack: PackName | undefined) {
    this.#ctx = ctx
    this.#actor = actor
    this.#pack = pack
  }

  /** Takes a file over; published at the latest by {@link flush}. @throws as {@link flush} */
  async add(ready: ReadyFile): Promise<void> {
    this.#group.push(ready)
    const bytes = this.#group.reduce((sum, { taken }) => sum + taken.digests.size_bytes, 0)
    if (this.#group.length >= GROUP_FILES || bytes >= GROUP_BYTES) await this.flush()
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
    const before = this.#publishing.catch(() => undefined)
    this.#publishing = before.then(() => this.#publish(group))
    await this.#publishing
  }

  /** What became of each file, in the order of their indexes. */
  results(): ImportedFile[] {
    return this.#results
  }

  async #publish(group: readonly ReadyFile[]): Promise<void> {
    if (group.length === 0) return
    const { store, publish } = this.#ctx
    const style = await this.#ctx.linkStyle()
    const published = new Map<ReadyFile, boolean>()
    try {
      await store.transact(this.#actor, (tx) => this.#publishUnderLock(tx, style, group, published))
    } catch (error) {
      for (const { taken } of group) await discardTaken(taken)
      throw error
    }
    for (const [ready, fresh] of published) {
      await this.#release(ready, fresh)
      if (fresh) publish({ type: 'blob.added', sha256: ready.taken.digests.sha256 })
    }
  }

  async #publishUnderLock(
    tx: StoreTx,
    style: LinkStyle,
    group: readonly ReadyFile[],
    published: Map<ReadyFile, boolean>,
  ): Promise<void> {
    const files = this.#dependencies(group)
    const pack = this.#pack
    const after = { pack, files }
    const fill = pack === undefined ? null : await tx.begin({ op: 'pack.fill', after })
    for (const ready of group) {
      try {
        published.set(ready, await publishTaken(tx, ready.file, ready.taken))
      } catch (error) {
        this.fail(ready.index, ready.file, error)
        await discardTaken(ready.taken)
      }
    }
    if (pack !== undefined && fill !== null) {
      await fillPack(tx, pack, files)
      await tx.end(fill)
    }
    await followChanges(tx, style)
  }

  async #release(ready: ReadyFile, fresh: boolean): Promise<void> {
    const { index, file, taken } = ready
    try {
      await releaseTaken(this.#ctx, file, taken, fresh)
    } catch (error) {
      this.fail(index, file, error)
      return
    }
    this.#results[index] = {
      ...about(file),
      outcome: fresh ? 'imported' : 'already_there',
      sha256: taken.digests.sha256,
      size_bytes: taken.digests.size_bytes,
      how: fresh ? taken.how : null,
    }
  }

  /** The files of a group as dependencies, each with a name of its own within its kind. */
  #dependencies(group: readonly ReadyFile[]): DependencyInput[] {
    const seen = new Set<string>()
    return group.flatMap(({ file, taken: { digests } }) => {
      const { sha256 } = digests
      if (seen.has(sha256)) return []
      seen.add(sha256)
      const { kind, name, subfolder } = file
      const filename = this.#freeName(`${kind}/${subfolder ?? ''}`, toPortableName(name))
      const place = subfolder === null ? {} : { subfolder }
      return [{ kind, filename, ...place, sha256, required: true }]
    })
  }

  #freeName(folder: string, name: string): PortableName {
    const dot = name.lastIndexOf('.')
    const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
    const keyOf = (one: string) => `${folder}/${one}`.toLowerCase()
    let free = name
    for (let count = 2; this.#names.has(keyOf(free)); count += 1) {
      free = `${stem} (${String(count)})${ending}`
    }
    this.#names.add(keyOf(free))
    return free as PortableName
  }
}

async function fillPack(
  tx: StoreTx,
  pack: PackName,
  files: readonly DependencyInput[],
): Promise<void> {
  const here = files.filter(({ sha256 }) => sha256 !== undefined && tx.hasBlob(sha256))
  if (here.length > 0) await addToPack(tx, pack, here)
}

const Fill = v.object({ pack: PackName, files: v.array(DependencyInput) })

/** Finishes filling a pack that a crash left open, with the files that came in. @throws disk.* */
export async function finishFill(tx: StoreTx, open: JournalAct): Promise<void> {
  const fill = v.safeParse(Fill, open.begin.after)
  if (fill.success) await fillPack(tx, fill.output.pack, fill.output.files)
  await tx.end(open.begin.id)
}

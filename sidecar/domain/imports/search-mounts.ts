/** Finds the files of an import, each mount searched in a process that may hang without harm. */
import { isAppError } from '../../../schemas/errors.ts'
import type { SkipReason } from '../../../schemas/imports.ts'
import type { FindDevices } from '../../platform/find-devices.ts'
import type { MountProcesses, RealPath } from '../../platform/mount-processes.ts'
import { inodeKey } from '../../platform/file-identity.ts'
import { MountGuard, readMounts, type Mount } from '../../platform/mounts.ts'
import { StoreInterior } from '../../store/store-interior.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'
import type { NamedFile, NamedFiles } from './aliases.ts'
import { findFiles, namedFiles, type FindOptions, type ImportCandidate } from './find-files.ts'
import type { ScopedImportRequest } from './source-folders.ts'
import { identifyAll } from './identify.ts'
import { selectFiles } from './select-files.ts'

/** The dependencies of the search. */
export interface FindContext extends StoreContext {
  readonly mounts: MountProcesses
  /** By default found through `mounts`. */
  readonly devicesBehind?: FindDevices | undefined
}

/** A path to search, and its target. */
export interface ResolvedPath {
  readonly path: string
  readonly real: string
}

/** A search of paths of one mount. */
export interface MountSearch {
  readonly mount: Mount
  readonly paths: readonly ResolvedPath[]
  readonly request: ScopedImportRequest
  readonly gone: FindOptions['gone']
  /** False where the paths were found through links in another mount. */
  readonly named: boolean
}

/** What was found in a mount, and which paths in it lead to another. */
export interface MountFound extends NamedFiles {
  readonly elsewhere: readonly string[]
}

/** Searches one mount, with calls of this process. @throws as {@link findFiles} */
export async function searchMount(
  reader: StoreReader,
  { mount, paths, request, gone, named }: MountSearch,
  signal: AbortSignal,
): Promise<MountFound> {
  const table = readMounts()
  const elsewhere: string[] = []
  const reals = new Map(paths.map(({ path, real }) => [path, real]))
  const order = { ...request, paths: paths.map(({ path }) => path) }
  const all = await findFiles(reader.paths, order, {
    signal,
    gone,
    named,
    guardOf: (path) => new MountGuard(table, mount, { path, real: reals.get(path) ?? path }),
    onElsewhere: (path) => elsewhere.push(path),
  })
  const identified = await identifyAll(all, request)
  return { ...(await selectFiles(reader, identified, request)), elsewhere }
}

/** How the sources of one import are searched. */
interface SourceSearch extends Pick<FindOptions, 'gone'> {
  readonly signal: AbortSignal
}

/** Paths of one mount. */
interface MountGroup {
  readonly mount: Mount
  readonly own: boolean
  readonly paths: ResolvedPath[]
}

/** One search over all mounts that the paths of an import lead to. */
class Search {
  readonly #ctx: FindContext
  readonly #request: ScopedImportRequest
  readonly #gone: FindOptions['gone']
  readonly #signal: AbortSignal
  readonly #files: NamedFile[] = []
  readonly #skipped: { path: string; reason: SkipReason }[] = []
  /** Inodes of files on mounts other than the current one. */
  readonly #inodes = new Set<string>()
  /** How many files have been added to them. */
  #noted = 0
  /** Real paths that were searched because something led to them. */
  readonly #entered = new Set<string>()

  constructor(ctx: FindContext, request: ScopedImportRequest, { gone, signal }: SourceSearch) {
    this.#ctx = ctx
    this.#request = request
    this.#gone = gone
    this.#signal = signal
  }

  /** @throws path.offline for a requested path, and as {@link findFiles} */
  async run(): Promise<NamedFiles> {
    const elsewhere: string[] = []
    for (const group of await this.#groups(this.#request.paths, true)) {
      elsewhere.push(...(await this.#take(group, this.#gone, true)))
    }
    for (let paths = elsewhere; paths.length > 0;) paths = await this.#follow(paths)
    return { files: this.#files, skipped: this.#skipped }
  }

  /** Searches what other mounts lead to; a mount that does not answer is skipped and reported. */
  async #follow(paths: readonly string[]): Promise<string[]> {
    const further: string[] = []
    for (const group of await this.#groups(paths, false)) {
      try {
        further.push(...(await this.#take(group, 'passed over', false)))
      } catch (error) {
        if (!isAppError(error, 'path.offline')) throw error
        for (const { path } of group.paths) this.#skipped.push({ path, reason: 'offline' })
      }
    }
    return further
  }

  async #groups(paths: readonly string[], named: boolean): Promise<MountGroup[]> {
    const groups = new Map<string, MountGroup>()
    for (const path of new Set(paths)) {
      const led = await this.#lead(path, named)
      if (led === null) continue
      const { end: mount } = led
      const group = groups.get(mount.id) ?? { mount, own: led.mount === null, paths: [] }
      group.paths.push({ path, real: led.path })
      groups.set(mount.id, group)
    }
    return [...groups.values()]
  }

  /** The target of a path; null where it is already searched or does not answer. */
  async #lead(path: string, named: boolean): Promise<RealPath | null> {
    try {
      const led = await this.#ctx.mounts.realPath(path)
      if (!named && (!led.exists || this.#entered.has(led.path))) {
        if (!led.exists) this.#skipped.push({ path, reason: 'broken_link' })
        return null
      }
      this.#entered.add(led.path)
      return led
    } catch (error) {
      if (named || !isAppError(error, 'path.offline')) throw error
      this.#skipped.push({ path, reason: 'offline' })
      return null
    }
  }

  async #take(
    { mount, own, paths }: MountGroup,
    gone: FindOptions['gone'],
    named: boolean,
  ): Promise<readonly string[]> {
    const search: MountSearch = { mount, paths, request: this.#request, gone, named }
    const { reader } = this.#ctx.store
    const input = { root: reader.paths.root, search }
    const found = own
      ? await searchMount(reader, search, this.#signal)
      : ((await this.#ctx.mounts.ask(
          mount,
          { name: 'find', input },
          { signal: this.#signal },
        )) as MountFound)
    this.#noteInodes()
    for (const file of found.files) {
      // Two hard links of one mount are two files.
      if (this.#inodes.size > 0 && this.#inodes.has(inodeKey(file.identity) ?? '')) {
        this.#skipped.push({ path: file.path, reason: 'same_file_twice' })
      } else this.#files.push(own ? file : { ...file, mount })
    }
    this.#skipped.push(...found.skipped)
    return found.elsewhere
  }

  /** Records the inodes of files from other mounts. */
  #noteInodes(): void {
    for (; this.#noted < this.#files.length; this.#noted += 1) {
      const file = this.#files[this.#noted]
      const inode = file === undefined ? null : inodeKey(file.identity)
      if (inode !== null) this.#inodes.add(inode)
    }
  }
}

/**
 * Finds the files that an import takes, and what it leaves; a folder that does not answer blocks
 * only its own import.
 * @throws import.source_not_found, import.inside_store, path.offline for a requested path
 * @throws job.cancelled
 */
export function findSources(
  ctx: FindContext,
  request: ScopedImportRequest,
  search: SourceSearch,
): Promise<NamedFiles> {
  return new Search(ctx, request, search).run()
}

/**
 * Returns the files among the requested paths; folders are not searched.
 * @throws import.source_not_found, import.inside_store, path.offline
 */
export async function namedSources(
  ctx: FindContext,
  request: ScopedImportRequest,
): Promise<ImportCandidate[]> {
  const files: ImportCandidate[] = []
  const { paths } = ctx.store
  const own = new StoreInterior(paths)
  for (const path of new Set(request.paths)) {
    const led = await ctx.mounts.realPath(path)
    const order = { ...request, paths: [path] }
    if (led.mount === null) files.push(...namedFiles(own, order))
    else {
      const input = { root: paths.root, request: order }
      const found = (await ctx.mounts.ask(led.mount, { name: 'named', input })) as ImportCandidate[]
      const { mount } = led
      files.push(...found.map((file) => ({ ...file, mount })))
    }
  }
  return files
}

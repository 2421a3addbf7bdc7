/** The model files at the paths that a person named, and what is passed over. */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import type { PreviewedFile, ImportRequest, SkipReason } from '../../../schemas/imports.ts'
import { isModelName, isPickleName } from '../../../schemas/kinds.ts'
import { errnoOf } from '../../platform/disk-calls.ts'
import { identityOf, isRepeated, type FileIdentity } from '../../platform/file-identity.ts'
import type { Place } from '../../platform/places.ts'
import { isAsideName } from '../../platform/aside-name.ts'
import { Turns } from '../../platform/turns.ts'
import { walkPages, type WalkedEntry, type WalkOptions } from '../../platform/walk-folder.ts'
import { isInAnyStore, StoreInterior } from '../../store/store-interior.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import { checkCancelled } from '../progress.ts'

/** What is asked for, and what may be taken of it. */
export interface ScopedImportRequest extends ImportRequest {
  /** Real paths of folders that links may not lead out of; nothing where all may be read. */
  readonly within?: readonly string[]
}

/** A file to import. What it is, is not known yet: see identify.ts. */
export interface ImportCandidate extends Omit<PreviewedFile, 'kind' | 'kind_from'> {
  /** Where the bytes lie: the path itself, or what a symbolic link leads to. */
  readonly source: string
  /** The file at `source` as it was found. */
  readonly identity: FileIdentity
  readonly mode: number
  /** Where a child process makes the calls on it; absent in a place of the store. */
  readonly place?: Place
}

/** What was found. */
export interface ImportCandidates {
  readonly files: readonly ImportCandidate[]
  readonly skipped: readonly { readonly path: string; readonly reason: SkipReason }[]
}

/** How folders are searched. */
export interface FindOptions extends Pick<WalkOptions, 'signal'> {
  /**
   * Whether a path that was named and is not there is refused, or passed over: an import that goes
   * on after a crash has moved some of its files already.
   */
  readonly gone: 'refused' | 'passed over'
  /** Checks for each named path what of it is on another mount; that is not read. */
  readonly guardOf?: (path: string) => WalkOptions['guard']
  /** Hears of what is not looked at for this reason. */
  readonly onElsewhere?: (path: string) => void
  /** False where the paths were come across in another place. */
  readonly named?: boolean
}

const SKIPPED_KINDS: Readonly<Record<string, SkipReason>> = {
  broken_link: 'broken_link',
  loop: 'loop',
  unreadable: 'unreadable',
  fifo: 'not_a_file',
  socket: 'not_a_file',
  device: 'not_a_file',
}

interface Found extends Pick<WalkedEntry, 'identity' | 'mode'> {
  readonly path: string
  readonly entry: WalkedEntry['kind']
  /** True where the person named this very file. */
  readonly named: boolean
}

/** Nothing is below a file; links in a circle lead nowhere; no volume holds too long a name. */
const NOWHERE = new Set(['ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])

function lookAt(look: typeof fs.statSync, path: string): fs.Stats | undefined {
  try {
    return look(path, { throwIfNoEntry: false })
  } catch (error) {
    if (NOWHERE.has(errnoOf(error))) return undefined
    throw error
  }
}

/** What stands at a path that a person named; null for nothing. */
function namedEntry(path: string, named = true): Found | 'folder' | null {
  const stat = lookAt(fs.statSync, path)
  if (stat?.isDirectory() === true) return 'folder'
  const link = lookAt(fs.lstatSync, path)
  return link === undefined ? null : { path, entry: entryKind(link, stat), named }
}

function nothingAt(path: string): AppError {
  return new AppError('import.source_not_found', `Nothing exists at ${path}`)
}

async function* entriesAt(
  path: string,
  named: Found | 'folder',
  { signal, guardOf }: FindOptions,
): AsyncGenerator<readonly Found[]> {
  if (named !== 'folder') {
    yield [named]
    return
  }
  for await (const page of walkPages(path, { signal, guard: guardOf?.(path) })) {
    yield page.map(({ kind, ...entry }) => ({ ...entry, entry: kind, named: false }))
  }
}

function entryKind(link: fs.Stats, stat: fs.Stats | undefined): WalkedEntry['kind'] {
  if (link.isSymbolicLink()) return stat === undefined ? 'broken_link' : 'symlink'
  if (link.isFile()) return 'file'
  if (link.isFIFO()) return 'fifo'
  return link.isSocket() ? 'socket' : 'device'
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`) || path.startsWith(`${folder}\\`)
}

/**
 * Finds the files to import. A folder is searched whole, folders that are linked in it too.
 * @throws import.source_not_found, import.inside_store for a path that was named, job.cancelled
 */
export async function findFiles(
  paths: StorePaths,
  request: ScopedImportRequest,
  options: FindOptions,
): Promise<ImportCandidates> {
  const files: ImportCandidate[] = []
  const skipped: { path: string; reason: SkipReason }[] = []
  const seen = new Set<string>()
  const own = new StoreInterior(paths)
  const folders = new FoldersOfFiles(own, request)
  const turns = new Turns()
  for (const named of request.paths) {
    await turns.next()
    assertOutsideStore(own, request, named)
    const entry = namedEntry(named, options.named)
    if (entry === null) {
      if (options.gone === 'refused') throw nothingAt(named)
      skipped.push({ path: named, reason: 'gone' })
      continue
    }
    for await (const page of entriesAt(named, entry, options)) {
      if (options.signal) checkCancelled(options.signal)
      for (const found of page) {
        if (found.entry === 'elsewhere') {
          options.onElsewhere?.(found.path)
          continue
        }
        const judged = judgeEntry(folders, found, seen)
        if (!found.named && folders.isOutside(found.path)) continue
        if (typeof judged === 'string') skipped.push({ path: found.path, reason: judged })
        else files.push(judged)
      }
    }
  }
  return { files, skipped }
}

/**
 * Returns the files among the paths that a person named; folders are not searched.
 * @throws import.source_not_found, import.inside_store for any of the paths
 */
export function namedFiles(own: StoreInterior, request: ScopedImportRequest): ImportCandidate[] {
  const seen = new Set<string>()
  const folders = new FoldersOfFiles(own, request)
  return request.paths.flatMap((path) => {
    assertOutsideStore(own, request, path)
    const entry = namedEntry(path)
    if (entry === null) throw nothingAt(path)
    const judged = entry === 'folder' ? entry : judgeEntry(folders, entry, seen)
    return typeof judged === 'string' ? [] : [judged]
  })
}

/** @throws import.inside_store */
function assertOutsideStore(own: StoreInterior, request: ScopedImportRequest, named: string): void {
  if (!fs.existsSync(named)) return
  const real = fs.realpathSync(named)
  if (own.contains(named) || own.contains(real)) {
    throw new AppError('import.inside_store', `${named} is inside the store`, {
      hint: 'Its files are in the store already, whatever path leads to them.',
    })
  }
  if (request.mode !== 'move' || !isInAnyStore(real)) return
  throw new AppError('import.inside_store', `${named} is inside a Synapse store`, {
    hint: 'Files are never moved out of a store. Import them by copy.',
  })
}

function unfitName(name: string, found: Found, request: ScopedImportRequest): SkipReason | null {
  if (isAsideName(name)) return 'set_aside'
  return found.named || request.all_files || isModelName(name) ? null : 'not_a_model'
}

/** What is known of a folder that files lie in. */
interface FolderOfFiles {
  /** Null where the system does not tell. */
  readonly real: string | null
  /** It is this store's, or, where files are to be moved, any store's. */
  readonly isStores: boolean
}

/** The folders that files are found in, each looked at once. */
class FoldersOfFiles {
  readonly request: ScopedImportRequest
  readonly #own: StoreInterior
  readonly #known = new Map<string, FolderOfFiles>()

  constructor(own: StoreInterior, request: ScopedImportRequest) {
    this.#own = own
    this.request = request
  }

  #of(folder: string): FolderOfFiles {
    const known = this.#known.get(folder)
    if (known !== undefined) return known
    const real = realOrNull(folder)
    const inStore = this.#own.contains(folder) || (real !== null && this.#own.contains(real))
    const isMoved = this.request.mode === 'move' && real !== null
    const facts = { real, isStores: inStore || (isMoved && isInAnyStore(real)) }
    this.#known.set(folder, facts)
    return facts
  }

  /** The real path of a file that is no link. @throws errors of the system */
  realOf(path: string, name: string): string {
    const { real } = this.#of(dirname(path))
    return real === null ? fs.realpathSync(path) : join(real, name)
  }

  /**
   * Reports whether a path leads into this store, or, where files are to be moved, into any: through
   * the folders of its name as well as through those that it really lies in.
   */
  isStores(path: string, real: string): boolean {
    return this.#of(dirname(path)).isStores || this.#of(dirname(real)).isStores
  }

  /** Reports whether even the name of a path is none of the caller's: its folder is outside the roots. */
  isOutside(path: string): boolean {
    const { within } = this.request
    if (within === undefined) return false
    const { real } = this.#of(dirname(path))
    return real === null || !within.some((folder) => isInside(real, folder))
  }
}

function realOrNull(folder: string): string | null {
  try {
    return fs.realpathSync(folder)
  } catch {
    return null
  }
}

/** A file as it was walked over, or as it stands now where a person named it. */
function fileAt({
  path,
  identity,
  mode,
}: Found): Pick<ImportCandidate, 'identity' | 'mode'> | null {
  if (identity !== undefined && mode !== undefined) return { identity, mode }
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  if (stat?.isFile() !== true) return null
  return { identity: identityOf(stat), mode: Number(stat.mode) & 0o7777 }
}

function judgeEntry(
  folders: FoldersOfFiles,
  found: Found,
  seen: Set<string>,
): ImportCandidate | SkipReason {
  const { path } = found
  const { request } = folders
  const refused = SKIPPED_KINDS[found.entry]
  if (refused !== undefined) return refused
  const isLink = found.entry === 'symlink'
  if (isLink && request.mode === 'move') return 'link_not_moved'
  const name = basename(path)
  const unfit = unfitName(name, found, request)
  if (unfit !== null) return unfit
  const file = fileAt(found)
  if (file === null) return 'not_a_file'
  const real = isLink ? fs.realpathSync(path) : folders.realOf(path, name)
  if (folders.isStores(path, real)) return 'inside_store'
  if (request.within?.some((folder) => isInside(real, folder)) === false) return 'not_allowed'
  const { size_bytes } = file.identity
  if (size_bytes === 0) return 'empty'
  if (isRepeated(file.identity, seen)) return 'same_file_twice'
  const source = isLink ? real : path
  return { path, source, name, size_bytes, blocked: isPickleName(name), ...file }
}

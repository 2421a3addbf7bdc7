/** Finds the model files at the requested paths, and what is skipped. */
import fs from 'node:fs'
import { basename } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import type { PreviewedFile, SkipReason } from '../../../schemas/imports.ts'
import { isModelName, isPickleName } from '../../../schemas/kinds.ts'
import { errnoOf } from '../../platform/disk-calls.ts'
import { identityOf, SeenFiles, type FileIdentity } from '../../platform/file-identity.ts'
import type { Mount } from '../../platform/mounts.ts'
import { isAsideName } from '../../platform/aside-name.ts'
import { Turns } from '../../platform/turns.ts'
import { walkPages, type WalkedEntry, type WalkOptions } from '../../platform/walk-folder.ts'
import { isInAnyStore, StoreInterior } from '../../store/store-interior.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import { checkCancelled } from '../progress.ts'
import { FoldersOfFiles, isInside, type ScopedImportRequest } from './source-folders.ts'

/** A file to import. Its kind is not known yet: see identify.ts. */
export interface ImportCandidate extends Omit<PreviewedFile, 'kind' | 'kind_from'> {
  /** Where the bytes are: the path itself, or the target of a symbolic link. */
  readonly source: string
  /** The file at `source` as it was found. */
  readonly identity: FileIdentity
  readonly mode: number
  /** The mount whose child process makes the calls on it; absent in a mount of the store. */
  readonly mount?: Mount
}

/** What was found. */
export interface ImportCandidates {
  readonly files: readonly ImportCandidate[]
  readonly skipped: readonly { readonly path: string; readonly reason: SkipReason }[]
}

/** How folders are searched. */
export interface FindOptions extends Pick<WalkOptions, 'signal'> {
  /**
   * Whether a missing requested path is refused or skipped: an import resumed after a crash has
   * already moved some of its files.
   */
  readonly gone: 'refused' | 'passed over'
  /** Returns the guard of a requested path that detects other mounts, which are not read. */
  readonly guardOf?: (path: string) => WalkOptions['guard']
  /** Called with each path that is not searched for that reason. */
  readonly onElsewhere?: (path: string) => void
  /** False where the paths were found through links in another mount. */
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

interface Found extends Pick<WalkedEntry, 'path' | 'kind' | 'identity' | 'mode'> {
  /** True where the request names this very file. */
  readonly named?: boolean
}

/**
 * Errors that mean that nothing is there: a path below a file, a loop of links, too long a name.
 */
const NOWHERE = new Set(['ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])

function lookAt(look: typeof fs.statSync, path: string): fs.Stats | undefined {
  try {
    return look(path, { throwIfNoEntry: false })
  } catch (error) {
    if (NOWHERE.has(errnoOf(error))) return undefined
    throw error
  }
}

/** The entry at a requested path; null where there is none. */
function namedEntry(path: string, named = true): Found | 'folder' | null {
  const stat = lookAt(fs.statSync, path)
  if (stat?.isDirectory() === true) return 'folder'
  const link = lookAt(fs.lstatSync, path)
  return link === undefined ? null : { path, kind: entryKind(link, stat), named }
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
  yield* walkPages(path, { signal, guard: guardOf?.(path) })
}

function entryKind(link: fs.Stats, stat: fs.Stats | undefined): WalkedEntry['kind'] {
  if (link.isSymbolicLink()) return stat === undefined ? 'broken_link' : 'symlink'
  if (link.isFile()) return 'file'
  if (link.isFIFO()) return 'fifo'
  return link.isSocket() ? 'socket' : 'device'
}

/**
 * Finds the files to import. A folder is searched recursively, linked folders included.
 * @throws import.source_not_found, import.inside_store for a requested path, job.cancelled
 */
export async function findFiles(
  paths: StorePaths,
  request: ScopedImportRequest,
  options: FindOptions,
): Promise<ImportCandidates> {
  const files: ImportCandidate[] = []
  const skipped: { path: string; reason: SkipReason }[] = []
  const seen = new SeenFiles()
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
        if (found.kind === 'elsewhere') {
          options.onElsewhere?.(found.path)
          continue
        }
        const judged = judgeEntry(folders, found, seen)
        if (found.named !== true && folders.isOutside(found.path)) continue
        if (typeof judged === 'string') skipped.push({ path: found.path, reason: judged })
        else files.push(judged)
      }
    }
  }
  return { files, skipped }
}

/**
 * Returns the files among the requested paths; folders are not searched.
 * @throws import.source_not_found, import.inside_store for any of the paths
 */
export function namedFiles(own: StoreInterior, request: ScopedImportRequest): ImportCandidate[] {
  const seen = new SeenFiles()
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
  return found.named === true || request.all_files || isModelName(name) ? null : 'not_a_model'
}

/** A file as the walk found it, or its current state where the request names it. */
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
  seen: SeenFiles,
): ImportCandidate | SkipReason {
  const { path } = found
  const { request } = folders
  const refused = SKIPPED_KINDS[found.kind]
  if (refused !== undefined) return refused
  const isLink = found.kind === 'symlink'
  if (isLink && request.mode === 'move') return 'link_not_moved'
  const name = basename(path)
  const unfit = unfitName(name, found, request)
  if (unfit !== null) return unfit
  const file = fileAt(found)
  if (file === null) return 'not_a_file'
  const { real, isStores } = folders.locate(path, isLink)
  if (isStores) return 'inside_store'
  if (request.within?.some((folder) => isInside(real, folder)) === false) return 'not_allowed'
  const { size_bytes } = file.identity
  if (size_bytes === 0) return 'empty'
  if (!seen.add(file.identity)) return 'same_file_twice'
  const source = isLink ? real : path
  return { path, source, name, size_bytes, blocked: isPickleName(name), ...file }
}

/**
 * The calls on a folder that is a location. Each has a name and an input, so that a child process
 * can make it where the folder's disk may stop answering.
 */
import fs from 'node:fs'
import { dirname } from 'node:path'
import * as v from 'valibot'
import { RelativePath } from '../../../schemas/ids.ts'
import { AppError, isAppError } from '../../../schemas/errors.ts'
import { copyHashed } from '../../platform/copy-file.ts'
import { diskErrorAt } from '../../platform/disk-error.ts'
import { identityAt, SeenFiles, type FileIdentity } from '../../platform/file-identity.ts'
import type { Digests, HashOptions, HashPool } from '../../platform/hash-pool.ts'
import { volumeSpace } from '../../platform/probe-volume.ts'
import { readHead } from '../../platform/read-head.ts'
import { contains, realInside, resolveInside } from '../../platform/resolve-inside.ts'
import { walkFiles, type WalkedEntry } from '../../platform/walk-folder.ts'
import type { FileKey, ListedFile, LocationSpace } from './location.ts'

/** How many files are reported at once. */
const PAGE = 500

/** What a call may use besides its input. */
export interface FolderCallContext {
  readonly pool: HashPool
  readonly signal: AbortSignal
  /** Reports progress: bytes, or a page of files. */
  readonly progress: (value: unknown) => void
}

/** A file of a folder. */
interface InFolder {
  readonly root: string
  readonly key: FileKey
}

/** The real path of a file of the folder. @throws input.invalid, import.source_not_found, disk.* */
function realOf({ root, key }: InFolder): string {
  if (!v.is(RelativePath, key)) {
    throw new AppError('input.invalid', 'A file of a folder is named by its path below it')
  }
  const path = resolveInside(root, key)
  const gone = new AppError('import.source_not_found', `Nothing exists at ${path}`)
  try {
    const real = realInside(root, path)
    if (fs.statSync(real).isFile()) return real
  } catch (error) {
    // A link that leads out of the folder counts as missing.
    if (isAppError(error, 'auth.path_not_allowed')) throw gone
    throw error
  }
  throw gone
}

async function list({ root }: { readonly root: string }, ctx: FolderCallContext): Promise<null> {
  let page: ListedFile[] = []
  const seen = new SeenFiles()
  const inside = new Inside(root)
  for await (const entry of walkFiles(root, { signal: ctx.signal })) {
    const { identity, relative: key } = entry
    if (identity === undefined || !inside.holds(entry) || !seen.add(identity)) continue
    page.push({ key, identity, sha256: null })
    if (page.length < PAGE) continue
    ctx.progress(page)
    page = []
  }
  if (page.length > 0) ctx.progress(page)
  return null
}

/** Decides which files of a walk are in the folder itself, links followed. */
class Inside {
  readonly #root: string
  /** Folder → whether its real path is inside. */
  readonly #folders = new Map<string, boolean>()

  constructor(root: string) {
    this.#root = fs.realpathSync.native(root)
  }

  holds({ path, kind, relative }: WalkedEntry): boolean {
    if (!v.is(RelativePath, relative)) return false
    return kind === 'symlink' ? this.#isInside(path) : this.#holdsFolder(dirname(path))
  }

  #holdsFolder(folder: string): boolean {
    const known = this.#folders.get(folder) ?? this.#isInside(folder)
    this.#folders.set(folder, known)
    return known
  }

  #isInside(path: string): boolean {
    try {
      return contains(this.#root, fs.realpathSync.native(path))
    } catch {
      return false
    }
  }
}

/** @throws input.invalid, disk.* */
function statFile(file: InFolder): FileIdentity | null {
  try {
    return identityAt(realOf(file))
  } catch (error) {
    if (isAppError(error, 'import.source_not_found')) return null
    throw error
  }
}

/** Input and context → answer. */
const CALLS = {
  is_there: async ({ root }: { readonly root: string }) =>
    fs.statSync(root, { throwIfNoEntry: false })?.isDirectory() === true,
  space: async ({ root }: { readonly root: string }): Promise<LocationSpace | null> => {
    const space = volumeSpace(root)
    return space.total_bytes === 0 ? null : space
  },
  list,
  stat: async (file: InFolder) => statFile(file),
  head: async ({ bytes, ...file }: InFolder & { readonly bytes: number }) =>
    readHead(realOf(file), bytes),
  hash: async (
    { options, ...file }: InFolder & { readonly options: HashOptions },
    { pool, signal, progress: onBytes }: FolderCallContext,
  ): Promise<Digests> => pool.hash(realOf(file), { ...options, signal, onBytes }),
  fetch: async (
    { to, options, ...file }: InFolder & { readonly to: string; readonly options: HashOptions },
    { pool, signal, progress: onBytes }: FolderCallContext,
  ): Promise<Digests> =>
    copyHashed(pool, { source: realOf(file), temporary: to }, { ...options, signal, onBytes }),
} as const

type Calls = typeof CALLS

/** The name of a call. */
export type FolderCall = keyof Calls

/** The input of a call. */
export type FolderInput<N extends FolderCall> = Parameters<Calls[N]>[0]

/** The result of a call. */
export type FolderAnswer<N extends FolderCall> = Awaited<ReturnType<Calls[N]>>

/** Makes a call in this process. @throws as {@link Location} */
export async function callFolder<N extends FolderCall>(
  name: N,
  input: FolderInput<N>,
  context: FolderCallContext,
): Promise<FolderAnswer<N>> {
  const call = CALLS[name] as (
    input: FolderInput<N>,
    context: FolderCallContext,
  ) => Promise<FolderAnswer<N>>
  try {
    return await call(input, context)
  } catch (error) {
    throw diskErrorAt(error, input.root)
  }
}

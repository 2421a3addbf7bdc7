/** Lists a folder recursively, following links safely. */
import fs, { type BigIntStats } from 'node:fs'
import { sep } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError } from '../../schemas/errors.ts'
import { errnoOf } from './disk-calls.ts'
import type { MountGuard } from './mounts.ts'
import { identityOf, type FileIdentity } from './file-identity.ts'
import { Turns } from './turns.ts'

/**
 * What an entry is: `file`; `symlink` (to a regular file); `broken_link`; `loop` (a folder that the
 * walk has seen already under another name); `unreadable` (a folder or name that cannot be
 * accessed); `elsewhere` (an entry in another mount, or a link to one; not accessed); the others as
 * the system names them.
 */
export type WalkKind =
  | 'file'
  | 'symlink'
  | 'broken_link'
  | 'fifo'
  | 'socket'
  | 'device'
  | 'loop'
  | 'unreadable'
  | 'elsewhere'

/** One entry. `relative` is below the walked folder, its parts joined by `/`. */
export interface WalkedEntry {
  readonly path: string
  readonly relative: string
  readonly kind: WalkKind
  /** Identity of a file, or of the file that a symlink leads to. */
  readonly identity?: FileIdentity
  /** Permission bits of the same file. */
  readonly mode?: number
  /** The target of a link, as written in it. */
  readonly target?: string
}

/** How to walk. */
export interface WalkOptions {
  readonly signal?: AbortSignal | undefined
  /** True for a relative path to skip, with everything below it. */
  readonly skip?: ((relative: string) => boolean) | undefined
  /** Checks for other mounts; without it the walk follows links anywhere. */
  readonly guard?: Pick<MountGuard, 'isElsewhere' | 'leadsElsewhere'> | undefined
}

interface FoundPath {
  readonly path: string
  readonly relative: string
}

interface OpenFolder extends FoundPath {
  readonly names: readonly string[]
  next: number
}

const TURN_MS = 8
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP'])

/**
 * Yields every entry below `folder` except folders: the names of each folder in the order of their
 * code units, folders entered in place, links to folders followed last. Each folder is walked once,
 * whatever names it has. Keeps the names of the current folders and one key for each folder seen,
 * not the entries; yields to other work every few milliseconds. Entries that vanish meanwhile are
 * left out.
 * @throws import.source_not_found where `folder` is not a folder
 * @throws job.cancelled after `signal`
 */
export async function* walkFiles(
  folder: string,
  options: WalkOptions = {},
): AsyncGenerator<WalkedEntry, void, undefined> {
  const turns = new Turns()
  for (const entry of entriesBelow(folder, options)) {
    await turns.next()
    if (entry !== null) yield entry
  }
}

/**
 * Yields the same as {@link walkFiles}, many entries at a time: all that were found within some
 * milliseconds, before it yields to other work.
 * @throws as {@link walkFiles}
 */
export async function* walkPages(
  folder: string,
  options: WalkOptions = {},
): AsyncGenerator<readonly WalkedEntry[], void, undefined> {
  let page: WalkedEntry[] = []
  let until = performance.now() + TURN_MS
  for (const entry of entriesBelow(folder, options)) {
    if (entry !== null) page.push(entry)
    if (performance.now() < until) continue
    yield page
    page = []
    await nextTurn()
    until = performance.now() + TURN_MS
  }
  yield page
}

/** Entries, and null for each step of the walk without one. */
function* entriesBelow(folder: string, options: WalkOptions): Generator<WalkedEntry | null> {
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new AppError('import.source_not_found', `${folder} is not a folder`)
  }
  const walk = new Walk(options)
  yield* walk.below({ path: folder, relative: '' })
  for (let link = walk.links.shift(); link !== undefined; link = walk.links.shift()) {
    yield* walk.below(link)
  }
}

class Walk {
  /** Links to folders, followed after everything found before. */
  readonly links: FoundPath[] = []
  readonly #seen = new Set<string>()
  readonly #options: WalkOptions

  constructor(options: WalkOptions) {
    this.#options = options
  }

  *below(start: FoundPath): Generator<WalkedEntry | null> {
    const way: OpenFolder[] = []
    const top = this.#enter(start)
    if ('kind' in top) yield top
    else way.push(top)
    for (let at = way.at(-1); at !== undefined; at = way.at(-1)) {
      this.#assertWanted()
      const name = at.names[at.next++]
      if (name === undefined) {
        way.pop()
        continue
      }
      const found = this.#look(pathIn(at, name))
      if (found !== null && 'names' in found) {
        way.push(found)
        yield null
      } else yield found
    }
  }

  #assertWanted(): void {
    if (this.#options.signal?.aborted === true) {
      throw new AppError('job.cancelled', 'Listing the folder was stopped')
    }
  }

  #look(found: FoundPath): WalkedEntry | OpenFolder | null {
    if (this.#options.skip?.(found.relative) === true) return null
    if (this.#options.guard?.isElsewhere(found.path) === true) {
      return { ...found, kind: 'elsewhere' }
    }
    const stat = statOf(found.path, fs.lstatSync)
    if (stat === null) return null
    if (stat === 'unreadable') return { ...found, kind: 'unreadable' }
    if (stat.isDirectory()) return this.#enter(found)
    if (stat.isSymbolicLink()) return this.#lookAtLink(found)
    return entryOf(found, stat)
  }

  #lookAtLink(found: FoundPath): WalkedEntry | null {
    const target = readLink(found.path)
    if (target === null) return null
    if (this.#options.guard?.leadsElsewhere(found.path) === true) {
      return { ...found, kind: 'elsewhere', target }
    }
    const stat = statOf(found.path, fs.statSync)
    if (stat === null) return { ...found, kind: 'broken_link', target }
    if (stat === 'unreadable') return { ...found, kind: 'unreadable', target }
    if (!stat.isDirectory()) return { ...entryOf(found, stat, 'symlink'), target }
    this.links.push(found)
    return null
  }

  #enter(found: FoundPath): WalkedEntry | OpenFolder {
    const stat = statOf(found.path, fs.statSync)
    if (stat === null || stat === 'unreadable') return { ...found, kind: 'unreadable' }
    const key = `${String(stat.dev)}:${String(stat.ino)}`
    if (this.#seen.has(key)) return { ...found, kind: 'loop', ...linkText(found.path) }
    this.#seen.add(key)
    try {
      return { ...found, names: fs.readdirSync(found.path).sort(), next: 0 }
    } catch {
      return { ...found, kind: 'unreadable' }
    }
  }
}

function pathIn(folder: FoundPath, name: string): FoundPath {
  const relative = folder.relative === '' ? name : `${folder.relative}/${name}`
  const above = folder.path.endsWith(sep) ? folder.path : folder.path + sep
  return { path: above + name, relative }
}

type StatCall = (path: string, options: { bigint: true }) => BigIntStats

/** Null where the name, or its target, does not exist. */
function statOf(path: string, call: StatCall): BigIntStats | 'unreadable' | null {
  try {
    return call(path, { bigint: true })
  } catch (error) {
    // A name that is not UTF-8 is changed by the listing and cannot be found by the changed name.
    const garbled = path.includes('\ufffd')
    return ABSENT.has(errnoOf(error)) && !garbled ? null : 'unreadable'
  }
}

function readLink(path: string): string | null {
  try {
    return fs.readlinkSync(path)
  } catch {
    return null
  }
}

function linkText(path: string): { target?: string } {
  const target = readLink(path)
  return target === null ? {} : { target }
}

function entryOf(
  found: FoundPath,
  stat: BigIntStats,
  file: 'file' | 'symlink' = 'file',
): WalkedEntry {
  if (stat.isFile()) {
    return { ...found, kind: file, identity: identityOf(stat), mode: Number(stat.mode) & 0o7777 }
  }
  if (stat.isFIFO()) return { ...found, kind: 'fifo' }
  if (stat.isSocket()) return { ...found, kind: 'socket' }
  return { ...found, kind: 'device' }
}

/** Lists what is in a folder and below it, as it is, without being led astray. */
import fs, { type BigIntStats } from 'node:fs'
import { sep } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError } from '../../schemas/errors.ts'
import { errnoOf } from './disk-calls.ts'
import type { PlaceGuard } from './places.ts'
import { identityOf, type FileIdentity } from './file-identity.ts'
import { Turns } from './turns.ts'

/**
 * What an entry is: `file`; `symlink` (to a regular file); `broken_link`; `loop` (a folder that the
 * walk has seen already under another name); `unreadable` (a folder or name that cannot be looked
 * at); `elsewhere` (what is in another place, or a link to there; not looked at); the rest as the
 * system calls it.
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
  /** Of a file, or of the file that a symlink leads to. */
  readonly identity?: FileIdentity
  /** Permission bits of the same file. */
  readonly mode?: number
  /** What a link says, as it is written in it. */
  readonly target?: string
}

/** How to walk. */
export interface WalkOptions {
  readonly signal?: AbortSignal | undefined
  /** True for a relative path that is passed by, with all below it. */
  readonly skip?: ((relative: string) => boolean) | undefined
  /** Checks what is on another mount; without it the walk goes wherever links lead. */
  readonly guard?: Pick<PlaceGuard, 'isElsewhere' | 'leadsElsewhere'> | undefined
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
 * Yields every entry below `folder` but folders: each folder's names in the order of their code
 * units, folders entered where they stand, links to folders followed after all the rest. Each folder
 * is walked once, whatever names it has. Holds the names of the folders on the way down and one key
 * for each folder seen, not the entries; gives other work its turn every few milliseconds. What
 * vanishes meanwhile is left out.
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
 * milliseconds, before other work has its turn.
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

/** Entries, and null wherever the walk has come a step further without one. */
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
  /** Links to folders, to be followed when what was found before is done. */
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

/** Null where the name, or what it leads to, is not there. */
function statOf(path: string, call: StatCall): BigIntStats | 'unreadable' | null {
  try {
    return call(path, { bigint: true })
  } catch (error) {
    // A name that is not UTF-8 comes back changed from the listing, and is not found by it.
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

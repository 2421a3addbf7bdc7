/** Lists what is in a folder and below it, as it is, without being led astray. */
import fs, { type BigIntStats } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError } from '../../schemas/errors.ts'
import { errnoOf } from './disk-calls.ts'
import type { PlaceGuard } from './places.ts'
import { identityOf, type FileIdentity } from './file-identity.ts'

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

interface Place {
  readonly path: string
  readonly relative: string
}

interface OpenFolder extends Place {
  readonly names: readonly string[]
  next: number
}

const TURN_MS = 8
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP'])

/**
 * Returns every entry below `folder` but folders: each folder's names in the order of their code
 * units, folders entered where they stand, links to folders followed after all the rest. Each
 * folder is walked once, whatever names it has. Holds the names of the folders on the way down and
 * one key for each folder seen, not the entries; gives other work its turn every few milliseconds.
 * What vanishes meanwhile is left out.
 * @throws import.source_not_found where `folder` is not a folder
 * @throws job.cancelled after `signal`
 */
export async function* walkFiles(
  folder: string,
  options: WalkOptions = {},
): AsyncGenerator<WalkedEntry, void, undefined> {
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
  readonly links: Place[] = []
  readonly #seen = new Set<string>()
  readonly #options: WalkOptions
  #turnEnds = 0

  constructor(options: WalkOptions) {
    this.#options = options
  }

  async *below(start: Place): AsyncGenerator<WalkedEntry, void, undefined> {
    const way: OpenFolder[] = []
    const top = await this.#enter(start)
    if ('kind' in top) yield top
    else way.push(top)
    for (let at = way.at(-1); at !== undefined; at = way.at(-1)) {
      await this.#pause()
      const name = at.names[at.next++]
      if (name === undefined) {
        way.pop()
        continue
      }
      const found = await this.#look(placeIn(at, name))
      if (found === null) continue
      if ('names' in found) way.push(found)
      else yield found
    }
  }

  async #pause(): Promise<void> {
    if (this.#options.signal?.aborted === true) {
      throw new AppError('job.cancelled', 'Listing the folder was stopped')
    }
    if (performance.now() < this.#turnEnds) return
    await nextTurn()
    this.#turnEnds = performance.now() + TURN_MS
  }

  async #look(place: Place): Promise<WalkedEntry | OpenFolder | null> {
    if (this.#options.skip?.(place.relative) === true) return null
    if (this.#options.guard?.isElsewhere(place.path) === true) {
      return { ...place, kind: 'elsewhere' }
    }
    const stat = statOf(place.path, fs.lstatSync)
    if (stat === null) return null
    if (stat === 'unreadable') return { ...place, kind: 'unreadable' }
    if (stat.isDirectory()) return this.#enter(place)
    if (stat.isSymbolicLink()) return this.#lookAtLink(place)
    return entryOf(place, stat)
  }

  #lookAtLink(place: Place): WalkedEntry | null {
    const target = readLink(place.path)
    if (target === null) return null
    if (this.#options.guard?.leadsElsewhere(place.path) === true) {
      return { ...place, kind: 'elsewhere', target }
    }
    const stat = statOf(place.path, fs.statSync)
    if (stat === null) return { ...place, kind: 'broken_link', target }
    if (stat === 'unreadable') return { ...place, kind: 'unreadable', target }
    if (!stat.isDirectory()) return { ...entryOf(place, stat, 'symlink'), target }
    this.links.push(place)
    return null
  }

  async #enter(place: Place): Promise<WalkedEntry | OpenFolder> {
    const stat = statOf(place.path, fs.statSync)
    if (stat === null || stat === 'unreadable') return { ...place, kind: 'unreadable' }
    const key = `${String(stat.dev)}:${String(stat.ino)}`
    if (this.#seen.has(key)) return { ...place, kind: 'loop', ...linkText(place.path) }
    this.#seen.add(key)
    try {
      return { ...place, names: (await readdir(place.path)).sort(), next: 0 }
    } catch {
      return { ...place, kind: 'unreadable' }
    }
  }
}

function placeIn(folder: Place, name: string): Place {
  const relative = folder.relative === '' ? name : `${folder.relative}/${name}`
  return { path: join(folder.path, name), relative }
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

function entryOf(place: Place, stat: BigIntStats, file: 'file' | 'symlink' = 'file'): WalkedEntry {
  if (stat.isFile()) return { ...place, kind: file, identity: identityOf(stat) }
  if (stat.isFIFO()) return { ...place, kind: 'fifo' }
  if (stat.isSocket()) return { ...place, kind: 'socket' }
  return { ...place, kind: 'device' }
}

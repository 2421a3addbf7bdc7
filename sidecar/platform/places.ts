/**
 * Which mount a path is on, derived from the system's table without touching the path: a file
 * system that has stopped answering would hold whoever looks at it.
 */
import fs from 'node:fs'
import { dirname, join, parse, sep } from 'node:path'
import { errnoOf } from './disk-calls.ts'
import { mountTableText, parseMountTable } from './mount-table.ts'

/** A part of the tree of files that answers, or does not, as one. */
export interface Place {
  /** Differs between two mounts at one point, one after the other. */
  readonly id: string
  /** The folder at its top. */
  readonly path: string
}

const MAX_LINKS = 40

/** The mounts at one moment. */
export class PlaceTable {
  /** By their top folder; null where the system has no table that can be read. */
  readonly #mounts: ReadonlyMap<string, Place> | null
  /** Folders in which something is mounted. */
  readonly #aboveMounts: ReadonlySet<string>

  constructor(text: string | null) {
    this.#mounts = text === null ? null : parseMounts(text)
    this.#aboveMounts = new Set([...(this.#mounts?.keys() ?? [])].map((path) => dirname(path)))
  }

  /** Reports whether a name in a folder may be the top of another place than the folder's. */
  mayChangeIn(folder: string): boolean {
    if (this.#mounts !== null) return this.#aboveMounts.has(folder)
    return dirname(dirname(folder)) === dirname(folder)
  }

  /**
   * The place of an absolute path in whose folders no link stands. Without a table each first
   * folder is a place, and each volume of `/Volumes`.
   */
  placeOf(path: string): Place {
    if (this.#mounts === null) return firstFolder(path)
    for (let at = path; ; at = dirname(at)) {
      const mount = this.#mounts.get(at)
      if (mount !== undefined) return mount
      if (dirname(at) === at) return { id: at, path: at }
    }
  }
}

let last: { readonly text: string | null; readonly table: PlaceTable } | null = null

/** Reads the table of mounts; the same object for as long as nothing is mounted or unmounted. */
export function readPlaces(): PlaceTable {
  const text = mountTableText()
  if (last?.text !== text) last = { text, table: new PlaceTable(text) }
  return last.table
}

function parseMounts(text: string): Map<string, Place> {
  return new Map(
    parseMountTable(text).map(({ id, point }) => [point, { id: `${id}:${point}`, path: point }]),
  )
}

function firstFolder(path: string): Place {
  const { root } = parse(path)
  const [first = '', second = ''] = path.slice(root.length).split(sep)
  const top = first === 'Volumes' ? join(root, first, second) : join(root, first)
  return { id: top, path: top }
}

/** How far a path has been followed: all links in `done` are resolved, none in `rest`. */
export interface Way {
  readonly done: string
  readonly rest: readonly string[]
  readonly links: number
}

/**
 * Goes along a way for as long as it leads through known folders: those above `known`, paths that
 * are there and in which no link stands.
 */
export function alongKnown(way: Way, known: readonly string[]): Way {
  const shared = known.map((path) => {
    const { done, rest } = wayOf(path)
    if (done !== way.done) return 0
    const end = rest.findIndex((name, at) => name !== way.rest[at])
    return end === -1 ? rest.length : end
  })
  const most = Math.max(0, ...shared)
  return { ...way, done: join(way.done, ...way.rest.slice(0, most)), rest: way.rest.slice(most) }
}

/** Where following a path has led within one place. */
export type Followed =
  | { readonly is: 'real'; readonly path: string }
  /** Nothing is there, or links lead in a circle. */
  | { readonly is: 'missing'; readonly path: string }
  /** The next folder is in another place. */
  | { readonly is: 'elsewhere'; readonly way: Way; readonly place: Place }

/** Returns the beginning of the way along an absolute path. */
export function wayOf(path: string): Way {
  const { root } = parse(path)
  return { done: root, rest: path.slice(root.length).split(sep).filter(Boolean), links: 0 }
}

/**
 * Follows a way for as long as it stays in `place`; nothing of another place is touched.
 * @throws EACCES and other errors of the system, but for names that are not there
 */
export function followWithin(table: PlaceTable, place: Place, way: Way): Followed {
  let { done, links } = way
  let rest = [...way.rest]
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '.') continue
    if (name === '..') {
      done = dirname(done)
      continue
    }
    const next = join(done, name)
    const at = table.placeOf(next)
    if (at.id !== place.id) {
      return { is: 'elsewhere', way: { done, rest: [name, ...rest], links }, place: at }
    }
    const target = linkTarget(next)
    if (target === undefined || links > MAX_LINKS) {
      return { is: 'missing', path: join(next, ...rest) }
    }
    if (target === null) done = next
    else {
      const { root } = parse(target)
      links += 1
      if (root !== '') done = root
      rest = [...target.slice(root.length).split(sep).filter(Boolean), ...rest]
    }
  }
  return { is: 'real', path: done }
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])

/** What a link says; null for no link, undefined for nothing. */
function linkTarget(path: string): string | null | undefined {
  try {
    return fs.lstatSync(path).isSymbolicLink() ? fs.readlinkSync(path) : null
  } catch (error) {
    if (ABSENT.has(errnoOf(error))) return undefined
    throw error
  }
}

/** A folder that is walked, as it was asked for, and its path without links. */
interface WalkedFolder {
  readonly path: string
  readonly real: string
}

/** Checks whether entries of a walk are on the mount that is walked. */
export class PlaceGuard {
  readonly #table: PlaceTable
  readonly #place: Place
  /** Folders that were come to by a link, and where they are. */
  readonly #real = new Map<string, string>()
  /** Folders of this place in which nothing else begins. */
  readonly #plain = new Set<string>()

  constructor(table: PlaceTable, place: Place, { path, real }: WalkedFolder) {
    this.#table = table
    this.#place = place
    this.#real.set(path, real)
  }

  /** Whether the name itself is the top of another place. */
  isElsewhere(path: string): boolean {
    const folder = dirname(path)
    if (this.#plain.has(folder)) return false
    const real = this.#realOf(folder)
    const isHere = this.#table.placeOf(real).id === this.#place.id
    if (isHere && !this.#table.mayChangeIn(real)) this.#plain.add(folder)
    return this.#table.placeOf(this.#realOf(path)).id !== this.#place.id
  }

  /** Whether the link at `path` leads out of the place; where not, it is known where it leads. */
  leadsElsewhere(path: string): boolean {
    const followed = followWithin(this.#table, this.#place, this.#wayTo(path))
    if (followed.is === 'real') this.#real.set(path, followed.path)
    return followed.is === 'elsewhere'
  }

  /** The folder of a name is in this place, without links, and need not be followed again. */
  #wayTo(path: string): Way {
    const real = this.#realOf(path)
    return {
      done: dirname(real),
      rest: [real.slice(dirname(real).length).replace(sep, '')],
      links: 0,
    }
  }

  #realOf(path: string): string {
    for (let at = path; ; at = dirname(at)) {
      const real = this.#real.get(at)
      if (real !== undefined) return join(real, path.slice(at.length))
      if (dirname(at) === at) return path
    }
  }
}

type TouchRule = (path: string) => boolean

const rules = new Set<TouchRule>()

/** Adds a rule of what may be touched by this process, for {@link mayTouch}. */
export function addTouchRule(rule: TouchRule): Disposable {
  rules.add(rule)
  return { [Symbol.dispose]: () => void rules.delete(rule) }
}

/**
 * Reports whether a call on a path can be made by this process: its links followed, it leads to a
 * place of a store, or to the one that holds the whole system. No other place is touched to find
 * out. Where nobody has made rules, all can.
 */
export function mayTouch(path: string): boolean {
  return rules.size === 0 || [...rules].some((rule) => rule(path))
}

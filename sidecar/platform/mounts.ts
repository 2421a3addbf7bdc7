/**
 * Which mount a path is on, derived from the system's table without touching the path: a file
 * system that has stopped answering would block the caller.
 */
import fs from 'node:fs'
import { dirname, join, parse, sep } from 'node:path'
import { errnoOf } from './disk-calls.ts'
import { mountTableText, parseMountTable } from './mount-table.ts'

/** A mounted file system: it answers, or does not, as a whole. */
export interface Mount {
  /** Differs between successive mounts at one mount point. */
  readonly id: string
  /** The folder at its top. */
  readonly path: string
}

const MAX_LINKS = 40

/** The mounts at one moment. */
export class Mounts {
  /** By their top folder; null where the table cannot be read. */
  readonly #mounts: ReadonlyMap<string, Mount> | null
  /** Folders in which something is mounted. */
  readonly #aboveMounts: ReadonlySet<string>

  constructor(text: string | null) {
    this.#mounts = text === null ? null : parseMounts(text)
    this.#aboveMounts = new Set([...(this.#mounts?.keys() ?? [])].map((path) => dirname(path)))
  }

  /** Reports whether a name in a folder may be the top of another mount. */
  mayChangeIn(folder: string): boolean {
    if (this.#mounts !== null) return this.#aboveMounts.has(folder)
    return dirname(dirname(folder)) === dirname(folder)
  }

  /**
   * The mount of an absolute path whose folders are not links. Without a table, each top-level
   * folder and each volume of `/Volumes` is a mount.
   */
  mountOf(path: string): Mount {
    if (this.#mounts === null) return firstFolder(path)
    for (let at = path; ; at = dirname(at)) {
      const mount = this.#mounts.get(at)
      if (mount !== undefined) return mount
      if (dirname(at) === at) return { id: at, path: at }
    }
  }
}

let last: { readonly text: string | null; readonly table: Mounts } | null = null

/** Reads the table of mounts; the same object until something is mounted or unmounted. */
export function readMounts(): Mounts {
  const text = mountTableText()
  if (last?.text !== text) last = { text, table: new Mounts(text) }
  return last.table
}

function parseMounts(text: string): Map<string, Mount> {
  return new Map(
    parseMountTable(text).map(({ id, point }) => [point, { id: `${id}:${point}`, path: point }]),
  )
}

function firstFolder(path: string): Mount {
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
 * Follows a way while it leads through known folders: those above `known`, which are existing paths
 * without links.
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

/** The result of following a path within one mount. */
export type Followed =
  | { readonly is: 'real'; readonly path: string }
  /** The target is missing, or links form a loop. */
  | { readonly is: 'missing'; readonly path: string }
  /** The next folder is in another mount. */
  | { readonly is: 'elsewhere'; readonly way: Way; readonly mount: Mount }

/** Returns the start of the way along an absolute path. */
export function wayOf(path: string): Way {
  const { root } = parse(path)
  return { done: root, rest: path.slice(root.length).split(sep).filter(Boolean), links: 0 }
}

/**
 * Follows a way while it stays in `mount`; no other mount is touched.
 * @throws EACCES and other errors of the system, except for missing names
 */
export function followWithin(table: Mounts, mount: Mount, way: Way): Followed {
  let { done, links } = way
  let rest = [...way.rest]
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '.') continue
    if (name === '..') {
      done = dirname(done)
      continue
    }
    const next = join(done, name)
    const at = table.mountOf(next)
    if (at.id !== mount.id) {
      return { is: 'elsewhere', way: { done, rest: [name, ...rest], links }, mount: at }
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

/** The target of a link; null for something else, undefined for a missing name. */
function linkTarget(path: string): string | null | undefined {
  try {
    return fs.lstatSync(path).isSymbolicLink() ? fs.readlinkSync(path) : null
  } catch (error) {
    if (ABSENT.has(errnoOf(error))) return undefined
    throw error
  }
}

/** A walked folder, as it was requested, and its path without links. */
interface WalkedFolder {
  readonly path: string
  readonly real: string
}

/** Checks whether entries of a walk are on the walked mount. */
export class MountGuard {
  readonly #table: Mounts
  readonly #mount: Mount
  /** Folders that were reached by a link → their real paths. */
  readonly #real = new Map<string, string>()
  /** Folders of this mount without another mount directly below. */
  readonly #plain = new Set<string>()

  constructor(table: Mounts, mount: Mount, { path, real }: WalkedFolder) {
    this.#table = table
    this.#mount = mount
    this.#real.set(path, real)
  }

  /** Reports whether the name itself is the top of another mount. */
  isElsewhere(path: string): boolean {
    const folder = dirname(path)
    if (this.#plain.has(folder)) return false
    const real = this.#realOf(folder)
    const isHere = this.#table.mountOf(real).id === this.#mount.id
    if (isHere && !this.#table.mayChangeIn(real)) this.#plain.add(folder)
    return this.#table.mountOf(this.#realOf(path)).id !== this.#mount.id
  }

  /**
   * Reports whether the link at `path` leads out of the mount; if not, its target is remembered.
   */
  leadsElsewhere(path: string): boolean {
    const followed = followWithin(this.#table, this.#mount, this.#wayTo(path))
    if (followed.is === 'real') this.#real.set(path, followed.path)
    return followed.is === 'elsewhere'
  }

  /** The way to a name in a folder of this mount, which need not be followed again. */
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

/** Adds a rule for {@link mayTouch}. */
export function addTouchRule(rule: TouchRule): Disposable {
  rules.add(rule)
  return { [Symbol.dispose]: () => void rules.delete(rule) }
}

/**
 * Reports whether this process may make calls on a path: with its links followed, it leads to a
 * mount of a store or to that of the root file system. No other mount is touched to find out.
 * Without any rule, all paths are allowed.
 */
export function mayTouch(path: string): boolean {
  return rules.size === 0 || [...rules].some((rule) => rule(path))
}

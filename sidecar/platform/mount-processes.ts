/**
 * Calls on folders outside the store. A file system may stop answering at any time (a server that
 * is gone, a daemon that hangs), and a thread in such a call can never be ended: so each mount has
 * a child process for its calls, which is abandoned when the mount no longer answers.
 */
import fs from 'node:fs'
import { dirname, parse } from 'node:path'
import { AppError, isAppError } from '../../schemas/errors.ts'
import {
  MountCaller,
  type AskOptions,
  type Deadlines,
  type Patience,
  type MountTask,
} from './mount-caller.ts'
import { errnoOf, isDiskObserved } from './disk-calls.ts'
import {
  addTouchRule,
  alongKnown,
  followWithin,
  readMounts,
  wayOf,
  type Followed,
  type Mount,
  type Mounts,
  type Way,
} from './mounts.ts'
import { Turns } from './turns.ts'

/** The target of a path, links followed. */
export interface RealPath {
  readonly path: string
  readonly exists: boolean
  /** Null for a mount of the store, whose calls are made in this process. */
  readonly mount: Mount | null
  /** The mount of that target, even one of the store. */
  readonly end: Mount
}

/** How calls on mounts are made. */
export interface MountOptions {
  /** The child's program: see `mount-worker.ts`. */
  readonly program: URL
  /** Paths of the store without links, whose mounts are used in this process. */
  readonly own: () => readonly string[]
  readonly deadlines?: Partial<Deadlines>
}

/** How long the mounts of the store are cached. */
const OWN_MS = 1000

/** As {@link followWithin}; null where access is denied. */
function tryFollow(table: Mounts, mount: Mount, way: Way): Followed | null {
  try {
    return followWithin(table, mount, way)
  } catch {
    return null
  }
}

/** A path, or the nearest existing folder above it. */
function nearestThere(path: string): string {
  return fs.existsSync(path) || dirname(path) === path ? path : nearestThere(dirname(path))
}

/**
 * Runs calls on mounts, one child process each; see {@link mountOffline} for those that do not
 * answer.
 */
export class MountProcesses implements Disposable {
  readonly #options: MountOptions
  readonly #callers = new Map<string, MountCaller>()
  readonly #rule: Disposable
  readonly #turns = new Turns()
  #table: Mounts | null = null
  #own: {
    readonly table: Mounts | null
    readonly ids: ReadonlySet<string>
    readonly folders: readonly string[]
    readonly at: number
  }

  constructor(options: MountOptions) {
    this.#options = options
    this.#own = { table: null, ids: new Set(), folders: [], at: -Infinity }
    this.#rule = addTouchRule((path) => this.#mayTouch(path))
  }

  /**
   * Reports whether a mount belongs to the store. Under an observer all do: it sees only calls of
   * this process.
   */
  #isOwn(mount: Mount, table: Mounts): boolean {
    return isDiskObserved() || this.#ownMounts(table).ids.has(mount.id)
  }

  #ownMounts(table: Mounts): { ids: ReadonlySet<string>; folders: readonly string[] } {
    const isFresh = performance.now() - this.#own.at < OWN_MS
    if (this.#own.table === table && isFresh) return this.#own
    const own = this.#options.own()
    const ids = new Set(own.map((path) => table.mountOf(path).id))
    this.#own = { table, ids, folders: own.map(nearestThere), at: performance.now() }
    return this.#own
  }

  /**
   * The way along a path, starting below the folders above the store, which every call on it
   * passes.
   */
  #wayOf(path: string, table: Mounts): Way {
    return alongKnown(wayOf(path), this.#ownMounts(table).folders)
  }

  /**
   * Reports whether this process may follow a path through a mount: one of the store, or that of
   * the root file system, which cannot hang alone.
   */
  #mayFollow(mount: Mount, table: Mounts): boolean {
    return this.#isOwn(mount, table) || mount.path === parse(mount.path).root
  }

  /**
   * Follows a path to its target, each mount in its own child. Callers with many paths do not block
   * others.
   * @throws path.offline, and errors of the system except for missing names
   */
  async realPath(path: string, patience: Patience = 'full'): Promise<RealPath> {
    let table = await this.#currentTable()
    let way = this.#wayOf(path, table)
    let mount = table.mountOf(way.done)
    for (;;) {
      let followed: Followed
      if (this.#mayFollow(mount, table)) followed = followWithin(table, mount, way)
      else {
        followed = (await this.ask(
          mount,
          { name: 'follow', input: { mount, way } },
          { patience },
        )) as Followed
        table = readMounts()
      }
      if (followed.is !== 'elsewhere') {
        const exists = followed.is === 'real'
        const own = this.#isOwn(mount, table)
        return { path: followed.path, exists, mount: own ? null : mount, end: mount }
      }
      mount = followed.mount
      way = followed.way
    }
  }

  /** The mounts, read again in each turn of the event loop. */
  async #currentTable(): Promise<Mounts> {
    if (await this.#turns.next()) this.#table = null
    this.#table ??= readMounts()
    return this.#table
  }

  /**
   * Returns if the folders of all paths answer.
   * @param patience `brief`: a folder that does not answer at once counts as offline
   * @throws path.offline
   */
  async requireReachable(paths: readonly string[], patience: Patience = 'full'): Promise<void> {
    const asked = new Set<string>()
    for (const folder of new Set(paths.map((path) => dirname(path)))) {
      const mount = await this.mountOf(folder, patience)
      if (mount === null || asked.has(mount.id)) continue
      asked.add(mount.id)
      await this.ask(mount, { name: 'probe', input: { path: mount.path } }, { patience })
    }
  }

  /**
   * The mount of a folder, links followed; null for one of the store, and where access is denied.
   * @throws path.offline
   */
  async mountOf(folder: string, patience: Patience = 'full'): Promise<Mount | null> {
    try {
      return (await this.realPath(folder, patience)).mount
    } catch (error) {
      if (isAppError(error) || errnoOf(error) === '') throw error
      return null
    }
  }

  /** See `mayTouch` of mounts.ts. */
  #mayTouch(path: string): boolean {
    if (isDiskObserved()) return true
    const table = readMounts()
    let way = this.#wayOf(path, table)
    let mount = table.mountOf(way.done)
    while (this.#mayFollow(mount, table)) {
      const followed = tryFollow(table, mount, way)
      if (followed?.is !== 'elsewhere') return followed !== null
      mount = followed.mount
      way = followed.way
    }
    return false
  }

  /**
   * Runs a task in the child of a mount.
   * @throws path.offline where the mount does not answer, what the task throws, job.cancelled
   */
  async ask(mount: Mount, task: MountTask, options: AskOptions = {}): Promise<unknown> {
    let caller = this.#callers.get(mount.id)
    if (caller === undefined) {
      const { program, deadlines } = this.#options
      caller = new MountCaller(mount, program, deadlines)
      this.#callers.set(mount.id, caller)
    }
    return caller.ask(task, options)
  }

  /** Abandons all children. */
  [Symbol.dispose](): void {
    const reason = new AppError('job.cancelled', 'Stopped on request')
    this.#rule[Symbol.dispose]()
    for (const caller of this.#callers.values()) caller.giveUp(reason)
    this.#callers.clear()
  }
}

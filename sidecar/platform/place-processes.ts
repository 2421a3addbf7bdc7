/**
 * Calls on folders outside the store. A file system may stop answering at any time (a server that
 * is gone, a daemon that hangs), and a thread in such a call can never be ended: so each place has
 * a child process for its calls, which is abandoned when the place no longer answers.
 */
import fs from 'node:fs'
import { dirname, parse } from 'node:path'
import { AppError, isAppError } from '../../schemas/errors.ts'
import {
  AskedPlace,
  type AskOptions,
  type Deadlines,
  type Patience,
  type PlaceTask,
} from './asked-place.ts'
import { errnoOf, isDiskObserved } from './disk-calls.ts'
import {
  addTouchRule,
  alongKnown,
  followWithin,
  readPlaces,
  wayOf,
  type Followed,
  type Place,
  type PlaceTable,
  type Way,
} from './places.ts'
import { Turns } from './turns.ts'

/** The target of a path, links followed. */
export interface RealPath {
  readonly path: string
  readonly exists: boolean
  /** Null for a place of the store, whose calls are made in this process. */
  readonly place: Place | null
  /** The place of that target, even one of the store. */
  readonly end: Place
}

/** How calls on places are made. */
export interface PlaceOptions {
  /** The child's program: see `place-worker.ts`. */
  readonly program: URL
  /** Paths of the store without links, whose places are used in this process. */
  readonly own: () => readonly string[]
  readonly deadlines?: Partial<Deadlines>
}

/** How long the places of the store are cached. */
const OWN_MS = 1000

/** As {@link followWithin}; null where access is denied. */
function tryFollow(table: PlaceTable, place: Place, way: Way): Followed | null {
  try {
    return followWithin(table, place, way)
  } catch {
    return null
  }
}

/** A path, or the nearest existing folder above it. */
function nearestThere(path: string): string {
  return fs.existsSync(path) || dirname(path) === path ? path : nearestThere(dirname(path))
}

/**
 * Runs calls on places, one child process each; see {@link placeOffline} for those that do not
 * answer.
 */
export class PlaceProcesses implements Disposable {
  readonly #options: PlaceOptions
  readonly #asked = new Map<string, AskedPlace>()
  readonly #rule: Disposable
  readonly #turns = new Turns()
  #table: PlaceTable | null = null
  #own: {
    readonly table: PlaceTable | null
    readonly ids: ReadonlySet<string>
    readonly folders: readonly string[]
    readonly at: number
  }

  constructor(options: PlaceOptions) {
    this.#options = options
    this.#own = { table: null, ids: new Set(), folders: [], at: -Infinity }
    this.#rule = addTouchRule((path) => this.#mayTouch(path))
  }

  /**
   * Reports whether a place belongs to the store. Under an observer all do: it sees only calls of
   * this process.
   */
  #isOwn(place: Place, table: PlaceTable): boolean {
    return isDiskObserved() || this.#ownPlaces(table).ids.has(place.id)
  }

  #ownPlaces(table: PlaceTable): { ids: ReadonlySet<string>; folders: readonly string[] } {
    const isFresh = performance.now() - this.#own.at < OWN_MS
    if (this.#own.table === table && isFresh) return this.#own
    const own = this.#options.own()
    const ids = new Set(own.map((path) => table.placeOf(path).id))
    this.#own = { table, ids, folders: own.map(nearestThere), at: performance.now() }
    return this.#own
  }

  /**
   * The way along a path, starting below the folders above the store, which every call on it
   * passes.
   */
  #wayOf(path: string, table: PlaceTable): Way {
    return alongKnown(wayOf(path), this.#ownPlaces(table).folders)
  }

  /**
   * Reports whether this process may follow a path through a place: one of the store, or that of
   * the root file system, which cannot hang alone.
   */
  #mayFollow(place: Place, table: PlaceTable): boolean {
    return this.#isOwn(place, table) || place.path === parse(place.path).root
  }

  /**
   * Follows a path to its target, each place in its own child. Callers with many paths do not block
   * others.
   * @throws path.offline, and errors of the system except for missing names
   */
  async realPath(path: string, patience: Patience = 'full'): Promise<RealPath> {
    let table = await this.#currentTable()
    let way = this.#wayOf(path, table)
    let place = table.placeOf(way.done)
    for (;;) {
      let followed: Followed
      if (this.#mayFollow(place, table)) followed = followWithin(table, place, way)
      else {
        followed = (await this.ask(
          place,
          { name: 'follow', input: { place, way } },
          { patience },
        )) as Followed
        table = readPlaces()
      }
      if (followed.is !== 'elsewhere') {
        const exists = followed.is === 'real'
        const own = this.#isOwn(place, table)
        return { path: followed.path, exists, place: own ? null : place, end: place }
      }
      place = followed.place
      way = followed.way
    }
  }

  /** The mounts, read again in each turn of the event loop. */
  async #currentTable(): Promise<PlaceTable> {
    if (await this.#turns.next()) this.#table = null
    this.#table ??= readPlaces()
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
      const place = await this.placeOf(folder, patience)
      if (place === null || asked.has(place.id)) continue
      asked.add(place.id)
      await this.ask(place, { name: 'probe', input: { path: place.path } }, { patience })
    }
  }

  /**
   * The place of a folder, links followed; null for one of the store, and where access is denied.
   * @throws path.offline
   */
  async placeOf(folder: string, patience: Patience = 'full'): Promise<Place | null> {
    try {
      return (await this.realPath(folder, patience)).place
    } catch (error) {
      if (isAppError(error) || errnoOf(error) === '') throw error
      return null
    }
  }

  /** See `mayTouch` of places.ts. */
  #mayTouch(path: string): boolean {
    if (isDiskObserved()) return true
    const table = readPlaces()
    let way = this.#wayOf(path, table)
    let place = table.placeOf(way.done)
    while (this.#mayFollow(place, table)) {
      const followed = tryFollow(table, place, way)
      if (followed?.is !== 'elsewhere') return followed !== null
      place = followed.place
      way = followed.way
    }
    return false
  }

  /**
   * Runs a task in the child of a place.
   * @throws path.offline where the place does not answer, what the task throws, job.cancelled
   */
  async ask(place: Place, task: PlaceTask, options: AskOptions = {}): Promise<unknown> {
    let asked = this.#asked.get(place.id)
    if (asked === undefined) {
      const { program, deadlines } = this.#options
      asked = new AskedPlace(place, program, deadlines)
      this.#asked.set(place.id, asked)
    }
    return asked.ask(task, options)
  }

  /** Abandons all children. */
  [Symbol.dispose](): void {
    const reason = new AppError('job.cancelled', 'Stopped on request')
    this.#rule[Symbol.dispose]()
    for (const asked of this.#asked.values()) asked.giveUp(reason)
    this.#asked.clear()
  }
}

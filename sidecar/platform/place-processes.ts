/**
 * Calls on folders that are not the store's. A file system may stop answering at any time (a server
 * that is gone, a daemon that hangs), and a thread in such a call can never be ended: so each place
 * has a child process for its calls, which is given up when the place no longer answers.
 */
import fs from 'node:fs'
import { dirname, parse } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, isAppError } from '../../schemas/errors.ts'
import { errnoOf, isDiskObserved } from './disk-calls.ts'
import { PlaceProcess, type TaskOptions } from './place-process.ts'
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

/** Where a path leads, its links followed. */
export interface RealPath {
  readonly path: string
  readonly exists: boolean
  /** Null for a place of the store, whose calls are made in this process. */
  readonly place: Place | null
  /** The place where it ends, the store's too. */
  readonly end: Place
}

/** When a place counts as not answering. */
export interface Deadlines {
  /** A place that said nothing for so long is asked whether it still answers. */
  readonly quietMs: number
  /** So long that question may take. */
  readonly probeMs: number
  /** After so long a question without an answer is asked again. */
  readonly againMs: number
}

/** How places are asked. */
export interface PlaceOptions {
  /** The child's program: see `place-host.ts`. */
  readonly program: URL
  /** Paths of the store without links, whose places are used in this process. */
  readonly own: () => readonly string[]
  readonly deadlines?: Partial<Deadlines>
}

interface Asked {
  child: PlaceProcess | null
  /** A question that has no answer yet: for so long the place is offline. */
  probe: { readonly child: PlaceProcess; readonly since: number } | null
  watch: NodeJS.Timeout | null
  rest: NodeJS.Timeout | undefined
}

const DEADLINES: Deadlines = { quietMs: 4000, probeMs: 4000, againMs: 30_000 }
const LOOK_MS = 250
const REST_MS = 10_000
/** What does not answer so soon is not waited for by those who are in a hurry. */
const MOMENT_MS = 1000
/** So long it is remembered which places are the store's. */
const OWN_MS = 1000
/** A child has to load its program first, and a busy machine takes its time. */
const START_MS = 60_000

/** How long an answer is waited for: as long as the deadlines say, or for a moment. */
export type Patience = 'full' | 'brief'

/** How a task is followed, and how long its place may take to answer. */
export interface AskOptions extends TaskOptions {
  readonly patience?: Patience
}

/** The answer, if it comes at once. @throws path.offline where it does not; the task goes on */
async function soon<T>(answer: Promise<T>, child: PlaceProcess, place: Place): Promise<T> {
  answer.catch(() => undefined)
  await Promise.race([answer, child.whenStarted()])
  const moment = new AbortController()
  const late = sleep(MOMENT_MS, undefined, { ref: false, signal: moment.signal })
  const refused = late.then(() => {
    throw placeOffline(place.path)
  })
  refused.catch(() => undefined)
  try {
    return await Promise.race([answer, refused])
  } finally {
    moment.abort()
  }
}

/** As {@link followWithin}; null where the system does not let one look. */
function tryFollow(table: PlaceTable, place: Place, way: Way): Followed | null {
  try {
    return followWithin(table, place, way)
  } catch {
    return null
  }
}

/** A path, or the nearest folder above it that is there. */
function nearestThere(path: string): string {
  return fs.existsSync(path) || dirname(path) === path ? path : nearestThere(dirname(path))
}

/** Returns the error for a place that does not answer. */
export function placeOffline(path: string): AppError {
  return new AppError('path.offline', `${path} does not answer`, {
    hint: 'Its disk, server or program hangs or is gone. Repeat when it answers again.',
    details: { path },
  })
}

/** Asks places, one child each; see {@link placeOffline} for those that do not answer. */
export class PlaceProcesses implements Disposable {
  readonly #options: PlaceOptions
  readonly #deadlines: Deadlines
  readonly #asked = new Map<string, Asked>()
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
    this.#deadlines = { ...DEADLINES, ...options.deadlines }
    this.#own = { table: null, ids: new Set(), folders: [], at: -Infinity }
    this.#rule = addTouchRule((path) => this.#mayTouch(path))
  }

  /** The places of the store. Under an observer all are: it sees the calls of this process alone. */
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

  /** The way along a path, begun below the folders above the store: each call on it passes those. */
  #wayOf(path: string, table: PlaceTable): Way {
    return alongKnown(wayOf(path), this.#ownPlaces(table).folders)
  }

  /**
   * Whether a path can be followed through a place by this process: the store's, and the one that
   * holds the whole system, which cannot hang alone.
   */
  #mayFollow(place: Place, table: PlaceTable): boolean {
    return this.#isOwn(place, table) || place.path === parse(place.path).root
  }

  /**
   * Follows a path to where it leads, each place asked in its own child. Callers with many paths
   * hold up nobody.
   * @throws path.offline, and errors of the system but for names that are not there
   */
  async realPath(path: string, patience: Patience = 'full'): Promise<RealPath> {
    let table = await this.#currentTable()
    let way = this.#wayOf(path, table)
    let place = table.placeOf(way.done)
    for (;;) {
      let followed: Followed
      if (this.#mayFollow(place, table)) followed = followWithin(table, place, way)
      else {
        followed = (await this.ask(place, 'follow', { place, way }, { patience })) as Followed
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

  /** The mounts, read again whenever others have had their turn. */
  async #currentTable(): Promise<PlaceTable> {
    if (await this.#turns.next()) this.#table = null
    this.#table ??= readPlaces()
    return this.#table
  }

  /**
   * Passes where the folders of all paths answer.
   * @param patience `brief`: what does not answer at once counts as offline for now
   * @throws path.offline
   */
  async requireReachable(paths: readonly string[], patience: Patience = 'full'): Promise<void> {
    const asked = new Set<string>()
    for (const folder of new Set(paths.map((path) => dirname(path)))) {
      const place = await this.placeOf(folder, patience)
      if (place === null || asked.has(place.id)) continue
      asked.add(place.id)
      await this.ask(place, 'probe', { path: place.path }, { patience })
    }
  }

  /**
   * The place that a folder leads to; null for the store's, and where the system does not let one
   * look. @throws path.offline
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
   * Has a task done by the child of a place.
   * @throws path.offline where the place does not answer, what the task throws, job.cancelled
   */
  async ask(
    place: Place,
    task: string,
    input: unknown,
    options: AskOptions = {},
  ): Promise<unknown> {
    const asked = this.#askedOf(place)
    clearTimeout(asked.rest)
    asked.watch ??= setInterval(() => {
      this.#look(place, asked)
    }, LOOK_MS)
    if (asked.child?.alive !== true) asked.child = new PlaceProcess(this.#options.program)
    const { child } = asked
    const answer = child.ask(task, input, options).finally(() => {
      if (child.tasks === 0) this.#relax(asked)
    })
    return options.patience === 'brief' ? soon(answer, child, place) : answer
  }

  /** @throws path.offline where a question to the place has no answer yet */
  #askedOf(place: Place): Asked {
    const known = this.#asked.get(place.id)
    if (known === undefined) {
      const asked: Asked = { child: null, probe: null, watch: null, rest: undefined }
      this.#asked.set(place.id, asked)
      return asked
    }
    if (known.probe !== null && known.child === null) {
      if (performance.now() - known.probe.since < this.#deadlines.againMs) {
        throw placeOffline(place.path)
      }
      known.probe.child.giveUp(placeOffline(place.path))
      known.probe = null
    }
    return known
  }

  #relax(asked: Asked): void {
    clearInterval(asked.watch ?? undefined)
    asked.watch = null
    asked.rest = setTimeout(() => {
      if (asked.child?.tasks === 0) asked.child.giveUp(new AppError('internal', 'At rest'))
    }, REST_MS).unref()
  }

  /** Asks a place that says nothing whether it answers; gives its child up where it does not. */
  #look(place: Place, asked: Asked): void {
    const { child, probe } = asked
    if (child === null || child.tasks === 0) return
    const now = performance.now()
    const patience = child.started ? this.#deadlines.quietMs : START_MS
    if (probe === null) {
      if (now - child.heardAt >= patience) this.#probe(place, asked)
      return
    }
    const wait = probe.child.started ? this.#deadlines.probeMs : START_MS
    if (now - probe.child.heardAt < wait) return
    asked.child = null
    child.giveUp(placeOffline(place.path))
  }

  #probe(place: Place, asked: Asked): void {
    const child = new PlaceProcess(this.#options.program)
    const probe = { child, since: performance.now() }
    asked.probe = probe
    const answered = () => {
      child.giveUp(new AppError('internal', 'The place has answered'))
      if (asked.probe === probe) asked.probe = null
      asked.child?.hear()
    }
    // An error is an answer as well.
    void child.ask('probe', { path: place.path }).then(answered, answered)
  }

  /** Gives all children up. */
  [Symbol.dispose](): void {
    const reason = new AppError('job.cancelled', 'Stopped on request')
    this.#rule[Symbol.dispose]()
    for (const { child, probe, watch, rest } of this.#asked.values()) {
      clearInterval(watch ?? undefined)
      clearTimeout(rest)
      child?.giveUp(reason)
      probe?.child.giveUp(reason)
    }
    this.#asked.clear()
  }
}

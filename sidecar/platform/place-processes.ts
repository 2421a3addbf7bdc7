/**
 * Calls on folders that are not the store's. A file system may stop answering at any time (a server
 * that is gone, a daemon that hangs), and a thread in such a call can never be ended: so each place
 * has a child process for its calls, which is given up when the place no longer answers.
 */
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, isAppError } from '../../schemas/errors.ts'
import { errnoOf, isDiskObserved } from './disk-calls.ts'
import { PlaceProcess, type TaskOptions } from './place-process.ts'
import {
  addTouchRule,
  followWithin,
  readPlaces,
  wayOf,
  type Followed,
  type Place,
} from './places.ts'

/** Where a path leads, its links followed. */
export interface RealPath {
  readonly path: string
  readonly exists: boolean
  /** Null for a place of the store, whose calls are made in this process. */
  readonly place: Place | null
}

/** When a place counts as not answering. */
export interface Deadlines {
  /** A place that said nothing for so long is asked whether it still answers. */
  readonly quietMs: number
  /** So long that question may take. */
  readonly probeMs: number
  /** After so long a question without an answer is asked anew. */
  readonly againMs: number
}

/** How places are asked. */
export interface PlaceOptions {
  /** The child's program: see `place-host.ts`. */
  readonly program: URL
  /** Paths of the store, whose places are used in this process. */
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
const MOMENT_MS = 500
/** A child has to load its program first, and a busy machine takes its time. */
const START_MS = 60_000

/** The error for a place that does not answer. */
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
  /** When places answered last. */
  readonly #answered = new Map<string, number>()

  constructor(options: PlaceOptions) {
    this.#options = options
    this.#deadlines = { ...DEADLINES, ...options.deadlines }
    this.#rule = addTouchRule((path) => this.#mayTouch(path))
  }

  /** The places of the store. Under an observer all are: it sees the calls of this process alone. */
  #isOwn(place: Place): boolean {
    if (isDiskObserved()) return true
    const table = readPlaces()
    return this.#options.own().some((path) => table.placeOf(path).id === place.id)
  }

  /**
   * Follows a path to where it leads, each place asked in its own child.
   * @throws path.offline, and errors of the system but for names that are not there
   */
  async realPath(path: string): Promise<RealPath> {
    let place = readPlaces().placeOf(wayOf(path).done)
    let way = wayOf(path)
    for (;;) {
      const own = this.#isOwn(place)
      const followed: Followed = own
        ? followWithin(readPlaces(), place, way)
        : ((await this.ask(place, 'follow', { place, way })) as Followed)
      if (followed.is !== 'elsewhere') {
        const exists = followed.is === 'real'
        return { path: followed.path, exists, place: own ? null : place }
      }
      place = followed.place
      way = followed.way
    }
  }

  /** Passes where a place answers. @throws path.offline */
  async requireAnswer(place: Place): Promise<void> {
    await this.ask(place, 'probe', { path: place.path })
    this.#answered.set(place.id, performance.now())
  }

  /**
   * Passes where the folders of all paths answer, so that calls of this process may touch them.
   * @throws path.offline
   */
  async requireReachable(paths: readonly string[]): Promise<void> {
    const asked = new Set<string>()
    for (const folder of new Set(paths.map((path) => dirname(path)))) {
      const place = await this.#placeOf(folder)
      if (place === null || asked.has(place.id)) continue
      asked.add(place.id)
      await this.requireAnswer(place)
    }
  }

  /** The place of a folder; null for the store's, and where the system does not let one look. */
  async #placeOf(folder: string): Promise<Place | null> {
    try {
      return (await this.realPath(folder)).place
    } catch (error) {
      if (isAppError(error) || errnoOf(error) === '') throw error
      return null
    }
  }

  /** The place of a path in whose folders no link stands; null for the store's. */
  foreignPlaceOf(path: string): Place | null {
    const place = readPlaces().placeOf(path)
    return this.#isOwn(place) ? null : place
  }

  /**
   * Asks whether folders answer, so that `mayTouch` knows; throws nothing.
   * @param patient false: waits for a moment at most
   */
  async getToKnow(folders: readonly string[], patient: boolean): Promise<void> {
    const asked = Promise.allSettled(
      folders.map((folder) => this.requireReachable([join(folder, '_')])),
    )
    await (patient ? asked : Promise.race([asked, sleep(MOMENT_MS, undefined, { ref: false })]))
  }

  /** See `mayTouch` of places.ts. */
  #mayTouch(path: string): boolean {
    const place = readPlaces().placeOf(path)
    const answered = this.#answered.get(place.id) ?? -Infinity
    return this.#isOwn(place) || performance.now() - answered < this.#deadlines.quietMs
  }

  /**
   * Has a task done by the child of a place.
   * @throws path.offline where the place does not answer, what the task throws, job.cancelled
   */
  async ask(
    place: Place,
    task: string,
    input: unknown,
    options: TaskOptions = {},
  ): Promise<unknown> {
    const asked = this.#askedOf(place)
    clearTimeout(asked.rest)
    asked.watch ??= setInterval(() => {
      this.#look(place, asked)
    }, LOOK_MS)
    if (asked.child?.alive !== true) asked.child = new PlaceProcess(this.#options.program)
    const { child } = asked
    try {
      return await child.ask(task, input, options)
    } finally {
      if (child.tasks === 0) this.#relax(asked)
    }
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

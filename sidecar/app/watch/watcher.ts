/**
 * Watches folders of `state/` and of the active views, and those that hold the active links. An
 * event only triggers a check; its content is never trusted.
 */
import fs from 'node:fs'
import type { FSWatcher, watch } from 'chokidar'
import type { UiName } from '../../../schemas/ids.ts'
import { syncActiveViews, managedUis } from '../../domain/profiles/sync-views.ts'
import { QUIET_PERIOD_MS } from '../../domain/models/at-rest.ts'
import { findUnmanagedFiles } from '../../domain/views/find-foreign.ts'
import type { UnmanagedFile } from '../../domain/views/unmanaged-file.ts'
import { errnoOf } from '../../platform/disk-calls.ts'
import { checkRest, type Unrest } from '../../domain/models/at-rest.ts'
import { offlineText } from '../../store/offline-errors.ts'
import { BlobCare } from './blob-care.ts'
import { adoptJob } from '../jobs/kinds/adopt.ts'
import { InPlaceRechecks } from './in-place-rechecks.ts'
import type { Services } from '../services.ts'

const PAUSE_MS = 250
/** How often it checks while events arrive without a pause. */
const MAX_PAUSE_MS = 3000
/** How often the index is reconciled without any event: the folders of blobs are not watched. */
const RECONCILE_EVERY_MS = 60_000
/** How often it checks where the system cannot watch more folders. */
const LOOK_EVERY_MS = 10_000
/** How often it checks whether a disk was disconnected or is back: there is no event for that. */
const DISKS_EVERY_MS = 5000
/** The system's limits of watched folders, and of open watches. */
const LIMITS: Readonly<Record<string, string>> = {
  ENOSPC: 'fs.inotify.max_user_watches',
  EMFILE: 'fs.inotify.max_user_instances',
  ENFILE: 'fs.file-max',
}
const NOTICE = 'watcher.limit'

const WAITS: Readonly<Record<Exclude<Unrest, 'just_written'>, string>> = {
  unfinished: 'a control file says that its download is not finished',
  in_use: 'a program holds it open for writing',
  hard_linked: 'it has other hard-linked names, by which it could be changed',
}

type Watch = typeof watch

/** Watches until it is closed. */
export class Watcher implements AsyncDisposable {
  readonly #watch: Watch
  readonly #services: Services
  readonly #print: (line: string) => void
  readonly #watcher: FSWatcher
  /** Watches the folders that hold the active links, not their subfolders. */
  readonly #linkWatcher: FSWatcher
  #folders = new Set<string>()
  #timer: NodeJS.Timeout | null = null
  /** When the timer ends, by the clock of `performance`. */
  #lookAt = Infinity
  /** When the first unhandled event came. */
  #hintedAt: number | null = null
  #looking: Promise<void> = Promise.resolve()
  readonly #care: BlobCare
  #closed = false
  readonly #interval: NodeJS.Timeout
  readonly #diskTimer: NodeJS.Timeout
  #wasOffline = false
  readonly #rechecks: InPlaceRechecks
  readonly #stopped = new AbortController()
  /** Unmanaged files that were reported as waiting, and why. */
  readonly #waiting = new Map<string, Unrest>()

  constructor(services: Services, print: (line: string) => void, watch: Watch) {
    this.#watch = watch
    this.#services = services
    this.#print = print
    this.#rechecks = new InPlaceRechecks(services)
    this.#care = new BlobCare(services)
    this.#watcher = this.#openWatcher()
    this.#linkWatcher = this.#openWatcher(0)
    this.#interval = setInterval(() => {
      this.#looking = this.#looking.then(() => this.#glance())
    }, RECONCILE_EVERY_MS).unref()
    this.#diskTimer = setInterval(() => {
      this.#lookAtDisks()
    }, DISKS_EVERY_MS).unref()
    this.lookSoon()
  }

  /** Reports parts that went offline; watches and scans those that are back. */
  #lookAtDisks(): void {
    const { offline } = this.#services.store.reader.parts.look()
    if (offline.length > 0 === this.#wasOffline) return
    this.#wasOffline = offline.length > 0
    for (const part of offline) this.#print(offlineText(part))
    this.#services.publish({ type: 'resync' })
    if (this.#wasOffline) return
    // The watches belonged to a disk that is gone.
    this.#watcher.unwatch([...this.#folders])
    this.#folders = new Set()
    this.lookSoon()
  }

  #openWatcher(depth?: number): FSWatcher {
    const watcher = this.#watch([], {
      followSymlinks: false,
      ignoreInitial: true,
      // Folders only: each watched file costs memory, and the raw event names its folder anyway.
      ignored: (_path, stat) => stat !== undefined && !stat.isDirectory(),
      ...(depth === undefined ? {} : { depth }),
    })
    watcher.on('raw', () => {
      this.lookSoon()
    })
    watcher.on('error', (error) => {
      this.#services.log({ level: 'warning', event: 'watcher.failed', error: String(error) })
      this.#noteLimit(error)
    })
    return watcher
  }

  /** Reports that the system cannot watch more folders, and which setting raises the limit. */
  #noteLimit(error: unknown): void {
    const limit = LIMITS[errnoOf(error)]
    if (limit === undefined) return
    this.#services.notices.set(
      NOTICE,
      `The system watches no more folders (${limit}), so what other programs change is noticed ` +
        `every ${String(LOOK_EVERY_MS / 1000)} seconds only. Raise the limit, then restart the ` +
        `service: sudo sysctl ${limit}=${limit === 'fs.inotify.max_user_watches' ? '524288' : '1024'}`,
    )
    this.#lookIn(LOOK_EVERY_MS)
  }

  /** Schedules a check for when events have stopped, or have not for a while. */
  lookSoon(): void {
    this.#hintedAt ??= performance.now()
    const waited = performance.now() - this.#hintedAt
    this.#lookAt = Infinity
    this.#lookIn(Math.max(0, Math.min(PAUSE_MS, MAX_PAUSE_MS - waited)))
  }

  /** Resolves when all checks requested so far are done. */
  async settled(): Promise<void> {
    await this.#looking
    await this.#care.settled()
  }

  #watchFolders(): void {
    const { reader, paths } = this.#services.store
    const views = managedUis(reader).map((ui: UiName) => {
      const profile = reader.activeProfile(ui)
      return profile === null ? paths.active(ui) : paths.view(ui, profile)
    })
    const wanted = new Set([paths.state, ...views].filter((folder) => fs.existsSync(folder)))
    this.#watcher.unwatch([...this.#folders].filter((folder) => !wanted.has(folder)))
    const added = [...wanted].filter((folder) => !this.#folders.has(folder))
    this.#watcher.add(added)
    this.#folders = wanted
    // Changes before the watches are active are found by one more check.
    if (added.length > 0) this.lookSoon()
    const links = reader.uisWithViews().map((ui) => paths.ui(ui))
    this.#linkWatcher.add(links.filter((folder) => fs.existsSync(folder)))
  }

  async #look(): Promise<void> {
    if (this.#closed) return
    const { store, publish } = this.#services
    try {
      this.#watchFolders()
      if ((await this.#services.reconcile()) > 0) publish({ type: 'resync' })
      const problems = await store.transact('watcher', (tx) => syncActiveViews(tx))
      for (const { ui, detail } of problems) this.#print(`${ui}: ${detail}`)
      this.#watchFolders()
      await this.#adoptUnmanaged()
      await this.#recheckInPlace()
      this.#care.begin()
    } catch (error) {
      this.#logFailure(error)
    }
    if (this.#services.notices.has(NOTICE)) this.#lookIn(LOOK_EVERY_MS)
  }

  /** Reconciles only the index; if something has changed, checks the rest too. */
  async #glance(): Promise<void> {
    if (this.#closed) return
    try {
      if ((await this.#services.reconcile()) > 0) await this.#look()
      else this.#care.begin()
    } catch (error) {
      this.#logFailure(error)
    }
  }

  #logFailure(error: unknown): void {
    this.#services.log({ level: 'warning', event: 'watcher.look_failed', error: String(error) })
  }

  /**
   * Starts importing unmanaged model files once they have been at rest; until then, checks again.
   */
  async #adoptUnmanaged(): Promise<void> {
    const unmanaged = findUnmanagedFiles(this.#services.store.reader, { depth: 'incremental' })
    if (unmanaged.length === 0) return
    const rest = await checkRest()
    const unrest = ({ path, names }: UnmanagedFile) => rest.unrest(path, names)
    const waits = new Set(unmanaged.filter((file) => unrest(file) !== null))
    for (const file of waits) this.#printWaiting(file.path, unrest(file))
    // Whether a file is a copy of the model that belongs there is found by reading it.
    const ready = unmanaged.filter((file) => file.copyOf !== null || !waits.has(file))
    if (waits.size > 0) this.#lookIn(QUIET_PERIOD_MS)
    if (ready.length === 0) return
    const age = Date.now() - Math.min(...ready.map((file) => file.modified_ms))
    if (age >= QUIET_PERIOD_MS) await this.#services.jobs.start(adoptJob(this.#services))
    else this.#lookIn(QUIET_PERIOD_MS - age)
  }

  /** Reports once why a file is not imported. */
  #printWaiting(path: string, reason: Unrest | null): void {
    const known = this.#waiting.get(path)
    if (reason === null || reason === 'just_written' || known === reason) return
    this.#waiting.set(path, reason)
    this.#print(`${path} is not imported: ${WAITS[reason]}`)
  }

  /** Checks blobs that came in without being copied, when they are due. */
  async #recheckInPlace(): Promise<void> {
    const { log } = this.#services
    const { evicted } = await this.#rechecks.check(this.#stopped.signal)
    for (const { sha256, path } of evicted) {
      this.#print(`${path} was changed after its import and is no longer in the store`)
      log({ level: 'warning', event: 'blob.evicted', sha256, path })
    }
    const next = this.#rechecks.next()
    if (next !== null) this.#lookIn(next)
  }

  /** Schedules a check in `ms` milliseconds, unless an earlier one is scheduled. */
  #lookIn(ms: number): void {
    const at = performance.now() + ms
    if (this.#closed || at >= this.#lookAt) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#lookAt = at
    this.#timer = setTimeout(() => {
      this.#lookAt = Infinity
      this.#hintedAt = null
      this.#looking = this.#looking.then(() => this.#look())
    }, ms).unref()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    clearInterval(this.#interval)
    clearInterval(this.#diskTimer)
    this.#stopped.abort()
    if (this.#timer) clearTimeout(this.#timer)
    await this.#looking
    await this.#care[Symbol.asyncDispose]()
    await this.#watcher.close()
    await this.#linkWatcher.close()
  }
}

/**
 * Loads the file watcher and starts it; the first check finds what changed while nothing was
 * watching.
 */
export async function openWatcher(
  services: Services,
  print: (line: string) => void,
): Promise<Watcher> {
  const { watch } = await import('chokidar')
  return new Watcher(services, print, watch)
}

/**
 * Watches folders of `state/` and of the active views. An event is a hint to look again; what it
 * says is never taken for the truth.
 */
import fs from 'node:fs'
import { watch, type FSWatcher } from 'chokidar'
import type { UiName } from '../../schemas/ids.ts'
import { followChanges, shownUis } from '../domain/profiles/follow-changes.ts'
import { findStrayFiles, REST_MS } from '../domain/views/adopt-files.ts'
import type { LinkStyle } from '../domain/views/link-style.ts'
import { adoptJob } from './job-kinds.ts'
import type { Services } from './services.ts'

const PAUSE_MS = 250

/** Watches until it is closed. */
export class Watcher implements AsyncDisposable {
  readonly #services: Services
  readonly #tell: (line: string) => void
  readonly #watcher: FSWatcher
  #views = new Set<string>()
  #timer: NodeJS.Timeout | null = null
  #looking: Promise<void> = Promise.resolve()
  #closed = false

  constructor(services: Services, tell: (line: string) => void) {
    this.#services = services
    this.#tell = tell
    this.#watcher = watch([services.store.paths.state], {
      followSymlinks: false,
      ignoreInitial: true,
      // Folders only: a file costs memory each, and the raw event names its folder anyway.
      ignored: (_path, stat) => stat !== undefined && !stat.isDirectory(),
    })
    this.#watcher.on('raw', () => {
      this.lookSoon()
    })
    this.#watcher.on('error', (error) => {
      services.log({ level: 'warning', event: 'watcher.failed', error: String(error) })
    })
    this.#watchViews()
    this.lookSoon()
  }

  /** Looks again after things have come to rest. */
  lookSoon(): void {
    this.#lookIn(PAUSE_MS)
  }

  /** Fulfilled when what was asked for so far has been looked at. */
  async settled(): Promise<void> {
    await this.#looking
  }

  #watchViews(): void {
    const { reader, paths } = this.#services.store
    const wanted = new Set(
      shownUis(reader).flatMap((ui: UiName) => {
        const profile = reader.shownProfile(ui)
        const folder = profile === null ? paths.active(ui) : paths.view(ui, profile)
        return fs.existsSync(folder) ? [folder] : []
      }),
    )
    this.#watcher.unwatch([...this.#views].filter((folder) => !wanted.has(folder)))
    this.#watcher.add([...wanted].filter((folder) => !this.#views.has(folder)))
    this.#views = wanted
  }

  async #look(): Promise<void> {
    if (this.#closed) return
    const { store, log, publish } = this.#services
    try {
      if ((await this.#services.sweep()) > 0) publish({ type: 'resync' })
      const style = await this.#services.linkStyle()
      const problems = await store.transact('watcher', (tx) => followChanges(tx, style))
      for (const problem of problems) this.#tell(problem)
      this.#watchViews()
      await this.#adoptStrays(style)
    } catch (error) {
      log({ level: 'warning', event: 'watcher.look_failed', error: String(error) })
    }
  }

  /** Has model files of others taken in once they have been at rest; till then, looks again. */
  async #adoptStrays(style: LinkStyle): Promise<void> {
    const strays = findStrayFiles(this.#services.store.reader, style)
    if (strays.length === 0) return
    const age = Date.now() - Math.min(...strays.map((file) => file.modified_ms))
    if (age >= REST_MS) await this.#services.jobs.start(adoptJob(this.#services))
    else this.#lookIn(REST_MS - age)
  }

  #lookIn(ms: number): void {
    if (this.#closed) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#looking = this.#looking.then(() => this.#look())
    }, ms).unref()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#looking
    await this.#watcher.close()
  }
}

/** Begins to watch; the first look finds what changed while nobody watched. */
export function openWatcher(services: Services, tell: (line: string) => void): Watcher {
  return new Watcher(services, tell)
}

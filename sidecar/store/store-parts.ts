/**
 * Which parts of a store are connected. A part that is missing, or whose mount point is empty, is
 * *offline*: nothing is written to the store until it is back.
 */
import fs from 'node:fs'
import { join, relative, sep } from 'node:path'
import { AppError, isAppError } from '../../schemas/errors.ts'
import type { Uuid } from '../../schemas/ids.ts'
import type { OfflinePart } from '../../schemas/store.ts'
import { fileFingerprint } from './documents.ts'
import {
  ID_FILE,
  KNOWN_STATE_FILE,
  readKnownState,
  readStateId,
  readStoreId,
} from './store-identity.ts'
import { namedBlobs } from './named-blobs.ts'
import type { StorePaths } from './store-paths.ts'
import { isBareData, holdsNoFile, isBareState } from './bare-parts.ts'
import { offlineError, absentError, partOf } from './offline-errors.ts'

export type { OfflinePart }

/** The state of the parts of a store. */
export interface PartsReport {
  /** `absent`: no store; `unmarked`: a store without some or all of its ids. */
  readonly kind: 'absent' | 'unmarked' | 'marked'
  /** The store's id, if a part records it. */
  readonly store: Uuid | null
  readonly offline: readonly OfflinePart[]
  /** True where `state/` is not the one that `data/` remembers. */
  readonly otherState: boolean
}

interface Ids {
  readonly data: Uuid | null
  readonly blobs: Uuid | null
  readonly state: Uuid | null
  readonly knownState: Uuid | null
}

function readIds(paths: StorePaths): Ids {
  return {
    data: readStoreId(paths.data),
    blobs: readStoreId(paths.blobsPart),
    state: readStateId(paths),
    knownState: readKnownState(paths),
  }
}

/** Inspects the parts of one store; caches the result until their fingerprint changes. */
export class StoreParts {
  readonly #paths: StorePaths
  readonly #wasStore: () => boolean
  #known: Uuid | null = null
  #seen: { readonly fingerprint: string; readonly report: PartsReport } | null = null
  /** Set while `init` makes the parts. */
  #founding = false

  /** @param wasStore reports whether a store is known to have been at this root */
  constructor(paths: StorePaths, wasStore: () => boolean = () => false) {
    this.#paths = paths
    this.#wasStore = wasStore
  }

  /** True while `init` makes the parts. */
  get isInitializing(): boolean {
    return this.#founding
  }

  /**
   * The error where there is no store: `store.not_initialized`, `store.absent`, `store.offline`.
   */
  noStore(): AppError {
    const { root, data } = this.#paths
    if (this.#known !== null) return offlineError([this.#gone(data, 'data')])
    if (this.#wasStore()) return absentError(root)
    return new AppError('store.not_initialized', `There is no store at ${root}`, {
      hint: 'Run `synapse init`.',
    })
  }

  /** Reports whether the part that holds the models is offline. */
  blobsAreAway(): boolean {
    return this.look().offline.some(({ part }) => part !== 'state')
  }

  /** Returns what is connected now. Changes nothing. */
  look(): PartsReport {
    const fingerprint = this.#fingerprint()
    if (this.#seen?.fingerprint === fingerprint) return this.#seen.report
    const report = this.#examine()
    const whole = report.kind === 'marked' && report.offline.length === 0
    this.#seen = whole ? { fingerprint, report } : null
    if (whole) this.#known ??= report.store
    return report
  }

  #fingerprint(): string {
    const { data, blobsPart, state, config } = this.#paths
    const files = [data, blobsPart, state].map((folder) => join(folder, ID_FILE))
    try {
      return [...files, join(data, KNOWN_STATE_FILE), config]
        .map((path) => fileFingerprint(path) ?? '')
        .join('|')
    } catch {
      return ''
    }
  }

  #examine(): PartsReport {
    try {
      return this.#judge(readIds(this.#paths))
    } catch (error) {
      if (!isAppError(error)) throw error
      const failed = { part: 'data', path: this.#paths.data, reason: error.message } as const
      return { kind: 'marked', store: this.#known, offline: [failed], otherState: false }
    }
  }

  #judge(ids: Ids): PartsReport {
    const paths = this.#paths
    const store = ids.data ?? ids.blobs
    const hasState = ids.state !== null || fs.existsSync(paths.config)
    if (store === null && isBareData(paths) && holdsNoFile(paths.blobsPart) && !hasState) {
      const offline = this.#known === null ? [] : [this.#gone(paths.data, 'data')]
      return { kind: 'absent', store, offline, otherState: false }
    }
    const kind = ids.data === null || ids.blobs === null ? 'unmarked' : 'marked'
    const { state, knownState } = ids
    return {
      kind,
      store,
      offline: [this.#data(ids), this.#blobs(ids), this.#state(ids)].filter((one) => one !== null),
      otherState: state !== null && knownState !== null && state !== knownState,
    }
  }

  #gone(path: string, part: OfflinePart['part']): OfflinePart {
    return { part, path, reason: 'the folder is empty or not there' }
  }

  #data(ids: Ids): OfflinePart | null {
    const path = this.#paths.data
    const holdsBlobs = ids.blobs === null && !holdsNoFile(this.#paths.blobsPart)
    if (ids.data === null && isBareData(this.#paths) && !holdsBlobs) return this.#gone(path, 'data')
    const other = this.#known !== null && ids.data !== null && ids.data !== this.#known
    return other ? { part: 'data', path, reason: 'another store lies there now' } : null
  }

  #blobs(ids: Ids): OfflinePart | null {
    const part = { part: 'blobs', path: this.#paths.blobsPart } as const
    if (ids.blobs !== null) {
      const differs = ids.data !== null && ids.blobs !== ids.data
      return differs ? { ...part, reason: 'it belongs to another store' } : null
    }
    const named = namedBlobs(this.#paths)
    if (ids.data === null && named === 'none') return null
    if (holdsNoFile(part.path)) return this.#gone(part.path, 'blobs')
    return named === 'absent' ? { ...part, reason: 'no model of any pack is there' } : null
  }

  #state(ids: Ids): OfflinePart | null {
    if (ids.state !== null || fs.existsSync(this.#paths.config)) return null
    const forgotten = ids.knownState === null && isBareData(this.#paths)
    if (forgotten || (ids.knownState === null && !isBareState(this.#paths))) return null
    return this.#gone(this.#paths.state, 'state')
  }

  /**
   * Returns if the store may be written to. Called under the lock before each operation.
   * @throws store.offline
   */
  requireOnline(): void {
    const { offline } = this.look()
    if (offline.length > 0 && !this.#founding) throw offlineError(offline)
  }

  /** As {@link requireOnline}, for `data/` alone. @throws store.offline */
  requireData(): void {
    const offline = this.look().offline.filter((one) => one.part === 'data')
    if (offline.length > 0 && !this.#founding) throw offlineError(offline)
  }

  /**
   * Returns if `init` may create the missing parts without an explicit request: for a new store,
   * one of another program, or a `state/` that was cloned from elsewhere.
   * @throws store.offline
   */
  requireNew(): void {
    const { kind, offline } = this.look()
    const begun = offline.some((one) => one.part === 'data') && !this.#wasStore()
    const isNew = this.#known === null && (kind === 'absent' || begun)
    if (offline.length > 0 && !isNew) throw offlineError(offline)
  }

  /** Allows creating the parts while `work` runs: for `init` alone. */
  async whileInitializing<T>(work: () => Promise<T>): Promise<T> {
    this.#founding = true
    try {
      return await work()
    } finally {
      this.#founding = false
      this.#seen = null
    }
  }

  /**
   * Throws for a path in a part that is not connected, and for the parts themselves.
   * @throws store.offline, store.not_initialized
   */
  requireMayMake(path: string): void {
    if (this.#founding) return
    const { root, blobsPart } = this.#paths
    const [first, second, third] = relative(root, path).split(sep)
    const part = first === 'data' && second === 'blobs' ? 'blobs' : first
    const report = this.look()
    const hit = report.offline.filter((one) => one.part === part || one.part === 'data')
    if (hit.length > 0) throw offlineError(hit)
    if (report.kind === 'absent') throw this.noStore()
    const inside = part === 'blobs' ? third !== undefined : second !== undefined
    if (inside && fs.existsSync(part === 'blobs' ? blobsPart : join(root, first ?? ''))) return
    throw offlineError([{ part: partOf(part), path, reason: 'the folder is not there' }])
  }
}

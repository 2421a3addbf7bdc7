/** Builds all services: store, index, hashing, jobs, events. */
import fs from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { AppError } from '../../schemas/errors.ts'
import type { AppEvent } from '../../schemas/jobs.ts'
import { RECOVERY } from '../domain/journal/operations/operations.ts'
import { openIndex, type Index } from '../index/index-file.ts'
import { systemClock, type Clock } from '../platform/clock.ts'
import { onUnfinishedLine } from '../platform/last-line.ts'
import { findDevices } from '../platform/find-devices.ts'
import { openHashPool, type HashPool } from '../platform/hash-pool.ts'
import { ownProgram } from '../platform/own-files.ts'
import { MountProcesses } from '../platform/mount-processes.ts'
import type { VolumeFacts } from '../platform/probe-volume.ts'
import { Store } from '../store/store.ts'
import { StorePaths } from '../store/store-paths.ts'
import type { ChangeSet } from '../store/change-set.ts'
import type { StoreReader } from '../store/store-reader.ts'
import { EventHub } from './events/event-hub.ts'
import { homeAt, userHome, type Home } from './home/home.ts'
import { adoptJob } from './jobs/kinds/adopt.ts'
import { openJobRunner, type JobRunner } from './jobs/job-runner.ts'
import { isKnownStore, rememberStore } from './home/known-stores.ts'
import { noLog, type Log } from './log/log.ts'
import { mountHashPool } from './mounts/mount-hash-pool.ts'
import { reachOutside } from './mounts/reach-outside.ts'

/** The program of the child processes that read folders outside the store. */
const SOURCE_PROCESS = ownProgram('./mounts/source-process.ts', import.meta.url)

/** How a store is opened. */
export interface SynapseOptions {
  /** The store's root; it need not exist yet. */
  readonly root: string
  /** Folder for the service's own files; the user's by default. */
  readonly home?: string
  readonly clock?: Clock
  /** Writes even if the root is on a network file system, where the lock may not hold. */
  readonly acceptNetworkLock?: boolean
  readonly log?: Log
  readonly lockPatienceMs?: number
  /** Reserves 16 MiB of the disk for freeing space when it is full. */
  readonly keepReserve?: boolean
  /** A watcher reports changes by other programs; without it the first request scans for them. */
  readonly watched?: boolean
}

/** The dependencies of all use cases. */
export interface Services extends AsyncDisposable {
  readonly store: Store
  readonly index: Index
  readonly pool: HashPool
  readonly jobs: JobRunner
  /** Runs calls on folders outside the store. */
  readonly mounts: MountProcesses
  readonly events: EventHub
  readonly home: Home
  readonly clock: Clock
  readonly log: Log
  readonly publish: (event: AppEvent) => void
  /** Starts importing model files that other programs put into views; returns the id of the job. */
  readonly takeIn: (views: readonly string[]) => Promise<string>
  /** Notices on the service itself for status, one sentence each, by subject. */
  readonly notices: Map<string, string>
  /** Reconciles the index with the disk; returns how many rows have changed. */
  readonly reconcile: () => Promise<number>
}

/** The real path of a root; a missing part is appended to the real path of the existing one. */
function realRoot(root: string): string {
  const absolute = resolve(root)
  if (fs.existsSync(absolute)) return fs.realpathSync(absolute)
  const parent = dirname(absolute)
  return parent === absolute ? absolute : join(realRoot(parent), basename(absolute))
}

function assertLocalVolume(facts: VolumeFacts, accepted: boolean): void {
  if (!facts.network || accepted) return
  throw new AppError('store.network_lock', `The store is on ${facts.filesystem}`, {
    hint: 'Two machines could write at once. Repeat with --accept-network-lock if only one does.',
  })
}

function publishChanges(publish: (event: AppEvent) => void, changes: ChangeSet): void {
  for (const pack of changes.packs) publish({ type: 'pack.changed', pack })
  for (const profile of changes.profiles) publish({ type: 'profile.changed', profile })
  if (changes.config) publish({ type: 'config.changed' })
}

/**
 * Opens all services of one store. The disk is not touched before the first request.
 * @throws disk.* where a store exists and its index cannot be opened
 */
export async function openServices(options: SynapseOptions): Promise<Services> {
  const root = realRoot(options.root)
  const clock = options.clock ?? systemClock
  const log = options.log ?? noLog
  await using stack = new AsyncDisposableStack()
  const events = stack.use(new EventHub())
  const publish = events.publish
  const home = options.home === undefined ? userHome() : homeAt(options.home)

  const { state, data, blobs } = new StorePaths(root)
  const own = () => [root, state, data, blobs].map(realRoot)
  const mounts = stack.use(new MountProcesses({ program: SOURCE_PROCESS, own }))
  const store: Store = stack.use(
    new Store({
      root,
      clock,
      ...(options.lockPatienceMs === undefined ? {} : { lockPatienceMs: options.lockPatienceMs }),
      ...RECOVERY,
      keepReserve: options.keepReserve === true,
      giveUpRoom: () => index.giveUpFile(),
      outside: reachOutside(new StorePaths(root), mounts),
      wasStore: () => isKnownStore(home, root),
      guard: () => {
        assertLocalVolume(store.reader.linkStyles.facts(), options.acceptNetworkLock ?? false)
      },
      beforeChange: () => {
        index.markStale()
      },
      afterChange: async (changes: ChangeSet, reader: StoreReader) => {
        index.catchUp(changes, reader)
        publishChanges(publish, changes)
        if (reader.parts.look().kind === 'marked') await rememberStore(home, root)
      },
    }),
  )
  const index: Index = stack.use(
    openIndex({
      path: store.paths.index,
      reader: store.reader,
      clock,
      unwatched: options.watched !== true,
    }),
  )
  stack.defer(
    onUnfinishedLine(({ path, became, bytes }) => {
      log({ level: 'warning', event: 'ledger.unfinished_line', path, became, bytes })
    }),
  )
  const pool = stack.use(mountHashPool(openHashPool(), mounts))
  const requireStore = () => {
    store.reader.requireInitialized()
    store.reader.parts.requireData()
  }
  const folder = store.paths.jobs
  const devicesBehind = findDevices(mounts)
  const jobs = stack.use(
    openJobRunner({ folder, requireStore, clock, publish, devicesBehind, log }),
  )
  const takeIn = async (views: readonly string[]) => {
    const order = { views: [...views] }
    return (await jobs.start(adoptJob({ store, publish, pool }, order))).id
  }
  const kept = stack.move()
  return {
    store,
    index,
    pool,
    jobs,
    mounts,
    events,
    home,
    clock,
    log,
    publish,
    takeIn,
    notices: new Map(),
    reconcile: () => index.reconcile(store.reader),
    [Symbol.asyncDispose]: async () => kept.disposeAsync(),
  }
}

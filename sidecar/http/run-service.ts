/** The service: one per store, reached on loopback, announced in `run/service.json`. */
import fs from 'node:fs'
import { join } from 'node:path'
import { AppError, isAppError } from '../../schemas/errors.ts'
import { announceView } from '../app/events/announce-view.ts'
import { isKnownStore, rememberStore } from '../app/home/known-stores.ts'
import { offlineText } from '../store/offline-errors.ts'
import { homeAt, readService, removeService, writeService } from '../app/home/home.ts'
import { resumableJobs } from '../app/jobs/resumable-jobs.ts'
import { openScheduler } from '../app/jobs/scheduled-jobs.ts'
import { LogFile } from '../app/log/log.ts'
import { openWatcher } from '../app/watch/watcher.ts'
import { removeAbandoned } from '../store/abandoned-partials.ts'
import { systemClock } from '../platform/clock.ts'
import { FileLock } from '../platform/file-lock.ts'
import type { Services } from '../app/services.ts'
import { createSynapse, type Synapse } from './create-synapse.ts'
import { LateStart, notWatching } from './late-start.ts'
import { serve } from './serve.ts'

const STARTUP_TIMEOUT_MS = 1500
const SHORT_PATIENCE_MS = 200

/** Options of a service. */
export interface ServiceOptions {
  readonly root: string
  readonly home: string
  readonly port: number
  readonly host: string
  readonly acceptNetworkLock: boolean
  /** Makes a new store even where one is known to have been. */
  readonly newStore?: boolean
  /** Prints one line for the user. */
  readonly log: (line: string) => void
}

/** A service that runs in this process. */
export interface RunningService {
  readonly url: string
  /** The link with a code that logs one browser in, once. */
  readonly loginUrl: string
  /** Ends running work and closes the store. */
  close(): Promise<void>
  readonly done: Promise<void>
}

/** @throws service.already_running with the other's address in the hint */
async function holdServiceLock(options: ServiceOptions, data: string): Promise<FileLock> {
  const lock = new FileLock(join(fs.realpathSync(data), 'service.lock'))
  try {
    await lock.acquire(SHORT_PATIENCE_MS)
    return lock
  } catch (error) {
    lock.close()
    if (!(error instanceof AppError) || error.code !== 'store.locked') throw error
    const other = readService(homeAt(options.home))
    throw new AppError('service.already_running', `A service already runs on ${options.root}`, {
      hint: other === null ? 'Stop it first.' : `It answers at ${other.url}.`,
      cause: error,
    })
  }
}

function allowedHosts(host: string, port: number): string[] {
  const own = host.includes(':') ? `[${host}]` : host
  const names = new Set(['127.0.0.1', 'localhost', '[::1]', own])
  return [...names].map((name) => `${name}:${String(port)}`)
}

/**
 * Initializes a store where there never was one, and completes one of another program.
 * @throws store.absent where there was one before, store.offline where `data/` is not connected
 */
async function prepareStore({ client, services }: Synapse, { log, newStore }: ServiceOptions) {
  const { reader, paths } = services.store
  const known = isKnownStore(services.home, paths.root)
  if (!reader.initialized && known && newStore !== true) reader.requireInitialized()
  reader.parts.requireData()
  const whole = reader.parts.look().offline.length === 0
  if (!reader.initialized || (whole && reader.text(paths.config) === null)) {
    const made = await client.call('store.init', { body: {} })
    if (!made.already_there) log(`Made a new store at ${made.root}`)
  }
  for (const part of reader.parts.look().offline) log(offlineText(part))
  await rememberStore(services.home, paths.root)
}

/**
 * Runs a write that the service can do without: if the disk is not writable, that is reported in a
 * line and the service answers all the same.
 */
async function unlessUnwritable(
  { log }: ServiceOptions,
  what: string,
  write: () => Promise<unknown>,
): Promise<void> {
  try {
    await write()
  } catch (error) {
    const known = (['disk.full', 'disk.read_only'] as const).some((code) => isAppError(error, code))
    if (!known) throw error
    log(`${what}: ${error instanceof Error ? error.message : ''}`)
  }
}

/** Removes partial files of dead processes, then resumes their jobs. */
async function takeUpWork(services: Services): Promise<void> {
  try {
    await removeAbandoned(services.store, 'service')
    void services.jobs.recover(resumableJobs(services))
  } catch (error) {
    services.log({ level: 'warning', event: 'service.take_up_failed', error: String(error) })
  }
}

/** Starts background work until it is closed. */
async function beginBesides(
  services: Services,
  print: ServiceOptions['log'],
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  stack.use(await openWatcher(services, print))
  stack.use(openScheduler(services))
  const takingUp = takeUpWork(services)
  stack.defer(() => takingUp)
  return stack.move()
}

/**
 * Starts the service: a missing store is created, jobs of an earlier process are resumed.
 * @throws service.already_running, service.port_taken, store.*, disk.*
 */
export async function runService(options: ServiceOptions): Promise<RunningService> {
  await using stack = new AsyncDisposableStack()
  const home = homeAt(options.home)
  const logFile = stack.use(new LogFile({ file: home.logFile, clock: systemClock }))
  const { root, acceptNetworkLock } = options
  const synapse = stack.use(
    await createSynapse({
      root,
      home: options.home,
      acceptNetworkLock,
      log: logFile.log,
      watched: true,
      keepReserve: true,
    }),
  )
  const { services, auth } = synapse
  await prepareStore(synapse, options)
  await unlessUnwritable(options, 'Other services are not kept off this store', async () => {
    const lock = await holdServiceLock(options, services.store.paths.data)
    stack.defer(() => {
      lock.close()
    })
  })
  await unlessUnwritable(options, 'The views could not be published for ComfyUI', () =>
    announceView(services),
  )
  const serving = stack.use(
    await serve({ app: synapse.app, port: options.port, host: options.host }),
  )
  // Streams of events never end by themselves, and the socket waits for them.
  stack.defer(() => {
    services.events[Symbol.dispose]()
  })
  synapse.allowHosts(allowedHosts(options.host, serving.port))
  const service = {
    url: serving.url,
    pid: process.pid,
    root: services.store.paths.root,
    token: auth.ownerToken,
    startup_timeout_ms: STARTUP_TIMEOUT_MS,
  }
  await unlessUnwritable(options, 'The address could not be published for commands', () =>
    writeService(home, service),
  )
  stack.defer(() => removeService(home, auth.ownerToken))
  const begin = () => beginBesides(services, options.log)
  stack.use(new LateStart({ begin, failed: notWatching(services, options.log) }))
  const kept = stack.move()
  const done = Promise.withResolvers<undefined>()
  let closing: Promise<void> | null = null
  return {
    url: serving.url,
    loginUrl: `${serving.url}/#login=${auth.newLoginCode()}`,
    close: () =>
      (closing ??= kept.disposeAsync().then(() => {
        done.resolve(undefined)
      })),
    done: done.promise,
  }
}

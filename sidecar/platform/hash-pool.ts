/** Hashes files off the main thread: SHA-256 and BLAKE3 in one read. */
import { availableParallelism } from 'node:os'
import { AppError } from '../../schemas/errors.ts'
import { brand, Sha256 } from '../../schemas/ids.ts'
import type { OpenFile } from './disk-calls.ts'
import { diskError } from './disk-error.ts'
import { notAFile, sourceChanged, sourceError, type FileIdentity } from './file-identity.ts'
import type { HashRing } from './hash-ring.ts'
import { HashThread, type HashThreadOptions } from './hash-thread.ts'
import type { HashFault, HashReply } from './hash-worker.ts'
import { ownProgram } from './own-files.ts'

/** The digests of a file, and which file it was when they were computed. */
export interface Digests extends FileIdentity {
  readonly sha256: Sha256
  /** 64 lower-case hexadecimal digits; null where it was not requested. */
  readonly blake3: string | null
}

/** How to hash. */
export interface HashOptions {
  /** Stops the work within one buffer. */
  readonly signal?: AbortSignal | undefined
  /**
   * Called with the number of bytes done, about ten times a second and at the end. Must not throw.
   */
  readonly onBytes?: ((done: number) => void) | undefined
  /** The file to be read; another one at the same path is refused. */
  readonly expected?: FileIdentity | undefined
  /** False: SHA-256 alone. */
  readonly blake3?: boolean | undefined
}

/** Threads that hash files; idle ones do not keep the process alive. */
export interface HashPool extends AsyncDisposable {
  /**
   * Digests of the regular file at `path` (no link: resolve it first), read once.
   * @throws import.source_not_found, import.not_a_file
   * One whose change time alone moved meanwhile is read again.
   * @throws import.source_changed where another file stands there than `expected`, or where size, mtime, inode or device differ after reading
   * @throws job.cancelled after `signal` or when the pool is closed
   * @throws disk.*, internal where a thread died
   */
  hash(path: string, options?: HashOptions): Promise<Digests>
  /**
   * The same, and writes what is read to `target`, an empty file open for writing. The caller
   * announces, flushes and closes the copy; after a failure the content of `target` is undefined.
   * @throws as {@link HashPool.hash}
   */
  copy(path: string, target: OpenFile, options?: HashOptions): Promise<Digests>
}

/** How many threads, running what. */
export interface HashPoolOptions {
  /**
   * The number of threads; by default all cores but one, at least two where there are two, and at
   * most 8.
   */
  readonly workers?: number | undefined
  /** The program of the threads; tests use one that dies. */
  readonly program?: URL | undefined
  /** How long a thread is idle before it ends, since each holds some 30 MB; by default 10 s. */
  readonly restMs?: number | undefined
}

interface Task {
  readonly path: string
  readonly target: OpenFile | null
  readonly options: HashOptions
  readonly done: PromiseWithResolvers<Digests>
}

const MAX_READINGS = 3
const PROGRESS_MS = 100
const REST_MS = 10_000
// No disk feeds more threads than this.
const MAX_WORKERS = 8
const PROGRAM = ownProgram('./hash-worker.ts', import.meta.url)

function defaultWorkers(): number {
  const cores = availableParallelism()
  return Math.min(MAX_WORKERS, Math.max(cores - 1, Math.min(cores, 2)))
}

/** Opens a pool; its threads start when they are first needed. */
export function openHashPool(options: HashPoolOptions = {}): HashPool {
  const { workers = defaultWorkers(), program = PROGRAM, restMs = REST_MS } = options
  return new ThreadPool(workers, { program, restMs })
}

class ThreadPool implements HashPool {
  readonly #threads: readonly HashThread[]
  readonly #idle: HashThread[]
  readonly #running = new Map<HashRing, Promise<void>>()
  #waiting: Task[] = []
  #closed = false

  constructor(workers: number, options: HashThreadOptions) {
    const count = Math.max(1, workers)
    this.#threads = Array.from({ length: count }, () => new HashThread(options))
    this.#idle = [...this.#threads].reverse()
  }

  hash(path: string, options: HashOptions = {}): Promise<Digests> {
    return this.#enqueue({ path, target: null, options, done: Promise.withResolvers() })
  }

  copy(path: string, target: OpenFile, options: HashOptions = {}): Promise<Digests> {
    return this.#enqueue({ path, target, options, done: Promise.withResolvers() })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    for (const task of this.#waiting) task.done.reject(cancelled(task.path))
    this.#waiting = []
    for (const ring of this.#running.keys()) ring.stop()
    await Promise.all(this.#running.values())
    await Promise.all(this.#threads.map((thread) => thread.close()))
  }

  #enqueue(task: Task): Promise<Digests> {
    const { signal } = task.options
    if (this.#closed || signal?.aborted === true) return Promise.reject(cancelled(task.path))
    const leaveQueue = (): void => {
      if (!this.#waiting.includes(task)) return
      this.#waiting = this.#waiting.filter((other) => other !== task)
      task.done.reject(cancelled(task.path))
    }
    signal?.addEventListener('abort', leaveQueue, { once: true })
    this.#waiting.push(task)
    // Files submitted together should all be queued before one of them takes two threads.
    queueMicrotask(() => {
      this.#dispatch()
    })
    return task.done.promise.finally(() => signal?.removeEventListener('abort', leaveQueue))
  }

  /** Gives each waiting file a thread, and the last one a second if there is one to spare. */
  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const producer = this.#idle.pop()
      if (producer === undefined) return
      const task = this.#waiting.shift()
      if (task === undefined) return
      const consumer = this.#waiting.length === 0 ? this.#idle.pop() : undefined
      this.#running.set(producer.ring, this.#run(task, producer, consumer))
    }
  }

  async #run(task: Task, producer: HashThread, consumer: HashThread | undefined): Promise<void> {
    try {
      task.done.resolve(await supervised(task, producer, consumer))
    } catch (error) {
      task.done.reject(error)
    }
    this.#running.delete(producer.ring)
    if (consumer !== undefined) this.#idle.push(consumer)
    this.#idle.push(producer)
    this.#dispatch()
  }
}

function cancelled(path: string): AppError {
  return new AppError('job.cancelled', `Hashing ${path} was stopped`)
}

/** Hashes, passing on the stop signal and the progress. */
async function supervised(
  task: Task,
  producer: HashThread,
  consumer: HashThread | undefined,
): Promise<Digests> {
  const { signal, onBytes } = task.options
  const { ring } = producer
  const stop = (): void => {
    ring.stop()
  }
  ring.reset()
  signal?.addEventListener('abort', stop, { once: true })
  const progress = onBytes && setInterval(reportWhenChanged(ring, onBytes), PROGRESS_MS)
  try {
    const digests = await readUntouched(task, producer, consumer)
    onBytes?.(digests.size_bytes)
    return digests
  } finally {
    clearInterval(progress)
    signal?.removeEventListener('abort', stop)
  }
}

/** Reports the progress of the ring once the file is open, and only when it has changed. */
function reportWhenChanged(ring: HashRing, onBytes: (done: number) => void): () => void {
  let reported = 0
  return () => {
    const done = ring.bytesDone
    if (done !== reported) onBytes(done)
    reported = done
  }
}

/** Reads a file again if only its change time changed while it was read: its bytes may differ. */
async function readUntouched(
  task: Task,
  producer: HashThread,
  consumer: HashThread | undefined,
): Promise<Digests> {
  for (let reading = 1; ; reading += 1) {
    const digests = await digestsOf(task, producer, consumer)
    if (digests !== 'touched') return digests
    if (reading === MAX_READINGS) throw sourceChanged(task.path)
    if (task.options.signal?.aborted === true) throw cancelled(task.path)
    producer.ring.reset()
  }
}

/** @returns `touched` where only the change time of the file differs after reading */
async function digestsOf(
  task: Task,
  producer: HashThread,
  consumer: HashThread | undefined,
): Promise<Digests | 'touched'> {
  const { ring } = producer
  const producing = producer.run({
    role: 'produce',
    ring: ring.memory,
    path: task.path,
    hasConsumer: consumer !== undefined,
    blake3: task.options.blake3 !== false,
    expected: task.options.expected ?? null,
    target: task.target?.fd ?? null,
  })
  const consuming = consumer?.run({ role: 'consume', ring: ring.memory })
  const [produced, consumed] = await bothOrStop(ring, producing, consuming)
  if (produced.fault?.kind === 'touched') return 'touched'
  if (produced.fault !== null) throw faultError(produced.fault, task)
  if (consumed !== undefined && consumed.fault !== null) throw faultError(consumed.fault, task)
  if (produced.identity === null)
    throw new AppError('internal', 'A hash worker left out the identity')
  const sha256 = brand(Sha256, consumed === undefined ? produced.sha256 : consumed.sha256)
  return { sha256, blake3: produced.blake3, ...produced.identity }
}

/** Waits for both threads; where one dies, stops the other before it throws. */
async function bothOrStop(
  ring: HashRing,
  producing: Promise<HashReply>,
  consuming: Promise<HashReply> | undefined,
): Promise<[HashReply, HashReply | undefined]> {
  const stopping = (error: unknown): never => {
    ring.stop()
    throw error
  }
  const side = consuming ?? Promise.resolve(undefined)
  const both = [producing.catch(stopping), side.catch(stopping)] as const
  await Promise.allSettled(both)
  return Promise.all(both)
}

function faultError(fault: HashFault, task: Task): unknown {
  switch (fault.kind) {
    case 'stopped':
      return cancelled(task.path)
    case 'changed':
    case 'touched':
      return sourceChanged(task.path)
    case 'not_a_file':
      return notAFile(task.path)
    case 'read':
      return sourceError(systemError(fault.errno), task.path)
    case 'write':
      return diskError(systemError(fault.errno), task.target?.path ?? task.path)
  }
}

function systemError(errno: string): Error {
  return Object.assign(new Error(errno), { code: errno })
}

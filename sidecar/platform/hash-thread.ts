/** One thread of the hash pool: started on demand, ended after being idle for a while. */
import { Worker } from 'node:worker_threads'
import { AppError } from '../../schemas/errors.ts'
import { HashRing } from './hash-ring.ts'
import type { HashTask, HashReply } from './hash-worker.ts'

/** The program of a thread, and after how many idle milliseconds it ends. */
export interface HashThreadOptions {
  readonly program: URL
  readonly restMs: number
}

/** A worker thread that runs one task at a time. It keeps the process alive only while it does. */
export class HashThread {
  readonly #options: HashThreadOptions
  #ring: HashRing | null = null
  #worker: Worker | null = null
  #resting: NodeJS.Timeout | undefined
  #pending: PromiseWithResolvers<HashReply> | null = null

  constructor(options: HashThreadOptions) {
    this.#options = options
  }

  /** The buffers of this thread. */
  get ring(): HashRing {
    this.#ring ??= new HashRing()
    return this.#ring
  }

  /**
   * Runs a task; no other may be running.
   * @throws internal where the thread died; the next task starts a new one
   */
  run(task: HashTask): Promise<HashReply> {
    const pending = Promise.withResolvers<HashReply>()
    this.#pending = pending
    clearTimeout(this.#resting)
    this.#worker ??= this.#start()
    this.#worker.ref()
    this.#worker.postMessage(task)
    return pending.promise
  }

  /**
   * Ends the thread and frees its buffers; no task may be running. The next task starts a new one.
   */
  async close(): Promise<void> {
    clearTimeout(this.#resting)
    const worker = this.#worker
    this.#worker = null
    this.#ring = null
    await worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(this.#options.program, { execArgv: [], name: 'synapse-hash' })
    worker.on('message', (reply: HashReply) => {
      worker.unref()
      this.#resting = setTimeout(() => void this.close(), this.#options.restMs).unref()
      this.#settle((pending) => {
        pending.resolve(reply)
      })
    })
    worker.on('error', (cause) => {
      this.#died(worker, cause)
    })
    worker.on('exit', () => {
      this.#died(worker, undefined)
    })
    return worker
  }

  #died(worker: Worker, cause: unknown): void {
    // An error is followed by an exit, when the next thread may already be running.
    if (this.#worker !== worker) return
    this.#worker = null
    this.#settle((pending) => {
      pending.reject(new AppError('internal', 'A hash worker stopped unexpectedly', { cause }))
    })
  }

  #settle(settle: (pending: PromiseWithResolvers<HashReply>) => void): void {
    const pending = this.#pending
    this.#pending = null
    if (pending !== null) settle(pending)
  }
}

/** One thread of the hash pool, started when it is first needed and again after it died. */
import { Worker } from 'node:worker_threads'
import { AppError } from '../../schemas/errors.ts'
import { HashRing } from './hash-ring.ts'
import type { HashOrder, HashReply } from './hash-worker.ts'

/** A worker thread that carries out one order at a time. It keeps the process alive only then. */
export class HashThread {
  readonly #program: URL
  #ring: HashRing | null = null
  #worker: Worker | null = null
  #pending: PromiseWithResolvers<HashReply> | null = null

  constructor(program: URL) {
    this.#program = program
  }

  /** The buffers of this thread. */
  get ring(): HashRing {
    this.#ring ??= new HashRing()
    return this.#ring
  }

  /**
   * Carries out an order; no other may be under way.
   * @throws internal where the thread died; the next order starts a new one
   */
  run(order: HashOrder): Promise<HashReply> {
    const pending = Promise.withResolvers<HashReply>()
    this.#pending = pending
    this.#worker ??= this.#start()
    this.#worker.ref()
    this.#worker.postMessage(order)
    return pending.promise
  }

  /** Ends the thread; an order under way fails. */
  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(this.#program, { execArgv: [], name: 'synapse-hash' })
    worker.on('message', (reply: HashReply) => {
      worker.unref()
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
    // An error is followed by an exit, at which time the next thread may be at work already.
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

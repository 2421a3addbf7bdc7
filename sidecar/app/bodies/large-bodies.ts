/** Large bodies of requests: parsed in a thread of their own, one at a time. */
import { Worker } from 'node:worker_threads'
import { AppError } from '../../../schemas/errors.ts'
import { ownProgram } from '../../platform/own-files.ts'
import type { BodyReply, BodyTask } from './body-worker.ts'

/** Bodies above this many bytes are parsed in another thread. */
export const LARGE_BYTES = 64 * 1024
/** Dry runs with a list above this many items are made in another thread. */
export const LONG_LIST = 500
/** Bytes of large bodies that may be in memory at once; two of the largest fit. */
const MAX_HELD = 160 * 1024 * 1024
const MAX_WAITING = 8
const HEAP_MB = 1536
/** After so long without work the thread ends and frees its memory. */
const REST_MS = 2000
const PROGRAM = ownProgram('./body-worker.ts', import.meta.url)

/** A checked body, or the answer of the dry run that it requested. */
export type TakenBody =
  | { readonly body: Readonly<Record<string, unknown>> }
  | { readonly answer: Uint8Array<ArrayBuffer> }

const busy = (detail: string) =>
  new AppError('service.busy', detail, { hint: 'Try again in a few seconds.' })

/** Parses large bodies. Holds a bounded number of them. */
export class LargeBodies implements AsyncDisposable {
  #held = 0
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()
  #worker: Worker | null = null
  #resting: NodeJS.Timeout | undefined

  /** Counts received bytes. @throws service.busy where too many are already held */
  hold(bytes: number): void {
    if (this.#held + bytes > MAX_HELD) throw busy('Too many large requests at once')
    this.#held += bytes
  }

  /** Releases bytes that {@link hold} counted. */
  release(bytes: number): void {
    this.#held -= bytes
  }

  /**
   * Parses a body and checks it, after earlier ones.
   * @throws input.*, service.busy, and what the endpoint's dry run throws
   */
  async take(task: BodyTask, signal?: AbortSignal): Promise<TakenBody> {
    if (this.#waiting >= MAX_WAITING) throw busy('Too many large requests wait')
    this.#waiting += 1
    const before = this.#last
    const done = Promise.withResolvers<undefined>()
    this.#last = done.promise
    try {
      await before
      signal?.throwIfAborted()
      return await this.#run(task)
    } finally {
      this.#waiting -= 1
      done.resolve(undefined)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end()
  }

  async #end(): Promise<void> {
    clearTimeout(this.#resting)
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }

  async #run(task: BodyTask): Promise<TakenBody> {
    clearTimeout(this.#resting)
    this.#worker ??= new Worker(PROGRAM, {
      execArgv: [],
      name: 'synapse-bodies',
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    const worker = this.#worker
    worker.ref()
    try {
      return await answerOf(worker, task)
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'internal') await this.#end()
      throw error
    } finally {
      worker.unref()
      this.#resting = setTimeout(() => void this.#end(), REST_MS).unref()
    }
  }
}

function stopped(cause: unknown): AppError {
  const code = (cause as { code?: unknown } | null)?.code
  return code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? new AppError('input.too_large', 'The request needs more memory than it may have', { cause })
    : new AppError('internal', 'Something went wrong inside Synapse.', { cause })
}

/** Gives one task to the thread and assembles its messages. */
async function answerOf(worker: Worker, task: BodyTask): Promise<TakenBody> {
  const { promise, resolve, reject } = Promise.withResolvers<TakenBody>()
  const lists = new Map<string, unknown[]>()
  const listen = (reply: BodyReply) => {
    if (reply.say === 'items') {
      const list = lists.get(reply.key) ?? []
      lists.set(reply.key, list)
      for (const item of reply.items) list.push(item)
    } else if (reply.say === 'body') {
      resolve({ body: { ...reply.body, ...Object.fromEntries(lists) } })
    } else if (reply.say === 'answer') resolve({ answer: reply.text })
    else {
      const { code, message, extras, trace } = reply.error
      reject(new AppError(code, message, { ...extras, cause: trace ?? undefined }))
    }
  }
  const fail = (cause: unknown) => {
    reject(stopped(cause))
  }
  worker.on('message', listen).on('error', fail).on('exit', fail)
  try {
    const blocks = 'blocks' in task.given ? task.given.blocks : []
    worker.postMessage(
      task,
      blocks.map(({ buffer }) => buffer),
    )
    return await promise
  } finally {
    worker.off('message', listen).off('error', fail).off('exit', fail)
  }
}

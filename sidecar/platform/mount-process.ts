/** A child process that makes calls on one mount; unlike a thread, it can be abandoned. */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { AppError, isErrorCode } from '../../schemas/errors.ts'
import type { WorkerError, WorkerReply, WorkerRequest } from './mount-worker.ts'

/** How a task is tracked. */
export interface TaskOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((value: unknown) => void) | undefined
}

interface Pending extends TaskOptions {
  readonly done: PromiseWithResolvers<unknown>
}

function errorFrom({ code, message, app, hint, details, stack }: WorkerError): Error {
  if (app && isErrorCode(code)) return new AppError(code, message, { hint, details })
  const error = Object.assign(new Error(message), code === '' ? {} : { code })
  if (stack !== undefined) error.stack = stack
  return error
}

/** One child. It does not keep this process alive while it is idle. */
export class MountProcess {
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  #last = 0
  #alive = true
  readonly #started = Promise.withResolvers<null>()
  #isStarted = false
  /** When the child last sent a message, by the clock of `performance`. */
  heardAt = performance.now()

  constructor(program: URL) {
    // None of our streams is inherited: a reader waiting for their end would wait for a hanging
    // child.
    this.#child = fork(fileURLToPath(program), [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child.on('message', (reply: WorkerReply) => {
      this.#hear(reply)
    })
    this.#child.on('exit', () => {
      this.#end(new AppError('internal', 'A process that reads files stopped unexpectedly'))
    })
    this.#child.on('error', (cause) => {
      this.#end(new AppError('internal', 'A process that reads files cannot be started', { cause }))
    })
    this.#rest()
  }

  /** False once it has ended or was abandoned. */
  get alive(): boolean {
    return this.#alive
  }

  /** True once its program runs. */
  get started(): boolean {
    return this.#isStarted
  }

  /** Resolves once its program runs, or it has ended. */
  async whenStarted(): Promise<void> {
    await this.#started.promise
  }

  /** Notes that the mount has answered, even to another child. */
  hear(): void {
    this.heardAt = performance.now()
  }

  /** The number of running tasks. */
  get tasks(): number {
    return this.#pending.size
  }

  /** Runs a task. @throws what the task throws; job.cancelled; internal where the child dies */
  async ask(task: string, input: unknown, options: TaskOptions = {}): Promise<unknown> {
    // A listener added now would not be called any more.
    if (options.signal?.aborted === true) {
      throw new AppError('job.cancelled', 'Stopped on request')
    }
    const id = (this.#last += 1)
    const done = Promise.withResolvers<unknown>()
    if (this.#pending.size === 0) this.#work()
    this.#pending.set(id, { ...options, done })
    const stop = () => {
      this.#send({ id, stop: true })
    }
    options.signal?.addEventListener('abort', stop, { once: true })
    this.#send({ id, task, input })
    try {
      return await done.promise
    } finally {
      options.signal?.removeEventListener('abort', stop)
    }
  }

  /** Ends the child, and does not wait: one that hangs in the system cannot be ended. */
  giveUp(reason: Error): void {
    this.#child.kill('SIGKILL')
    this.#end(reason)
  }

  #send(request: WorkerRequest): void {
    if (this.#child.connected) this.#child.send(request, () => undefined)
  }

  #hear(reply: WorkerReply): void {
    this.hear()
    this.#isStarted = true
    this.#started.resolve(null)
    const pending = this.#pending.get(reply.id)
    if (pending === undefined) return
    if ('progress' in reply) {
      pending.onProgress?.(reply.progress)
      return
    }
    this.#pending.delete(reply.id)
    if ('error' in reply) pending.done.reject(errorFrom(reply.error))
    else pending.done.resolve(reply.result)
    if (this.#pending.size === 0) this.#rest()
  }

  #end(reason: Error): void {
    this.#alive = false
    this.#started.resolve(null)
    for (const { done } of this.#pending.values()) done.reject(reason)
    this.#pending.clear()
    this.#rest()
  }

  #work(): void {
    this.heardAt = performance.now()
    this.#child.ref()
    this.#child.channel?.ref()
  }

  #rest(): void {
    this.#child.unref()
    this.#child.channel?.unref()
  }
}

/** The child process's side of calls on one mount. */
import fs from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { isAppError } from '../../schemas/errors.ts'
import { errnoOf } from './disk-calls.ts'
import { followWithin, readMounts, type Mount, type Way } from './mounts.ts'

/** What a task may use besides its input. */
export interface WorkerTask {
  readonly signal: AbortSignal
  /** Reports progress to the caller. */
  readonly progress: (value: unknown) => void
}

/** The tasks that a child can run, by name. */
export type WorkerTasks = Readonly<
  Record<string, (input: never, task: WorkerTask) => Promise<unknown>>
>

/** Starts a task, or cancels one. */
export type WorkerRequest =
  | { readonly id: number; readonly task: string; readonly input: unknown }
  | { readonly id: number; readonly stop: true }

/** An error as it travels between processes. */
export interface WorkerError {
  readonly code: string
  readonly message: string
  readonly app: boolean
  readonly hint?: string | undefined
  readonly details?: Readonly<Record<string, unknown>> | undefined
  readonly stack?: string | undefined
}

/** A message of a child about a task. */
export type WorkerReply =
  | { readonly id: number; readonly progress: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: WorkerError }

function workerError(error: unknown): WorkerError {
  if (isAppError(error)) {
    const { code, message, hint, details } = error
    return { code, message, app: true, hint, details }
  }
  const one = error instanceof Error ? error : new Error(String(error))
  return { code: errnoOf(error), message: one.message, app: false, stack: one.stack }
}

const OWN_TASKS: WorkerTasks = {
  /** Follows a path within a mount. */
  follow: async ({ mount, way }: { readonly mount: Mount; readonly way: Way }) =>
    followWithin(readMounts(), mount, way),
  /** Returns once the file system has answered. A name never asked for comes from no cache. */
  probe: async ({ path }: { readonly path: string }) => {
    const name = `.${randomBytes(8).toString('hex')}`
    fs.statSync(join(path, name), { throwIfNoEntry: false })
    return true
  },
}

/** Runs tasks for the parent process until that is gone. */
export function runTasks(tasks: WorkerTasks): void {
  const all: WorkerTasks = { ...tasks, ...OWN_TASKS }
  const stops = new Map<number, AbortController>()
  const reply = (message: WorkerReply) => process.send?.(message)
  reply({ id: 0, progress: 'started' })
  process.on('disconnect', () => process.exit())
  process.on('message', (request: WorkerRequest) => {
    if ('stop' in request) stops.get(request.id)?.abort()
    else void perform(request.id, request.task, request.input)
  })
  async function perform(id: number, name: string, input: unknown): Promise<void> {
    const stop = new AbortController()
    stops.set(id, stop)
    const progress = (value: unknown) => reply({ id, progress: value })
    try {
      const task = all[name]
      if (task === undefined) throw new Error(`No task ${name}`)
      reply({ id, result: await task(input as never, { signal: stop.signal, progress }) })
    } catch (error) {
      reply({ id, error: workerError(error) })
    } finally {
      stops.delete(id)
    }
  }
}

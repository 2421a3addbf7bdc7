/** One mount and its child process: runs tasks and detects when the mount no longer answers. */
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../schemas/errors.ts'
import { MountProcess, type TaskOptions } from './mount-process.ts'
import type { Mount } from './mounts.ts'

/** When a mount counts as not answering. */
export interface Deadlines {
  /** A mount that has been silent for so long is probed. */
  readonly quietMs: number
  /** How long a probe may take. */
  readonly probeMs: number
  /** After so long an unanswered probe is repeated. */
  readonly againMs: number
}

/** How long to wait for an answer: until the deadlines, or only for a moment. */
export type Patience = 'full' | 'brief'

/** How a task is tracked, and how long its mount may take to answer. */
export interface AskOptions extends TaskOptions {
  readonly patience?: Patience
}

/** A task of a child's program and its input. */
export interface MountTask {
  readonly name: string
  readonly input: unknown
}

const DEADLINES: Deadlines = { quietMs: 4000, probeMs: 4000, againMs: 30_000 }
const LOOK_MS = 250
const REST_MS = 10_000
/** With `brief` patience, no answer within this time counts as offline. */
const MOMENT_MS = 1000
/** A child has to load its program first, and a busy machine takes its time. */
const START_MS = 60_000

/** Returns the error for a mount that does not answer. */
export function mountOffline(path: string): AppError {
  return new AppError('path.offline', `${path} does not answer`, {
    hint: 'Its disk, server or program hangs or is gone. Repeat when it answers again.',
    details: { path },
  })
}

/** The answer, if it comes at once. @throws path.offline if it does not; the task continues */
async function soon<T>(answer: Promise<T>, child: MountProcess, mount: Mount): Promise<T> {
  answer.catch(() => undefined)
  await Promise.race([answer, child.whenStarted()])
  const moment = new AbortController()
  const late = sleep(MOMENT_MS, undefined, { ref: false, signal: moment.signal })
  const refused = late.then(() => {
    throw mountOffline(mount.path)
  })
  refused.catch(() => undefined)
  try {
    return await Promise.race([answer, refused])
  } finally {
    moment.abort()
  }
}

/** Runs tasks in a child process, which is abandoned when the mount no longer answers. */
export class MountCaller {
  readonly #mount: Mount
  readonly #program: URL
  readonly #deadlines: Deadlines
  #child: MountProcess | null = null
  /** A probe without an answer yet: until there is one, the mount is offline. */
  #probe: { readonly child: MountProcess; readonly since: number } | null = null
  #watch: NodeJS.Timeout | null = null
  #rest: NodeJS.Timeout | undefined

  /** @param program the child's: see `mount-worker.ts` */
  constructor(mount: Mount, program: URL, deadlines: Partial<Deadlines> = {}) {
    this.#mount = mount
    this.#program = program
    this.#deadlines = { ...DEADLINES, ...deadlines }
  }

  /** @throws path.offline where the mount does not answer, what the task throws, job.cancelled */
  async ask({ name, input }: MountTask, options: AskOptions): Promise<unknown> {
    this.#requireAnswered()
    clearTimeout(this.#rest)
    this.#watch ??= setInterval(() => {
      this.#look()
    }, LOOK_MS)
    if (this.#child?.alive !== true) this.#child = new MountProcess(this.#program)
    const child = this.#child
    const answer = child.ask(name, input, options).finally(() => {
      if (child.tasks === 0) this.#relax()
    })
    return options.patience === 'brief' ? soon(answer, child, this.#mount) : answer
  }

  /** @throws path.offline while a probe of the mount has no answer */
  #requireAnswered(): void {
    if (this.#probe === null || this.#child !== null) return
    const offline = mountOffline(this.#mount.path)
    if (performance.now() - this.#probe.since < this.#deadlines.againMs) throw offline
    this.#probe.child.giveUp(offline)
    this.#probe = null
  }

  #relax(): void {
    clearInterval(this.#watch ?? undefined)
    this.#watch = null
    this.#rest = setTimeout(() => {
      if (this.#child?.tasks === 0) this.#child.giveUp(new AppError('internal', 'At rest'))
    }, REST_MS).unref()
  }

  /** Probes a mount that is silent; abandons its child if there is no answer. */
  #look(): void {
    const [child, probe] = [this.#child, this.#probe]
    if (child === null || child.tasks === 0) return
    const now = performance.now()
    const patience = child.started ? this.#deadlines.quietMs : START_MS
    if (probe === null) {
      if (now - child.heardAt >= patience) this.#startProbe()
      return
    }
    const wait = probe.child.started ? this.#deadlines.probeMs : START_MS
    if (now - probe.child.heardAt < wait) return
    this.#child = null
    child.giveUp(mountOffline(this.#mount.path))
  }

  #startProbe(): void {
    const child = new MountProcess(this.#program)
    const probe = { child, since: performance.now() }
    this.#probe = probe
    const answered = () => {
      child.giveUp(new AppError('internal', 'The mount has answered'))
      if (this.#probe === probe) this.#probe = null
      this.#child?.hear()
    }
    // An error is an answer as well.
    void child.ask('probe', { path: this.#mount.path }).then(answered, answered)
  }

  /** Ends running tasks with `reason`. */
  giveUp(reason: AppError): void {
    clearInterval(this.#watch ?? undefined)
    clearTimeout(this.#rest)
    this.#child?.giveUp(reason)
    this.#probe?.child.giveUp(reason)
  }
}

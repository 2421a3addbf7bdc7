/** Limits how many jobs use a shared resource at once; the others wait, the most urgent first. */
import PQueue from 'p-queue'
import type { JobPriority } from './job-model.ts'

/** A resource that jobs share: a disk, a server, the right to change the store as a whole. */
export interface Lane {
  readonly id: string
  /** How many jobs may use it at once. */
  readonly width: number
  /** Lanes of a lower order are taken first; the same for one id at any time. */
  readonly order: number
}

/** A job that waits for its lanes. */
export interface LaneTask {
  readonly lanes: readonly Lane[]
  readonly priority: JobPriority
  /** Called once all lanes have room; must not reject. */
  readonly run: () => Promise<void>
  /** Asks the task, which is running idle work, to end early for something urgent. */
  readonly giveWay: () => void
}

/** Idle work runs one job at a time, and not at all while it is paused. */
const IDLE: Lane = { id: 'idle', width: 1, order: 0 }

const RANK: Readonly<Record<JobPriority, number>> = { interactive: 2, normal: 1, idle: 0 }

/** Reports whether `a` comes before `b`. */
export const isMoreUrgent = (a: JobPriority, b: JobPriority): boolean => RANK[a] > RANK[b]

function inOrder(lanes: readonly Lane[]): Lane[] {
  return lanes.toSorted((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1))
}

/** Lanes by their id, made when they are first needed. */
export class JobLanes {
  readonly #queues = new Map<string, PQueue>()
  /** The running tasks. */
  readonly #running = new Set<LaneTask>()

  /**
   * Runs a task as soon as all of its lanes have room. They are taken in one order, the same for
   * all tasks, so that no two wait for each other.
   * @returns a function that withdraws the task; it does nothing once the task has begun
   */
  add(task: LaneTask): () => void {
    const lanes = inOrder(task.priority === 'idle' ? [IDLE, ...task.lanes] : task.lanes)
    const waiting = new AbortController()
    // A withdrawn task rejects.
    this.#take(lanes, task, waiting.signal).catch(() => undefined)
    if (task.priority !== 'idle') this.#askForRoom(lanes)
    return () => {
      if (!this.#running.has(task)) waiting.abort()
    }
  }

  async #take(
    [lane, ...rest]: readonly Lane[],
    task: LaneTask,
    signal: AbortSignal,
  ): Promise<void> {
    if (lane === undefined) return this.#run(task)
    const next = () => this.#take(rest, task, signal)
    return this.#queue(lane).add(next, { priority: RANK[task.priority], signal })
  }

  async #run(task: LaneTask): Promise<void> {
    this.#running.add(task)
    try {
      await task.run()
    } finally {
      this.#running.delete(task)
    }
  }

  /** Asks idle work to end in lanes where tasks wait. */
  #askForRoom(lanes: readonly Lane[]): void {
    const full = new Set(lanes.filter((lane) => this.#queue(lane).isSaturated).map(({ id }) => id))
    for (const task of this.#running) {
      if (task.lanes.some(({ id }) => full.has(id))) task.giveWay()
    }
  }

  /** Starts no more idle work, and asks running idle work to end early. */
  pauseIdle(): void {
    this.#queue(IDLE).pause()
    for (const task of this.#running) task.giveWay()
  }

  /** Lets idle work run again. */
  resumeIdle(): void {
    this.#queue(IDLE).start()
  }

  /** The queue of a lane, with the current width of its device. */
  #queue({ id, width }: Lane): PQueue {
    const queue = this.#queues.get(id) ?? new PQueue()
    this.#queues.set(id, queue)
    queue.concurrency = width
    return queue
  }
}

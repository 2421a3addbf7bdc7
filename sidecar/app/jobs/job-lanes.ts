/** Bounds how much work of one sort goes on at once; the rest waits in order. */

/** What the work needs most: bytes to and from disks, or the store's lock. */
export type LaneName = 'disk' | 'store'

const WIDTH: Readonly<Record<LaneName, number>> = { disk: 2, store: 1 }

interface Lane {
  running: number
  readonly waiting: (() => Promise<void>)[]
}

/** Two jobs at a time that read and write bytes, one that changes the store. */
export class JobLanes {
  readonly #lanes: Readonly<Record<LaneName, Lane>> = {
    disk: { running: 0, waiting: [] },
    store: { running: 0, waiting: [] },
  }

  /** Runs `task`, which must not reject, as soon as its lane has room. */
  add(name: LaneName, task: () => Promise<void>): void {
    this.#lanes[name].waiting.push(task)
    this.#startNext(name)
  }

  #startNext(name: LaneName): void {
    const lane = this.#lanes[name]
    if (lane.running >= WIDTH[name]) return
    const task = lane.waiting.shift()
    if (!task) return
    lane.running += 1
    void task().finally(() => {
      lane.running -= 1
      this.#startNext(name)
    })
  }
}

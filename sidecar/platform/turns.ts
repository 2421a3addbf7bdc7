/** Long loops in which other work gets its turn. */
import { setImmediate as nextTurn } from 'node:timers/promises'

const TURN_MS = 8

/** Counts the time that loops have gone on for. */
export class Turns {
  #until = -Infinity

  /** Lets others have their turn where the last one is some milliseconds ago; says whether it did. */
  async next(): Promise<boolean> {
    if (performance.now() < this.#until) return false
    await nextTurn()
    this.#until = performance.now() + TURN_MS
    return true
  }
}

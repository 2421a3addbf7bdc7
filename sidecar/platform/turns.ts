/** Long loops that yield to other work. */
import { setImmediate as nextTurn } from 'node:timers/promises'

const TURN_MS = 8

/** Measures how long loops have run without yielding. */
export class Turns {
  #until = -Infinity

  /** Yields if the last yield was some milliseconds ago; returns whether it did. */
  async next(): Promise<boolean> {
    if (performance.now() < this.#until) return false
    await nextTurn()
    this.#until = performance.now() + TURN_MS
    return true
  }
}

/** Buffers that two threads share: one reads a file into them, the other hashes them. */

/** Bytes of one buffer. The four of a thread fit into a core's cache, where the other thread finds them. */
export const SLOT_BYTES = 192 * 1024
const SLOTS = 4

// Indices of the control block. TICK changes with every other change, so that a waiter misses none.
const TICK = 0
const FILLED = 1
const FREED = 2
const ENDED = 3
const STOPPED = 4
const LENGTHS = 5
const CONTROL_BYTES = 64

/**
 * A ring of buffers in shared memory, for one thread that fills and one that drains. `stop` by any
 * thread ends both within one buffer.
 */
export class HashRing {
  readonly memory: SharedArrayBuffer
  readonly #control: Int32Array
  readonly #bytesDone: BigInt64Array

  constructor(memory = new SharedArrayBuffer(CONTROL_BYTES + SLOTS * SLOT_BYTES)) {
    this.memory = memory
    this.#control = new Int32Array(memory, 0, LENGTHS + SLOTS)
    this.#bytesDone = new BigInt64Array(memory, CONTROL_BYTES - 8, 1)
  }

  /** Empties the ring for the next file; no thread may be using it. */
  reset(): void {
    this.#control.fill(0)
    Atomics.store(this.#bytesDone, 0, 0n)
  }

  /** Ends both threads' work early. */
  stop(): void {
    this.#set(STOPPED, 1)
  }

  get stopped(): boolean {
    return Atomics.load(this.#control, STOPPED) === 1
  }

  /** Bytes that have been filled in so far. */
  get bytesDone(): number {
    return Number(Atomics.load(this.#bytesDone, 0))
  }

  /** Waits for a free buffer; null once stopped. */
  claim(): Buffer | null {
    for (;;) {
      const tick = Atomics.load(this.#control, TICK)
      if (this.stopped) return null
      const filled = Atomics.load(this.#control, FILLED)
      if (filled - Atomics.load(this.#control, FREED) < SLOTS) return this.#slot(filled, SLOT_BYTES)
      Atomics.wait(this.#control, TICK, tick)
    }
  }

  /** Hands over the claimed buffer with `length` bytes in it; it must not be changed any more. */
  fill(length: number): void {
    const filled = Atomics.load(this.#control, FILLED)
    Atomics.store(this.#control, LENGTHS + (filled % SLOTS), length)
    Atomics.add(this.#bytesDone, 0, BigInt(length))
    this.#set(FILLED, filled + 1)
  }

  /** Marks the end: nothing more will be filled in. */
  end(): void {
    this.#set(ENDED, 1)
  }

  /** Waits for the next filled buffer; null at the end and once stopped. Then {@link free} it. */
  next(): Buffer | null {
    for (;;) {
      const tick = Atomics.load(this.#control, TICK)
      if (this.stopped) return null
      // Read before FILLED, so that everything filled in before the end is seen.
      const ended = Atomics.load(this.#control, ENDED) === 1
      const freed = Atomics.load(this.#control, FREED)
      if (freed < Atomics.load(this.#control, FILLED)) return this.#slot(freed, this.#length(freed))
      if (ended) return null
      Atomics.wait(this.#control, TICK, tick)
    }
  }

  /** Releases the drained buffer. */
  free(): void {
    this.#set(FREED, Atomics.load(this.#control, FREED) + 1)
  }

  #set(place: number, value: number): void {
    Atomics.store(this.#control, place, value)
    Atomics.add(this.#control, TICK, 1)
    Atomics.notify(this.#control, TICK)
  }

  #length(count: number): number {
    return Atomics.load(this.#control, LENGTHS + (count % SLOTS))
  }

  #slot(count: number, length: number): Buffer {
    return Buffer.from(this.memory, CONTROL_BYTES + (count % SLOTS) * SLOT_BYTES, length)
  }
}

/** The lock of a store: one process holds it at a time, and a killed one releases it. */
import type { Release } from '../platform/file-lock.ts'

/** The right to change a store: one holder at a time, across processes. */
export interface StoreLock {
  /**
   * Waits for the lock, takes it and returns its release function. The death of a holder frees the
   * lock.
   * @throws store.locked where another process holds it for longer than `patienceMs`
   * @throws job.cancelled where it is closed meanwhile, disk.*
   */
  acquire(patienceMs: number): Promise<Release>
  /** Reports whether the held lock still excludes others: checked before each operation. */
  isInPlace(): boolean
  /** Releases the lock and ends pending requests. */
  close(): void
}

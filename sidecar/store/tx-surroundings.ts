/** The dependencies of a transaction besides the store. */
import type { Clock } from '../platform/clock.ts'
import type { OutsideFiles } from './outside-files.ts'

/** Who changes a store, and the dependencies of that change. */
export interface TxSurroundings {
  readonly clock: Clock
  readonly actor: string
  /** Reports whether the held lock is still the one that other processes will request. */
  readonly isLocked?: (() => boolean) | undefined
  /** Access to files outside the store; by default as if they were the store's. */
  readonly outside?: OutsideFiles | undefined
}

/** What a transaction is given besides the store. */
import type { Clock } from '../platform/clock.ts'
import type { OutsideFiles } from './outside-files.ts'

/** Who changes a store, and what that needs around the store. */
export interface TxSurroundings {
  readonly clock: Clock
  readonly actor: string
  /** Reports whether the lock is still the one that others will ask for. */
  readonly isLocked?: (() => boolean) | undefined
  /** How files that are not the store's are reached; by default as if they were. */
  readonly outside?: OutsideFiles | undefined
}

/** What use cases work with. Each asks for the parts that it needs. */
import type { AppEvent } from '../../schemas/jobs.ts'
import type { Store } from '../store/store.ts'

/** What a dry run works with: a store that is read. */
export interface ReadingContext {
  readonly store: Pick<Store, 'reader' | 'paths'>
}

/** The store, and who hears of its changes. */
export interface StoreContext {
  readonly store: Store
  readonly publish: (event: AppEvent) => void
  /**
   * Starts taking models into the store that other programs put into views, given as
   * `<interface>/<profile>`; gives the id of the job.
   */
  readonly takeIn?: (views: readonly string[]) => Promise<string>
}

/** The dependencies of use cases. Each takes the parts that it needs. */
import type { AppEvent } from '../../schemas/jobs.ts'
import type { Store } from '../store/store.ts'

/** The context of a dry run: a store that is only read. */
export interface ReadingContext {
  readonly store: Pick<Store, 'reader' | 'paths'>
}

/** The store, and the receivers of its changes. */
export interface StoreContext {
  readonly store: Store
  readonly publish: (event: AppEvent) => void
  /**
   * Starts importing models that other programs put into views, given as `<interface>/<profile>`;
   * returns the id of the job.
   */
  readonly takeIn?: (views: readonly string[]) => Promise<string>
}

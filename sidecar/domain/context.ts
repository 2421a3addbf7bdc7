/** What use cases work with. Each asks for the parts that it needs. */
import type { AppEvent } from '../../schemas/jobs.ts'
import type { Store } from '../store/store.ts'
import type { LinkStyle } from './views/link-style.ts'

/** What a dry run works with: a store that is read, and how links are made in it. */
export interface ReadingContext {
  readonly store: Pick<Store, 'reader' | 'paths'>
  readonly linkStyle: () => Promise<LinkStyle>
}

/** The store, and how links are made in it. */
export interface StoreContext {
  readonly store: Store
  /** How links are made here; asked once, found by doing it. */
  readonly linkStyle: () => Promise<LinkStyle>
  readonly publish: (event: AppEvent) => void
  /**
   * Starts taking models into the store that somebody put into views, given as
   * `<interface>/<profile>`; gives the id of the job.
   */
  readonly takeIn?: (views: readonly string[]) => Promise<string>
}

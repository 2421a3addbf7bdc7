/** Events of the list of packs. */
import { BubblingEvent } from '../bubbling-event.ts'

/** The user typed into the search field. */
export class SearchEvent extends BubblingEvent {
  readonly text: string

  constructor(text: string) {
    super('synapse-search')
    this.text = text
  }
}

/** The user wants another page of the list. */
export class PageEvent extends BubblingEvent {
  readonly offset: number

  constructor(offset: number) {
    super('synapse-page')
    this.offset = offset
  }
}

declare global {
  interface HTMLElementEventMap {
    'synapse-search': SearchEvent
    'synapse-page': PageEvent
  }
}

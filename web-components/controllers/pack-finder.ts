/** The packs that a list shows: a page of them, filtered by what was typed. */
import type { LitElement, ReactiveController } from 'lit'
import type { PageEvent, SearchEvent } from '../data/pack-events.ts'
import { affectsPacks, loadPacks, type PackPage } from '../data/packs.ts'
import { Resource } from './resource.ts'

const SEARCH_PAUSE_MS = 200

/** Answers the list's events. The service searches only where the packs do not fit into a page. */
export class PackFinder implements ReactiveController {
  /** What was typed. */
  search = ''
  readonly packs: Resource<PackPage>
  readonly #host: LitElement
  #searchesThere = false
  /** How many packs come before those that are shown. */
  #from = 0
  #pause: ReturnType<typeof setTimeout> | undefined

  constructor(host: LitElement) {
    this.#host = host
    this.packs = new Resource(host, {
      load: (api, signal) => {
        const search = this.#searchesThere ? this.search : ''
        return loadPacks(api, { search, offset: this.#from }, signal)
      },
      affects: affectsPacks,
    })
    host.addController(this)
    host.addEventListener('synapse-search', (event: SearchEvent) => {
      event.stopPropagation()
      this.#searchFor(event.text)
    })
    host.addEventListener('synapse-page', (event: PageEvent) => {
      event.stopPropagation()
      this.#from = event.offset
      void this.packs.refresh()
    })
  }

  hostDisconnected(): void {
    clearTimeout(this.#pause)
  }

  #searchFor(text: string): void {
    this.search = text
    this.#host.requestUpdate()
    const page = this.packs.value
    this.#searchesThere ||= page !== undefined && page.total > page.items.length
    if (!this.#searchesThere) return
    this.#from = 0
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => void this.packs.refresh(), SEARCH_PAUSE_MS)
  }
}

/** The elements of pages: loaded when first shown, kept while the host is connected. */
import type { ReactiveController, ReactiveElement } from 'lit'
import type { Page, PageRow, PageId } from './page.ts'
import { reloadPage } from './reload-page.ts'

/** Makes and keeps the elements of the pages that its host shows. */
export class Outlet implements ReactiveController {
  readonly #host: ReactiveElement
  readonly #pages = new Map<PageId, Page | 'loading'>()
  #focusNext: PageId | null = null

  constructor(host: ReactiveElement) {
    this.#host = host
    host.addController(this)
  }

  /**
   * The element of a page, to be drawn; undefined while it loads, after which the host draws again.
   */
  pageOf(row: PageRow): Page | undefined {
    const page = this.#pages.get(row.id)
    if (page === undefined) void this.#load(row)
    return page === 'loading' ? undefined : page
  }

  /** Puts the focus into a page as soon as it is rendered. */
  focus({ id }: PageRow): void {
    this.#focusNext = id
    this.#host.requestUpdate()
  }

  hostUpdated(): void {
    const page = this.#focusNext === null ? undefined : this.#pages.get(this.#focusNext)
    if (page === undefined || page === 'loading' || !page.isConnected) return
    this.#focusNext = null
    void page.updateComplete.then(() => page.focusPage())
  }

  /**
   * Loads what the page is made of; null where that failed. A browser does not ask again for a part
   * that it did not get, and another build has others: a new document gets what there is.
   */
  async #elementOf({ load }: PageRow): Promise<Awaited<ReturnType<PageRow['load']>> | null> {
    try {
      return await load()
    } catch (error) {
      console.error(error)
      void reloadPage()
      return null
    }
  }

  async #load(row: PageRow): Promise<void> {
    const { id, tag } = row
    this.#pages.set(id, 'loading')
    const element = await this.#elementOf(row)
    if (element === null) return
    if (!customElements.get(tag)) customElements.define(tag, element)
    this.#pages.set(id, new element())
    this.#host.requestUpdate()
  }
}

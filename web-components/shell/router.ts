/** Chooses the page by the address and the session. */
import type { Surface } from '../contexts/surface.ts'
import type { PageAddress } from './address.ts'
import type { PageRow, PageAccess, PageId } from './page.ts'

/** Called after the page has changed; `moved` where the user went there: the focus must follow. */
export type RouteListener = (moved: boolean) => void

/**
 * The page that is open. An address without a page, or with one that this browser may not open,
 * leads to the first page; one without a token is kept until there is one.
 */
export class Router {
  readonly #pages: readonly PageRow[]
  readonly #address: PageAddress
  readonly #surface: Surface
  readonly #listeners = new Set<RouteListener>()
  #access: PageAccess = 'unpaired'

  constructor(pages: readonly PageRow[], address: PageAddress, surface: Surface) {
    this.#pages = pages
    this.#address = address
    this.#surface = surface
    address.onChange(() => this.#changed(true))
  }

  /** The page that is open. */
  get current(): PageRow {
    const open = this.#open()
    const row = open.find(({ path }) => path === this.#address.read()) ?? open[0]
    if (row) return row
    throw new Error(`No page is open to ${this.#access} browsers in the ${this.#surface}`)
  }

  /** The page in the main column: the open one, or the one that it is shown beside. */
  get main(): PageRow {
    const { current } = this
    return this.#open().find(({ id }) => id === current.beside) ?? current
  }

  /** The pages in the column beside the main one. */
  get beside(): readonly PageRow[] {
    const { id } = this.main
    return this.#open().filter(({ beside }) => beside === id)
  }

  /** The pages that the navigation leads to. */
  get navigation(): readonly PageRow[] {
    return this.#open().filter(({ inNavigation }) => inNavigation)
  }

  /** True where a way back must be offered, since the browser's own leads elsewhere. */
  get offersBack(): boolean {
    return this.#address.offersBack
  }

  /** What a link to a page bears; null where only {@link Router.go} leads there. */
  hrefOf({ path }: PageRow): string | null {
    return this.#address.hrefOf(path)
  }

  /** Goes to a page; to the one that is open already, the focus alone. */
  go(id: PageId): void {
    const row = this.#pages.find((one) => one.id === id)
    if (!row) throw new Error(`There is no page ${id}`)
    if (row === this.current) this.#changed(true)
    else this.#address.push(row.path)
  }

  /** Goes back to the page before. */
  back(): void {
    this.#address.back()
  }

  /** Takes in what this browser may open from now on. */
  admit(access: PageAccess): void {
    if (access === this.#access) return
    this.#access = access
    this.#changed(false)
  }

  /** Calls `listener` when the page may have changed; the returned function unsubscribes. */
  onChange(listener: RouteListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #open(): readonly PageRow[] {
    return this.#pages.filter(
      ({ surfaces, access }) =>
        surfaces.includes(this.#surface) &&
        (access === this.#access || (access === 'paired' && this.#access === 'owner')),
    )
  }

  #changed(moved: boolean): void {
    this.#correctAddress()
    for (const listener of this.#listeners) listener(moved)
  }

  #correctAddress(): void {
    const path = this.#address.read()
    const { current } = this
    if (path !== null && path !== current.path && current.access !== 'unpaired') {
      this.#address.replace(current.path)
    }
  }
}

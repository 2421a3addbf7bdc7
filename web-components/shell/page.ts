/** What a row of the table of pages holds. */
import type { LitElement } from 'lit'
import type { Surface } from '../contexts/surface.ts'
import type { MessageKey } from '../i18n/catalogue.ts'
import type { IconName } from '../ui/icons.ts'

/**
 * Name of a page, which has a row in `page-table.ts`. Listed here, since pages import the names and the
 * table imports the pages.
 */
export type PageId = 'home' | 'profiles' | 'pairings' | 'import' | 'pair'

/** Who may open a page: browsers without a token, all that have one, or the owner's alone. */
export type PageAccess = 'unpaired' | 'paired' | 'owner'

/** The element of a page. */
export interface Page extends LitElement {
  /** Puts the focus where work on this page begins. */
  focusPage(): void
  /** Puts the cursor into the page's search field; reports whether there is one. */
  focusSearch?(): boolean
  /** Fetches everything again. */
  refresh?(): void
}

/** A page: its address, who may open it, and how its element is loaded. */
export interface PageRow {
  readonly id: PageId
  readonly path: `/${string}`
  readonly title: MessageKey
  readonly icon: IconName
  readonly surfaces: readonly Surface[]
  readonly access: PageAccess
  readonly inNavigation: boolean
  /** The page that this one is shown beside, in its own column; null where it is shown alone. */
  readonly beside: PageId | null
  readonly tag: string
  readonly load: () => Promise<new () => Page>
}

import { LitElement, html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { styleMap } from 'lit/directives/style-map.js'
import { matchesPack, PACKS_AT_ONCE, type PackPage, type PackSummary } from '../data/packs.ts'
import { PageEvent, SearchEvent } from '../data/pack-events.ts'
import { SwitchEvent } from '../data/profile-events.ts'
import { formatCount } from '../format/numbers.ts'
import { t } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { icon } from './icons.ts'
import { packListStyles } from './pack-list.styles.ts'
import { packRow } from './pack-row.ts'

const SKELETON_WIDTHS = ['46%', '34%', '52%', '40%', '30%'] as const

/**
 * Packs by name, with a search field. Arrows move between rows, Enter uses the row's pack.
 * Events `synapse-switch`: a pack is to be used; `synapse-search`: the search text changed;
 * `synapse-page`: another page is wanted.
 * Slot `empty`: what to say where there are none; slot `problem`: shown instead of the list.
 */
export class SynapsePackList extends LitElement {
  static override properties = {
    page: { attribute: false },
    search: {},
    ui: {},
    current: {},
    busy: {},
    stale: { type: Boolean, reflect: true },
    loading: { type: Boolean },
    failed: { type: Boolean },
    at: { state: true },
  }
  static override styles = [controls, packListStyles]

  declare page: PackPage | undefined
  declare search: string
  /** The interface whose view decides what is shown. */
  declare ui: string
  /** The pack that the interface's active profile was made for. */
  declare current: string | null
  /** The pack whose plan is being fetched. */
  declare busy: string | null
  declare stale: boolean
  declare loading: boolean
  declare failed: boolean
  declare at: number

  constructor() {
    super()
    this.search = ''
    this.ui = ''
    this.current = null
    this.busy = null
    this.stale = false
    this.loading = false
    this.failed = false
    this.at = 0
  }

  /** Puts the cursor into the search field. */
  focusSearch(): void {
    this.renderRoot.querySelector('input')?.focus()
  }

  override render() {
    const shown = this.#shown()
    return html`<section aria-labelledby="title">
      <div class="title">
        <h2 id="title" class="label">${t('packs.title')}</h2>
        ${
          this.page
            ? html`<span class="quiet small" aria-live="polite"
                ><span class="sr">${t('packs.found', { n: shown.length })}</span
                ><span aria-hidden="true">${this.#countOf(shown)}</span></span
              >`
            : nothing
        }
      </div>
      ${this.#nothingToSearch ? nothing : this.#searchField()}
      <slot name="problem"></slot>
      ${this.#content(shown)}
    </section>`
  }

  /** True where a search field would only be in the way of the message. */
  get #nothingToSearch(): boolean {
    if (this.search !== '') return false
    return this.page ? this.page.total === 0 : this.failed
  }

  #shown(): readonly PackSummary[] {
    return (this.page?.items ?? []).filter((pack) => matchesPack(pack, this.search))
  }

  #countOf(shown: readonly PackSummary[]): string {
    const total = this.page?.total ?? 0
    if (this.search === '') return formatCount(total)
    return `${formatCount(shown.length)} / ${formatCount(total)}`
  }

  #searchField(): TemplateResult {
    return html`<div class="search">
      ${icon('search')}
      <input
        type="text"
        role="searchbox"
        autocomplete="off"
        spellcheck="false"
        aria-label=${t('packs.search')}
        aria-keyshortcuts="/"
        placeholder=${t('packs.search')}
        .value=${this.search}
        @input=${(event: InputEvent) => this.#type(event)}
        @keydown=${this.#searchKey}
      />
      ${
        this.search === ''
          ? html`<kbd aria-hidden="true">/</kbd>`
          : html`<button class="icon" aria-label=${t('packs.clear')} @click=${this.#clear}>
              ${icon('close')}
            </button>`
      }
    </div>`
  }

  #content(shown: readonly PackSummary[]): unknown {
    if (!this.page) {
      if (this.failed || !this.loading) return nothing
      return html`<div role="status" aria-label=${t('app.loading')}>
        ${SKELETON_WIDTHS.map((width) => html`<div class="bone" style=${styleMap({ '--width': width })}></div>`)}
      </div>`
    }
    if (this.#nothingToSearch) return html`<slot name="empty"></slot>`
    if (shown.length === 0 && this.search !== '') {
      return html`<p class="quiet foot">${t('packs.no_match', { search: this.search })}</p>`
    }
    const at = Math.min(this.at, shown.length - 1)
    return html`<ul aria-labelledby="title" @keydown=${this.#rowKey}>
        ${repeat(
          shown,
          (pack) => pack.name,
          (pack, index) => this.#row(pack, index, index === at),
        )}
      </ul>
      ${this.page.total > this.page.items.length ? this.#pager(this.page) : nothing}`
  }

  #pager({ offset, items, total }: PackPage): TemplateResult {
    const end = offset + items.length
    const turn = (label: string, to: number | null, className = '') =>
      html`<button
        class="small icon ${className}"
        aria-label=${label}
        title=${label}
        ?disabled=${to === null || this.stale}
        @click=${() => this.#turnTo(to ?? offset)}
      >
        ${icon('chevron')}
      </button>`
    const before = Math.max(0, offset - PACKS_AT_ONCE)
    return html`<nav class="foot pager" aria-label=${t('packs.pages')}>
      <span class="quiet small grow"
        >${t('packs.range', { from: offset + 1, to: end, n: total })}</span
      >
      ${turn(t('packs.before'), offset > 0 ? before : null, 'turned')}
      ${turn(t('packs.after'), end < total ? end : null)}
    </nav>`
  }

  #turnTo(offset: number) {
    this.at = 0
    this.dispatchEvent(new PageEvent(offset))
    this.scrollIntoView({ block: 'start' })
  }

  #row(pack: PackSummary, index: number, reachable: boolean): TemplateResult {
    return packRow(pack, {
      current: pack.name === this.current,
      shown: pack.active_in_uis.includes(this.ui),
      busy: pack.name === this.busy,
      stale: this.stale,
      reachable,
      onFocus: () => (this.at = index),
      onUse: (only) => this.#use(pack, only),
    })
  }

  #use({ name }: PackSummary, only: boolean) {
    this.dispatchEvent(new SwitchEvent({ action: 'use', pack: name, only }))
  }

  #type(event: InputEvent) {
    if (event.target instanceof HTMLInputElement) this.#searchFor(event.target.value)
  }

  #clear() {
    this.#searchFor('')
    this.focusSearch()
  }

  #searchFor(text: string) {
    this.at = 0
    this.dispatchEvent(new SearchEvent(text))
  }

  #searchKey(event: KeyboardEvent) {
    if (event.key === 'ArrowDown') this.#focusRow(event, 0)
    if (event.key === 'Escape' && this.search !== '') this.#clear()
  }

  #rowKey(event: KeyboardEvent) {
    const rows = this.renderRoot.querySelectorAll('li.pack').length
    const to = { ArrowDown: this.at + 1, ArrowUp: this.at - 1, Home: 0, End: rows - 1 }[event.key]
    if (to === -1) {
      event.preventDefault()
      this.focusSearch()
    } else if (to !== undefined) {
      this.#focusRow(event, Math.min(to, rows - 1))
    }
    const onRow = event.target instanceof HTMLLIElement
    const pack = this.#shown()[this.at]
    if (event.key === 'Enter' && onRow && pack && !this.stale) {
      event.preventDefault()
      this.#use(pack, false)
    }
  }

  #focusRow(event: KeyboardEvent, index: number) {
    const row = this.renderRoot.querySelectorAll<HTMLElement>('li.pack')[index]
    if (!row) return
    event.preventDefault()
    this.at = index
    row.focus()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-pack-list': SynapsePackList
  }
}

import { LitElement, css, html, nothing, type TemplateResult } from 'lit'
import { t } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { icon } from '../ui/icons.ts'
import { RouterController } from './router-controller.ts'
import type { PageRow } from './page.ts'

/**
 * The ways to the pages, made from their table; nothing while there is but one. Links where the
 * address is ours, else buttons. Arrows move along, Home and End to the ends.
 */
export class SynapseNavigation extends LitElement {
  static override styles = [
    controls,
    css`
      nav {
        width: 100%;
        max-width: 1312px;
        margin: 0 auto;
        padding: 0 16px 8px;
        overflow-x: auto;
        scrollbar-width: none;
      }
      ul {
        display: flex;
        gap: 4px;
      }
      a,
      button {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        min-height: 32px;
        padding: 0 10px;
        border-radius: var(--syn-radius);
        color: var(--syn-quiet);
        background: none;
        font-size: 13px;
        font-weight: 500;
        text-decoration: none;
        white-space: nowrap;
      }
      :focus-visible {
        outline-offset: -2px;
      }
      a:hover,
      button:hover {
        background: var(--syn-card-hover);
      }
      [aria-current='page'] {
        color: var(--syn-text);
        background: var(--syn-card-selected);
      }
    `,
  ]

  readonly #router = new RouterController(this)

  override render() {
    const { navigation } = this.#router.value
    if (navigation.length < 2) return nothing
    return html`<nav aria-label=${t('nav.title')} @keydown=${this.#keydown}>
      <ul role="list">
        ${navigation.map((row) => html`<li>${this.#way(row)}</li>`)}
      </ul>
    </nav>`
  }

  #way(row: PageRow): TemplateResult {
    const router = this.#router.value
    const current = row === router.main ? 'page' : nothing
    const words = html`${icon(row.icon)} ${t(row.title)}`
    const href = router.hrefOf(row)
    if (href !== null) return html`<a href=${href} aria-current=${current}>${words}</a>`
    return html`<button aria-current=${current} @click=${() => router.go(row.id)}>${words}</button>`
  }

  #keydown(event: KeyboardEvent) {
    const ways = [...this.renderRoot.querySelectorAll<HTMLElement>('a, button')]
    const at = ways.findIndex((way) => way === this.shadowRoot?.activeElement)
    const last = ways.length - 1
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key]
    if (to === undefined) return
    event.preventDefault()
    ways[Math.max(0, Math.min(to, last))]?.focus()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-navigation': SynapseNavigation
  }
}

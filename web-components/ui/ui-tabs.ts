import { LitElement, css, html } from 'lit'
import { ChooseUiEvent } from '../data/profile-events.ts'
import { t } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'

/**
 * Chooses the interface that the panel speaks of.
 * Event `synapse-choose-ui`: another was chosen.
 */
export class SynapseUiTabs extends LitElement {
  static override properties = { uis: { attribute: false }, chosen: {} }
  static override styles = [
    controls,
    css`
      [role='radiogroup'] {
        display: flex;
        gap: 2px;
        padding: 2px;
        border-radius: var(--syn-radius);
        background: var(--syn-card);
        overflow-x: auto;
        scrollbar-width: none;
      }
      button {
        flex: 1 0 auto;
        min-height: 28px;
        border-radius: 6px;
        background: none;
        color: var(--syn-quiet);
        font-size: 13px;
      }
      button:hover {
        background: var(--syn-raised-hover);
      }
      button[aria-checked='true'] {
        color: var(--syn-text);
        background: var(--syn-card-selected);
      }
    `,
  ]

  declare uis: readonly string[]
  declare chosen: string

  constructor() {
    super()
    this.uis = []
    this.chosen = ''
  }

  override render() {
    return html`<div role="radiogroup" aria-label=${t('ui.choose')} @keydown=${this.#keydown}>
      ${this.uis.map(
        (ui) =>
          html`<button
            role="radio"
            aria-checked=${ui === this.chosen}
            tabindex=${ui === this.chosen ? 0 : -1}
            @click=${() => this.#choose(ui)}
          >
            ${ui}
          </button>`,
      )}
    </div>`
  }

  #choose(ui: string) {
    if (ui !== this.chosen) this.dispatchEvent(new ChooseUiEvent(ui))
  }

  #keydown(event: KeyboardEvent) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const at = this.uis.indexOf(this.chosen) + step
    const ui = this.uis.at(at % this.uis.length)
    if (ui === undefined) return
    this.#choose(ui)
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector<HTMLElement>('[aria-checked="true"]')?.focus()
    })
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-ui-tabs': SynapseUiTabs
  }
}

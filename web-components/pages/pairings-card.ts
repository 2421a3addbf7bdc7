import { LitElement, css, html, nothing, type TemplateResult } from 'lit'
import { Resource, problemOf } from '../controllers/resource.ts'
import { apiContext } from '../contexts/api.ts'
import { consume } from '../contexts/consume.ts'
import { affectsPairings, decidePairing, loadPairings, type Pairing } from '../data/session.ts'
import { browserName } from '../format/names.ts'
import { t, wordFor } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { icon } from '../ui/icons.ts'
import { problemToast, ToastEvent } from '../ui/toast-events.ts'

/** Browsers that wait to be let in; for an owner's page. Nothing where none waits. */
export class SynapsePairingsCard extends LitElement {
  static override properties = { deciding: { state: true } }
  static override styles = [
    controls,
    css`
      .card,
      synapse-notice {
        margin-bottom: 24px;
      }
      .card {
        display: grid;
        gap: 12px;
        border: 1px solid var(--syn-accent);
        background: var(--syn-accent-tint);
      }
      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 12px;
      }
      .who {
        flex: 1 1 180px;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      output {
        font:
          600 16px/24px ui-monospace,
          'SF Mono',
          Menlo,
          Consolas,
          monospace;
      }
      h2 {
        display: flex;
        align-items: center;
        gap: 8px;
        font-size: 14px;
        font-weight: 600;
      }
    `,
  ]

  declare deciding: string | null
  readonly #api = consume(this, apiContext)
  readonly #waiting = new Resource(this, {
    load: loadPairings,
    affects: affectsPairings,
  })
  #wantsFocus = false

  constructor() {
    super()
    this.deciding = null
  }

  /** Focuses the pending pairings once they are loaded; nothing if there are none. */
  focusPage(): void {
    this.#wantsFocus = true
    this.requestUpdate()
  }

  protected override updated() {
    if (!this.#wantsFocus || this.#waiting.pending) return
    this.#wantsFocus = false
    this.renderRoot.querySelector('section')?.focus()
  }

  override render() {
    const { value, problem } = this.#waiting
    if (problem && !value) {
      return html`<synapse-notice tone="error" heading=${t('error.title')}>
        <p>${problem.message}</p>
        <button slot="action" @click=${() => this.#waiting.refresh()}>${t('app.retry')}</button>
      </synapse-notice>`
    }
    if (!value || value.items.length === 0) return nothing
    return html`<section class="card" aria-labelledby="title" tabindex="-1">
      <h2 id="title">${icon('key')} ${t('pairings.title')}</h2>
      <ul role="list">
        ${value.items.map((pairing) => this.#row(pairing))}
      </ul>
      <p class="quiet small">${t('pairings.compare')}</p>
    </section>`
  }

  #row(pairing: Pairing): TemplateResult {
    const busy = this.deciding === pairing.code
    return html`<li>
      <div class="who">
        <output aria-label=${t('pair.code')}>${pairing.code}</output>
        <p>${pairing.label}</p>
        <p class="quiet small agent" title=${pairing.user_agent}>
          ${wordFor('pairings.via', pairing.via)} · ${browserName(pairing.user_agent)}
          ${pairing.origin === null ? nothing : html`· ${pairing.origin}`}
        </p>
      </div>
      <button ?disabled=${busy} @click=${() => this.#decide(pairing, false)}>
        ${t('pairings.refuse')}
      </button>
      <button class="primary" ?disabled=${busy} @click=${() => this.#decide(pairing, true)}>
        ${t('pairings.approve')}
      </button>
    </li>`
  }

  async #decide(pairing: Pairing, approve: boolean) {
    this.deciding = pairing.code
    try {
      await decidePairing(this.#api.value, pairing.code, approve)
      const label = pairing.label === '' ? pairing.code : pairing.label
      const text = t(approve ? 'pairings.approved' : 'pairings.refused', { label })
      this.dispatchEvent(new ToastEvent({ tone: 'good', text }))
    } catch (error) {
      this.dispatchEvent(problemToast(problemOf(error)))
    }
    this.deciding = null
    await this.#waiting.refresh()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-pairings-card': SynapsePairingsCard
  }
}

import { LitElement, css, html, nothing } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Toast } from './toast-events.ts'
import { t } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { icon } from './icons.ts'

const STAYS_MS = 8000
const BAD_STAYS_MS = 20_000
const MAX_SHOWN = 3

interface Shown extends Toast {
  readonly id: number
}

/** Short messages at the foot; they wait while the pointer or the focus is on them. */
export class SynapseToasts extends LitElement {
  static override properties = { shown: { state: true } }
  static override styles = [
    controls,
    css`
      :host {
        position: absolute;
        inset: auto 12px 12px;
        z-index: 2;
        pointer-events: none;
      }
      ul {
        display: grid;
        gap: 8px;
        justify-items: center;
      }
      li {
        display: flex;
        align-items: flex-start;
        gap: 8px;
        width: 100%;
        max-width: 440px;
        padding: 8px 6px 8px 12px;
        border: 1px solid var(--syn-line-strong);
        border-radius: 8px;
        background: var(--syn-dialog);
        box-shadow: var(--syn-shadow);
        pointer-events: auto;
      }
      li > svg {
        margin-top: 6px;
        color: var(--syn-good-text);
      }
      li.bad > svg {
        color: var(--syn-bad-text);
      }
      .words {
        flex: 1;
        min-width: 0;
        padding: 4px 0;
        overflow-wrap: anywhere;
      }
      button.text {
        background: none;
        color: var(--syn-accent-text);
      }
      button.text:hover {
        background: var(--syn-accent-tint);
      }
      @media (prefers-reduced-motion: no-preference) {
        li {
          animation: rise var(--syn-move) ease-out;
        }
        @keyframes rise {
          from {
            opacity: 0;
            transform: translateY(8px);
          }
        }
      }
    `,
  ]

  declare shown: readonly Shown[]
  #next = 0
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>()

  constructor() {
    super()
    this.shown = []
  }

  override disconnectedCallback() {
    super.disconnectedCallback()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    this.shown = []
  }

  /** Shows a message for a while. */
  add(toast: Toast): void {
    const shown = { ...toast, id: this.#next++ }
    this.shown = [...this.shown, shown].slice(-MAX_SHOWN)
    this.#wait(shown)
  }

  override render() {
    return html`<div role="status" aria-live="polite">
      <ul role="list">
        ${repeat(
          this.shown,
          (toast) => toast.id,
          (toast) =>
            html`<li
              class=${toast.tone}
              @pointerenter=${() => this.#hold(toast)}
              @pointerleave=${() => this.#wait(toast)}
              @focusin=${() => this.#hold(toast)}
              @focusout=${() => this.#wait(toast)}
            >
              ${icon(toast.tone === 'good' ? 'check' : 'stop')}
              <div class="words">
                <p>${toast.text}</p>
                ${
                  toast.detail === undefined
                    ? nothing
                    : html`<p class="quiet small">${toast.detail}</p>`
                }
              </div>
              ${
                toast.undo
                  ? html`<button class="small text" @click=${() => this.#undo(toast)}>
                      ${t('app.undo')}
                    </button>`
                  : nothing
              }
              <button
                class="small icon"
                aria-label=${t('app.dismiss')}
                @click=${() => this.#remove(toast)}
              >
                ${icon('close')}
              </button>
            </li>`,
        )}
      </ul>
    </div>`
  }

  #wait(toast: Shown) {
    this.#hold(toast)
    const stays = toast.tone === 'bad' ? BAD_STAYS_MS : STAYS_MS
    this.#timers.set(
      toast.id,
      setTimeout(() => this.#remove(toast), stays),
    )
  }

  #hold(toast: Shown) {
    clearTimeout(this.#timers.get(toast.id))
  }

  #undo(toast: Shown) {
    this.#remove(toast)
    toast.undo?.()
  }

  #remove(toast: Shown) {
    this.#hold(toast)
    this.#timers.delete(toast.id)
    this.shown = this.shown.filter((other) => other.id !== toast.id)
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-toasts': SynapseToasts
  }
}

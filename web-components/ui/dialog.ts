import { LitElement, css, html } from 'lit'
import { CancelEvent } from './dialog-events.ts'
import { controls } from '../theme/controls.ts'

/**
 * A modal dialog that is open while it is connected. Traps the focus, restores it afterwards,
 * closes on Escape. Event `synapse-cancel`: Escape, or a click beside it. Slots: default,
 * `actions`.
 */
export class SynapseDialog extends LitElement {
  static override properties = { heading: {} }
  static override styles = [
    controls,
    css`
      dialog {
        display: flex;
        flex-direction: column;
        width: min(480px, calc(100vw - 24px));
        max-height: min(680px, calc(100dvh - 24px));
        padding: 0;
        border: 1px solid var(--syn-line);
        border-radius: 12px;
        color: inherit;
        background: var(--syn-dialog);
        box-shadow: var(--syn-shadow);
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 55%);
      }
      h2 {
        padding: 20px 20px 0;
        font-size: 16px;
        line-height: 24px;
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .body {
        flex: 1;
        min-height: 0;
        padding: 12px 20px 16px;
        overflow-y: auto;
      }
      .body:focus-visible {
        outline-offset: -3px;
      }
      footer {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: 8px;
        padding: 12px 20px;
        border-top: 1px solid var(--syn-line);
      }
      @media (prefers-reduced-motion: no-preference) {
        dialog {
          animation: rise var(--syn-move) ease-out;
        }
        @keyframes rise {
          from {
            opacity: 0;
            transform: translateY(6px);
          }
        }
      }
    `,
  ]

  declare heading: string
  #before: Element | null = null

  constructor() {
    super()
    this.heading = ''
  }

  override connectedCallback() {
    super.connectedCallback()
    this.#before = deepActiveElement()
  }

  override disconnectedCallback() {
    super.disconnectedCallback()
    const before = this.#before
    setTimeout(() => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    })
  }

  protected override firstUpdated() {
    this.renderRoot.querySelector('dialog')?.showModal()
  }

  #cancel(event: Event) {
    event.preventDefault()
    this.dispatchEvent(new CancelEvent())
  }

  #click(event: MouseEvent) {
    if (event.target instanceof HTMLDialogElement) this.dispatchEvent(new CancelEvent())
  }

  override render() {
    return html`<dialog aria-labelledby="heading" @cancel=${this.#cancel} @click=${this.#click}>
      <h2 id="heading">${this.heading}</h2>
      <div class="body" tabindex="0" role="group" aria-labelledby="heading"><slot></slot></div>
      <footer><slot name="actions"></slot></footer>
    </dialog>`
  }
}

/** The element that has the focus, through all open shadow roots. */
function deepActiveElement(): Element | null {
  let active = document.activeElement
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement
  return active
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-dialog': SynapseDialog
  }
}

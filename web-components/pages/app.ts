import { LitElement, css, html, nothing } from 'lit'
import type { Api } from '../data/connection.ts'
import { controls } from '../theme/controls.ts'

/** Where the elements stand: ComfyUI's sidebar, or a page of their own. */
export type Surface = 'panel' | 'page'

/**
 * The whole of Synapse in a page: asks for a token where there is none, then shows the models.
 * Keeps clipboard and typing events of its own fields from ComfyUI, whose document-wide handlers
 * see only this host and would take them for its canvas.
 */
export class SynapseApp extends LitElement {
  static override properties = {
    api: { attribute: false },
    surface: { reflect: true },
    problem: {},
  }
  static override styles = [
    controls,
    css`
      :host {
        height: 100%;
        background: var(--syn-page);
      }
      :host([surface='page']) {
        height: 100dvh;
      }
    `,
  ]

  declare api: Api | undefined
  declare surface: Surface
  /** A sentence to show above the pairing: why there is no token. */
  declare problem: string
  #stop: (() => void) | undefined

  constructor() {
    super()
    this.surface = 'page'
    this.problem = ''
    for (const type of ['copy', 'cut', 'paste'] as const) {
      this.addEventListener(type, (event) => event.stopPropagation())
    }
    this.addEventListener('keydown', (event) => this.#keydown(event))
  }

  override connectedCallback() {
    super.connectedCallback()
    this.#stop = this.api?.onChange(() => {
      if (this.api?.session) this.problem = ''
      this.requestUpdate()
    })
  }

  override disconnectedCallback() {
    super.disconnectedCallback()
    this.#stop?.()
  }

  override render() {
    const { api } = this
    if (!api) return nothing
    if (api.session === null) {
      return html`<synapse-pair-page
        .api=${api}
        surface=${this.surface}
        problem=${this.problem}
      ></synapse-pair-page>`
    }
    return html`<synapse-shell .api=${api} surface=${this.surface}></synapse-shell>`
  }

  #keydown(event: KeyboardEvent) {
    const inText = isTextField(event.composedPath()[0])
    if (event.key === '/' && !inText && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const found = this.renderRoot.querySelector('synapse-shell')?.focusSearch() ?? false
      if (found) event.preventDefault()
    }
    if (inText || HANDLED_KEYS.has(event.key)) event.stopPropagation()
  }
}

/** Keys that mean something here, or would delete what is selected on the canvas. */
const HANDLED_KEYS = new Set([
  ...['/', 'Enter', ' ', 'Escape', 'Tab', 'Delete', 'Backspace', 'Home', 'End'],
  ...['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'],
])

function isTextField(target: EventTarget | undefined): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-app': SynapseApp
  }
}

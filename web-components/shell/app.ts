import { LitElement, css, html, nothing } from 'lit'
import type { Surface } from '../contexts/surface.ts'
import type { Connection } from '../data/connection.ts'
import { t } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { Outlet } from './outlet.ts'
import { ProvideServices } from './provide-services.ts'
import type { PageRow, PageAccess } from './page.ts'
import type { Router } from './router.ts'

/**
 * The whole of Synapse in a page: provides service and router to all below it, and shows the page
 * that is open, alone where there is no token yet, else in the shell.
 * Keeps clipboard and typing events of its own fields from ComfyUI, whose document-wide handlers
 * see only this host and would take them for its canvas.
 */
export class SynapseApp extends LitElement {
  static override properties = {
    connection: { attribute: false },
    router: { attribute: false },
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

  declare connection: Connection | undefined
  declare router: Router | undefined
  declare surface: Surface
  /** A sentence to show above the pairing: why there is no token. */
  declare problem: string
  readonly #services = new ProvideServices(this)
  readonly #outlet = new Outlet(this)
  #stops: (() => void)[] = []

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
    const { connection, router } = this
    if (!connection || !router) return
    this.#services.begin(connection, router, this.surface)
    this.#follow(connection, router)
    this.#stops = [
      connection.onChange(() => this.#follow(connection, router)),
      router.onChange((moved) => this.#turn(router, moved)),
    ]
  }

  override disconnectedCallback() {
    super.disconnectedCallback()
    for (const stop of this.#stops) stop()
  }

  override render() {
    const { router } = this
    if (!router) return nothing
    if (router.current.access !== 'unpaired') return html`<synapse-shell></synapse-shell>`
    return html`${this.#outlet.pageOf(router.current)}`
  }

  protected override updated() {
    if (this.router && this.surface === 'page') document.title = titleOf(this.router.current)
  }

  #follow(connection: Connection, router: Router) {
    if (connection.session) this.problem = ''
    this.#services.update(connection, this.problem)
    router.admit(accessOf(connection))
  }

  #turn(router: Router, moved: boolean) {
    if (moved && router.current.access === 'unpaired') this.#outlet.focus(router.current)
    this.requestUpdate()
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

function accessOf({ session }: Connection): PageAccess {
  if (session === null) return 'unpaired'
  return session.scope === 'owner' ? 'owner' : 'paired'
}

function titleOf({ path, title }: PageRow): string {
  return path === '/' ? 'Synapse' : `${t(title)} – Synapse`
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

import { LitElement, html, nothing } from 'lit'
import { consume } from '../contexts/consume.ts'
import { linkContext } from '../contexts/link.ts'
import { JobList } from '../controllers/job-list.ts'
import { isOpen } from '../data/jobs.ts'
import { t } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { icon } from '../ui/icons.ts'
import type { ToastEvent } from '../ui/toast-events.ts'
import { RouterController } from './router-controller.ts'
import { Outlet } from './outlet.ts'
import { shellStyles } from './shell.styles.ts'

/** Header, navigation, the page that is open, running work and toasts. */
export class SynapseShell extends LitElement {
  static override styles = [controls, shellStyles]

  readonly #link = consume(this, linkContext)
  readonly #router = new RouterController(this, () =>
    this.#outlet.focus(this.#router.value.current),
  )
  readonly #outlet = new Outlet(this)
  readonly #jobs: JobList = new JobList(this)

  constructor() {
    super()
    this.addEventListener('synapse-toast', (event: ToastEvent) => {
      event.stopPropagation()
      this.renderRoot.querySelector('synapse-toasts')?.add(event.toast)
    })
  }

  override connectedCallback() {
    super.connectedCallback()
    // Who came by the address of a page in the side column is led to it.
    const { current, main } = this.#router.value
    if (current !== main) this.#outlet.focus(current)
  }

  /** Puts the cursor into the search field; reports whether there is one to go to. */
  focusSearch(): boolean {
    return this.#outlet.pageOf(this.#router.value.main)?.focusSearch?.() ?? false
  }

  override render() {
    return html`<header>
        ${this.#back()}
        <h1>Synapse</h1>
        <button
          class="icon"
          title=${t('app.refresh')}
          aria-label=${t('app.refresh')}
          @click=${this.#refresh}
        >
          ${icon('refresh', 18)}
        </button>
      </header>
      <synapse-navigation></synapse-navigation>
      <div class="scroll">${this.#pages()}</div>
      <div class="foot"><synapse-toasts></synapse-toasts></div>
      <synapse-job-bar .jobs=${this.#jobs.jobs.filter(isOpen)}></synapse-job-bar>`
  }

  #back(): unknown {
    const router = this.#router.value
    if (!router.offersBack) return nothing
    const words = t('nav.back')
    return html`<button
      class="icon back"
      title=${words}
      aria-label=${words}
      @click=${() => router.back()}
    >
      ${icon('chevron', 18)}
    </button>`
  }

  #pages(): unknown {
    const { main, beside } = this.#router.value
    return html`<main class=${beside.length > 0 ? 'two' : ''}>
      ${this.#outlet.pageOf(main)}
      ${
        beside.length > 0
          ? html`<aside>${beside.map((row) => this.#outlet.pageOf(row))}</aside>`
          : nothing
      }
    </main>`
  }

  #refresh() {
    this.#link.value.reconnect()
    this.#jobs.refresh()
    this.#outlet.pageOf(this.#router.value.main)?.refresh?.()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-shell': SynapseShell
  }
}

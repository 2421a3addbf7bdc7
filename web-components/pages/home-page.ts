import { LitElement, css, html, nothing, type TemplateResult } from 'lit'
import { foreignStatus } from '../../schemas/client.ts'
import { isAppError, type AppError } from '../../schemas/errors.ts'
import { Resource, problemOf } from '../controllers/resource.ts'
import { SwitchFlow } from '../controllers/switch-flow.ts'
import type { Api } from '../data/connection.ts'
import { concernsPacks, loadPacks } from '../data/packs.ts'
import {
  concernsStatus,
  initStore,
  loadStatus,
  type SwitchIntent,
  type SwitchResult,
  type UiStatus,
} from '../data/profiles.ts'
import { loadStore } from '../data/store.ts'
import {
  problemToast,
  ToImportEvent,
  type ChooseUiEvent,
  type PageEvent,
  type SearchEvent,
  type SwitchEvent,
} from '../events.ts'
import { formatAgo, formatMoment } from '../format/numbers.ts'
import { t } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { sentence } from '../ui/sentence.ts'
import type { Surface } from './app.ts'
import { chosenUi, rememberUi } from './chosen-ui.ts'
import { switchToast } from './switch-toast.ts'

const SEARCH_PAUSE_MS = 200
/** So that "3 min ago" stays true while nothing else happens. */
const CLOCK_MS = 30_000

/** What an interface sees, and the packs to switch to. */
export class SynapseHomePage extends LitElement {
  static override properties = {
    api: { attribute: false },
    surface: { reflect: true },
    ui: { state: true },
    search: { state: true },
  }
  static override styles = [
    controls,
    css`
      .page {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 16px;
      }
      .bone {
        height: 148px;
        border-radius: 12px;
        background: var(--syn-card);
      }
    `,
  ]

  declare api: Api
  declare surface: Surface
  declare ui: string
  declare search: string

  readonly #status = new Resource(this, () => this.api, {
    load: loadStatus,
    concerns: concernsStatus,
  })
  readonly #packs = new Resource(this, () => this.api, {
    // The list is filtered here; the service searches only where it does not fit into a page.
    load: (api, signal) =>
      loadPacks(
        api,
        { search: this.#searchesThere ? this.search : '', offset: this.#from },
        signal,
      ),
    concerns: concernsPacks,
  })
  readonly #store = new Resource(this, () => this.api, {
    load: loadStore,
    concerns: concernsStatus,
  })
  readonly #flow = new SwitchFlow(this, () => this.api, {
    done: (intent, ui, result) => this.#switched(intent, ui, result),
    failed: (problem) => this.dispatchEvent(problemToast(problem)),
  })
  #searchesThere = false
  /** How many packs come before those that are shown. */
  #from = 0
  #searchPause: ReturnType<typeof setTimeout> | undefined
  #clock: ReturnType<typeof setInterval> | undefined

  constructor() {
    super()
    this.surface = 'page'
    this.ui = ''
    this.search = ''
    this.addEventListener('synapse-switch', (event: SwitchEvent) => {
      event.stopPropagation()
      const ui = this.#current()?.ui
      if (ui !== undefined) void this.#flow.ask(event.intent, ui)
    })
    this.addEventListener('synapse-choose-ui', (event: ChooseUiEvent) => {
      event.stopPropagation()
      this.ui = event.ui
      rememberUi(event.ui)
    })
    this.addEventListener('synapse-search', (event: SearchEvent) => {
      event.stopPropagation()
      this.#searchFor(event.text)
    })
    this.addEventListener('synapse-page', (event: PageEvent) => {
      event.stopPropagation()
      this.#from = event.offset
      void this.#packs.refresh()
    })
  }

  override connectedCallback() {
    super.connectedCallback()
    this.#clock = setInterval(() => {
      if (this.#stale) this.requestUpdate()
    }, CLOCK_MS)
  }

  override disconnectedCallback() {
    super.disconnectedCallback()
    clearInterval(this.#clock)
    clearTimeout(this.#searchPause)
  }

  /** Fetches everything again. */
  refresh(): void {
    void this.#status.refresh()
    void this.#packs.refresh()
    void this.#store.refresh()
  }

  /** Puts the cursor into the search field; says whether there is one. */
  focusSearch(): boolean {
    const list = this.renderRoot.querySelector('synapse-pack-list')
    list?.focusSearch()
    return list !== null
  }

  override render() {
    const missing = this.#status.problem
    if (!this.#status.value && isAppError(missing, 'store.not_initialized')) return this.#noStore()
    return html`<div class="page">
        ${this.#banner()} ${this.#offlineParts()} ${this.#statusPart()}
        <synapse-troubles
          .status=${this.#current()}
          .quarantine=${this.#status.value?.quarantine ?? null}
          .notes=${this.#notes.slice(this.#offlineCount)}
          .stale=${this.#stale}
        ></synapse-troubles>
        ${this.#packList()}
      </div>
      ${this.#dialog()}`
  }

  /** True where what is shown may no longer be so. */
  get #stale(): boolean {
    return this.api.link === 'offline' || isAppError(this.#status.problem, 'service.not_running')
  }

  #current(): UiStatus | null {
    const { value } = this.#status
    if (!value) return null
    const ui = chosenUi(value, this.ui, this.surface)
    return value.uis.find((status) => status.ui === ui) ?? null
  }

  #banner(): unknown {
    const { at } = this.#status
    if (!this.#stale) return nothing
    const since =
      at === undefined ? '' : t('offline.since', { time: formatMoment(at), ago: formatAgo(at) })
    const status = foreignStatus(this.api.foreign)
    const words =
      status === null
        ? { heading: t('offline.title'), how: t('offline.start') }
        : { heading: t('foreign.title', { status }), how: t('foreign.how') }
    return html`<synapse-notice tone="offline" heading=${words.heading}>
      <p>${since} ${words.how}</p>
      <button slot="action" @click=${this.#retry}>${t('app.retry')}</button>
    </synapse-notice>`
  }

  get #notes(): readonly string[] {
    return this.#store.value?.notes ?? []
  }

  /** So many of the notes, the first ones, tell of parts of the store that are offline. */
  get #offlineCount(): number {
    return this.#store.value?.offline.length ?? 0
  }

  #offlineParts(): unknown {
    if (this.#offlineCount === 0) return nothing
    return html`<synapse-notice tone="offline" heading=${t('store.offline')}>
      ${this.#notes.slice(0, this.#offlineCount).map((note) => html`<p>${sentence(note)}</p>`)}
    </synapse-notice>`
  }

  #statusPart(): unknown {
    const { value, problem, slow } = this.#status
    const failed =
      problem && !isAppError(problem, 'service.not_running') ? this.#failure(problem) : nothing
    if (!value) return slow ? html`<div class="bone"></div>` : failed
    const { state } = this.#flow
    return html`${failed}
      ${
        value.uis.length > 1
          ? html`<synapse-ui-tabs
              .uis=${value.uis.map(({ ui }) => ui)}
              chosen=${this.#current()?.ui ?? ''}
            ></synapse-ui-tabs>`
          : nothing
      }
      <synapse-state-card
        .status=${this.#current()}
        .stale=${this.#stale}
        .busy=${state.step === 'planning' ? state.intent.action : null}
      ></synapse-state-card>`
  }

  #packList(): TemplateResult | typeof nothing {
    const { value, problem, slow } = this.#packs
    const offline = isAppError(problem, 'service.not_running')
    if (!value && (offline || this.#toldAbove(problem))) return nothing
    const { state } = this.#flow
    const planning = state.step === 'planning' && state.intent.action === 'use'
    return html`<synapse-pack-list
      .page=${value}
      .search=${this.search}
      .ui=${this.#current()?.ui ?? ''}
      .current=${this.#current()?.pack ?? null}
      .busy=${planning ? state.intent.pack : null}
      .stale=${this.#stale}
      .loading=${slow}
      .failed=${problem !== undefined}
    >
      ${problem && !offline ? this.#failure(problem, 'problem') : nothing} ${this.#noPacks()}
    </synapse-pack-list>`
  }

  /** The same failure is told once: that of the status stands above. */
  #toldAbove(problem: AppError | undefined): boolean {
    const above = this.#status.problem
    return (
      problem !== undefined && above?.code === problem.code && above.message === problem.message
    )
  }

  #noPacks(): TemplateResult {
    return html`<synapse-notice slot="empty" tone="empty" heading=${t('packs.empty')}>
      ${
        this.surface === 'panel'
          ? html`<p>${t('packs.empty_panel')}</p>`
          : html`<button slot="action" class="primary" @click=${this.#toImport}>
              ${t('packs.empty_action')}
            </button>`
      }
    </synapse-notice>`
  }

  #failure(problem: AppError, slot = ''): TemplateResult {
    return html`<synapse-notice slot=${slot} tone="error" heading=${t('error.title')}>
      <p>${problem.message}</p>
      ${problem.hint === undefined ? nothing : html`<p>${problem.hint}</p>`}
      <p>${t('error.untouched')}</p>
      <button slot="action" @click=${this.#retry}>${t('app.retry')}</button>
    </synapse-notice>`
  }

  #noStore(): TemplateResult {
    return html`<synapse-notice tone="empty" heading=${t('store.none')}>
      <button slot="action" class="primary" @click=${this.#init}>${t('store.init')}</button>
    </synapse-notice>`
  }

  #dialog(): unknown {
    const { state } = this.#flow
    if (state.step !== 'shown' && state.step !== 'applying') return nothing
    return html`<synapse-plan-dialog
      .shown=${state}
      @synapse-confirm=${() => this.#flow.confirm()}
      @synapse-cancel=${() => this.#flow.cancel()}
    ></synapse-plan-dialog>`
  }

  #switched(intent: SwitchIntent, ui: string, result: SwitchResult) {
    const undo = () => void this.#flow.run({ action: 'back' }, ui)
    this.dispatchEvent(switchToast(intent, ui, result, undo))
    this.refresh()
  }

  #searchFor(text: string) {
    this.search = text
    const page = this.#packs.value
    this.#searchesThere ||= page !== undefined && page.total > page.items.length
    if (!this.#searchesThere) return
    this.#from = 0
    clearTimeout(this.#searchPause)
    this.#searchPause = setTimeout(() => void this.#packs.refresh(), SEARCH_PAUSE_MS)
  }

  #retry() {
    this.api.reconnect()
    this.refresh()
  }

  #toImport() {
    this.dispatchEvent(new ToImportEvent())
  }

  async #init() {
    try {
      await initStore(this.api)
    } catch (error) {
      this.dispatchEvent(problemToast(problemOf(error)))
    }
    this.refresh()
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-home-page': SynapseHomePage
  }
}

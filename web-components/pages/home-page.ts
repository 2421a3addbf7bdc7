import { LitElement, css, html, nothing, type TemplateResult } from 'lit'
import { isAppError, type AppError } from '../../schemas/errors.ts'
import { apiContext } from '../contexts/api.ts'
import { consume } from '../contexts/consume.ts'
import { linkContext } from '../contexts/link.ts'
import { routerContext } from '../contexts/router.ts'
import { surfaceContext } from '../contexts/surface.ts'
import { PackFinder } from '../controllers/pack-finder.ts'
import { Resource, problemOf } from '../controllers/resource.ts'
import { SwitchFlow } from '../controllers/switch-flow.ts'
import type { ChooseUiEvent, SwitchEvent } from '../data/profile-events.ts'
import {
  affectsStatus,
  initStore,
  loadStatus,
  type SwitchIntent,
  type SwitchResult,
  type UiStatus,
} from '../data/profiles.ts'
import { loadStore } from '../data/store.ts'
import { controls } from '../theme/controls.ts'
import type { SynapsePackList } from '../ui/pack-list.ts'
import { problemToast } from '../ui/toast-events.ts'
import { chosenUi, rememberUi } from './chosen-ui.ts'
import {
  failureNotice,
  noPacksNotice,
  noStoreNotice,
  offlineNotice,
  offlineParts,
} from './home-notices.ts'
import { switchToast } from './switch-toast.ts'

/** So that "3 min ago" stays true while nothing else happens. */
const CLOCK_MS = 30_000

/** What an interface sees, and the packs to switch to. */
export class SynapseHomePage extends LitElement {
  static override properties = { ui: { state: true } }
  static override styles = [
    controls,
    css`
      .page {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 16px;
      }
      .page:focus {
        outline: none;
      }
      .bone {
        height: 148px;
        border-radius: 12px;
        background: var(--syn-card);
      }
    `,
  ]

  declare ui: string
  readonly #api = consume(this, apiContext)
  readonly #link = consume(this, linkContext)
  readonly #router = consume(this, routerContext)
  readonly #surface = consume(this, surfaceContext)
  readonly #status = new Resource(this, { load: loadStatus, affects: affectsStatus })
  readonly #finder = new PackFinder(this)
  readonly #store = new Resource(this, { load: loadStore, affects: affectsStatus })
  readonly #flow = new SwitchFlow(this, {
    done: (intent, ui, result) => this.#switched(intent, ui, result),
    failed: (problem) => this.dispatchEvent(problemToast(problem)),
  })
  readonly #retry = () => {
    this.#link.value.reconnect()
    this.refresh()
  }
  #clock: ReturnType<typeof setInterval> | undefined

  constructor() {
    super()
    this.ui = ''
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
  }

  /** Fetches everything again. */
  refresh(): void {
    void this.#status.refresh()
    void this.#finder.packs.refresh()
    void this.#store.refresh()
  }

  /** Puts the focus on the page as a whole. */
  focusPage(): void {
    this.renderRoot.querySelector<HTMLElement>('.page')?.focus()
  }

  /** Puts the cursor into the search field; reports whether there is one. */
  focusSearch(): boolean {
    const list = this.renderRoot.querySelector<SynapsePackList>('synapse-pack-list')
    list?.focusSearch()
    return list !== null
  }

  override render() {
    const missing = this.#status.problem
    if (!this.#status.value && isAppError(missing, 'store.not_initialized')) {
      return noStoreNotice(() => void this.#init())
    }
    const { at } = this.#status
    const { foreign } = this.#link.value
    return html`<div class="page" tabindex="-1">
        ${this.#stale ? offlineNotice(at, foreign, this.#retry) : nothing}
        ${offlineParts(this.#notes.slice(0, this.#offlineCount))} ${this.#statusPart()}
        <synapse-issues
          .status=${this.#current()}
          .quarantine=${this.#status.value?.quarantine ?? null}
          .notes=${this.#notes.slice(this.#offlineCount)}
          .stale=${this.#stale}
        ></synapse-issues>
        ${this.#packList()}
      </div>
      ${this.#dialog()}`
  }

  /** True where what is shown may no longer be so. */
  get #stale(): boolean {
    const { state } = this.#link.value
    return state === 'offline' || isAppError(this.#status.problem, 'service.not_running')
  }

  #current(): UiStatus | null {
    const { value } = this.#status
    if (!value) return null
    const ui = chosenUi(value, this.ui, this.#surface.value)
    return value.uis.find((status) => status.ui === ui) ?? null
  }

  get #notes(): readonly string[] {
    return this.#store.value?.notes ?? []
  }

  /** How many of the notes, the first ones, are on offline parts of the store. */
  get #offlineCount(): number {
    return this.#store.value?.offline.length ?? 0
  }

  #statusPart(): unknown {
    const { value, problem, slow } = this.#status
    const failed =
      problem && !isAppError(problem, 'service.not_running')
        ? failureNotice(problem, this.#retry)
        : nothing
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
    const { value, problem, slow } = this.#finder.packs
    const offline = isAppError(problem, 'service.not_running')
    if (!value && (offline || this.#isShownAbove(problem))) return nothing
    const { state } = this.#flow
    const planning = state.step === 'planning' && state.intent.action === 'use'
    const toImport = () => this.#router.value.go('import')
    return html`<synapse-pack-list
      .page=${value}
      .search=${this.#finder.search}
      .ui=${this.#current()?.ui ?? ''}
      .current=${this.#current()?.pack ?? null}
      .busy=${planning ? state.intent.pack : null}
      .stale=${this.#stale}
      .loading=${slow}
      .failed=${problem !== undefined}
    >
      ${problem && !offline ? failureNotice(problem, this.#retry, 'problem') : nothing}
      ${noPacksNotice(this.#surface.value === 'page' ? toImport : null)}
    </synapse-pack-list>`
  }

  /** The same failure is shown once: that of the status is above. */
  #isShownAbove(problem: AppError | undefined): boolean {
    const above = this.#status.problem
    return (
      problem !== undefined && above?.code === problem.code && above.message === problem.message
    )
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
    this.dispatchEvent(switchToast({ intent, ui, result }, undo))
    this.refresh()
  }

  async #init() {
    try {
      await initStore(this.#api.value)
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

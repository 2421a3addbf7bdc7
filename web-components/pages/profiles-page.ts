import { LitElement, html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { consume } from '../contexts/consume.ts'
import { linkContext } from '../contexts/link.ts'
import { surfaceContext } from '../contexts/surface.ts'
import { ProfileChanges } from '../controllers/profile-changes.ts'
import { Resource } from '../controllers/resource.ts'
import { SwitchFlow } from '../controllers/switch-flow.ts'
import type { OpenProfileEvent, SwitchEvent } from '../data/profile-events.ts'
import { affectsProfiles, loadProfiles, type ProfileSummary } from '../data/profile-list.ts'
import { affectsStatus, loadStatus } from '../data/profiles.ts'
import { profileTitle, shortenedName } from '../format/names.ts'
import { t } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { icon } from '../ui/icons.ts'
import { focusNameForm, nameForm } from '../ui/name-form.ts'
import { problemToast } from '../ui/toast-events.ts'
import { chosenUi } from './chosen-ui.ts'
import { failureNotice } from './home-notices.ts'
import { profilesStyles } from './profiles-page.styles.ts'
import { switchToast } from './switch-toast.ts'

/** All profiles, and one of them opened. */
export class SynapseProfilesPage extends LitElement {
  static override properties = { open: { state: true }, naming: { state: true } }
  static override styles = [controls, profilesStyles]

  /** The profile that is opened. */
  declare open: string | null
  /** True while the name of a new profile is typed. */
  declare naming: boolean
  readonly #link = consume(this, linkContext)
  readonly #surface = consume(this, surfaceContext)
  readonly #profiles = new Resource(this, { load: loadProfiles, affects: affectsProfiles })
  readonly #status = new Resource(this, { load: loadStatus, affects: affectsStatus })
  readonly #changes: ProfileChanges = new ProfileChanges(this, () => this.refresh())
  readonly #flow = new SwitchFlow(this, {
    done: (intent, ui, result) => {
      this.dispatchEvent(switchToast({ intent, ui, result }, () => undefined))
      this.refresh()
    },
    failed: (problem) => this.dispatchEvent(problemToast(problem)),
  })

  constructor() {
    super()
    this.open = 'global'
    this.naming = false
    this.addEventListener('synapse-open-profile', (event: OpenProfileEvent) => {
      event.stopPropagation()
      this.open = event.name
      this.refresh()
    })
    this.addEventListener('synapse-switch', (event: SwitchEvent) => {
      event.stopPropagation()
      void this.#flow.ask(event.intent, this.#ui)
    })
  }

  /** Fetches everything again. */
  refresh(): void {
    void this.#profiles.refresh()
    void this.#status.refresh()
  }

  /** Puts the focus on the page as a whole. */
  focusPage(): void {
    this.renderRoot.querySelector<HTMLElement>('section')?.focus()
  }

  protected override updated(changed: Map<string, unknown>) {
    if (changed.has('naming') && this.naming) focusNameForm(this.renderRoot)
  }

  override render() {
    return html`<section tabindex="-1" aria-labelledby="title">
        <div class="title">
          <h2 id="title" class="label">${t('profiles.title')}</h2>
          <button
            class="small"
            ?disabled=${this.#stale || this.#changes.busy}
            @click=${() => (this.naming = true)}
          >
            ${icon('plus')} ${t('profiles.new')}
          </button>
        </div>
        ${this.naming ? this.#nameForm() : nothing} ${this.#content()}
      </section>
      ${this.#plan()}`
  }

  /** True where what is shown may no longer be so. */
  get #stale(): boolean {
    return this.#link.value.state === 'offline'
  }

  /** The interface in which a profile can be shown from here. */
  get #ui(): string {
    const status = this.#status.value
    return status ? chosenUi(status, '', this.#surface.value) : ''
  }

  #nameForm(): TemplateResult {
    return nameForm({
      value: '',
      label: t('profiles.name'),
      action: t('profiles.create'),
      busy: this.#changes.busy,
      onName: (name) => void this.#create(name),
      onCancel: () => (this.naming = false),
    })
  }

  #content(): unknown {
    const { value, problem, slow } = this.#profiles
    if (!value) {
      if (slow) return html`<div class="bone"></div>`
      return problem ? failureNotice(problem, () => this.refresh()) : nothing
    }
    const own = value.filter((profile) => !profile.derived)
    const derived = value.filter((profile) => profile.derived)
    const all = own.some(({ name }) => name === 'global') ? own : [GLOBAL, ...own]
    return html`${this.#list(all)}
    ${
      derived.length > 0
        ? html`<h3 class="label">${t('profiles.derived')}</h3>
            ${this.#list(derived)}`
        : nothing
    }`
  }

  #list(profiles: readonly ProfileSummary[]): TemplateResult {
    return html`<div class="list">
      ${repeat(
        profiles,
        ({ name }) => name,
        (profile) => this.#profile(profile),
      )}
    </div>`
  }

  #profile(profile: ProfileSummary): TemplateResult {
    const { name, packs, derived } = profile
    const isOpen = name === this.open
    const isShown = this.#status.value?.uis.some(
      (status) => status.ui === this.#ui && status.active === name,
    )
    return html`<div class="card">
      <button
        class="toggle"
        aria-expanded=${isOpen ? 'true' : 'false'}
        @click=${() => (this.open = isOpen ? null : name)}
      >
        ${icon('chevron')}
        <span class="grow">${shortenedName(profileTitle(name))}</span>
        ${chips(profile)}
        <span class="meta">${t('profiles.packs_n', { n: packs })}</span>
      </button>
      ${
        isOpen
          ? html`<synapse-profile-editor
              name=${name}
              ui=${isShown === true ? '' : this.#ui}
              .derived=${derived}
              .stale=${this.#stale}
            ></synapse-profile-editor>`
          : nothing
      }
    </div>`
  }

  #plan(): unknown {
    const { state } = this.#flow
    if (state.step !== 'shown' && state.step !== 'applying') return nothing
    return html`<synapse-plan-dialog
      .shown=${state}
      @synapse-confirm=${() => this.#flow.confirm()}
      @synapse-cancel=${() => this.#flow.cancel()}
    ></synapse-plan-dialog>`
  }

  async #create(name: string) {
    if (!(await this.#changes.create(name))) return
    this.naming = false
    this.open = name
  }
}

function chips({ active_in_uis: uis, broken }: ProfileSummary): unknown {
  if (broken === undefined) return uis.map((ui) => html`<span class="chip active">${ui}</span>`)
  return html`<span class="chip warn" title=${broken}>${t('packs.broken')}</span>`
}

/** The global profile where no document of it was written yet. */
const GLOBAL: ProfileSummary = {
  name: 'global',
  packs: 0,
  conflicts_mode: 'last_wins',
  derived: false,
  active_in_uis: [],
  in_stack_of_uis: [],
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-profiles-page': SynapseProfilesPage
  }
}

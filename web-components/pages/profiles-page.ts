import { LitElement, html, nothing, type TemplateResult } from 'lit'
import { isAppError } from '../../schemas/errors.ts'
import { apiContext } from '../contexts/api.ts'
import { consume } from '../contexts/consume.ts'
import { linkContext } from '../contexts/link.ts'
import { surfaceContext } from '../contexts/surface.ts'
import { ProfileChanges } from '../controllers/profile-changes.ts'
import { Resource, problemOf } from '../controllers/resource.ts'
import { SwitchFlow } from '../controllers/switch-flow.ts'
import { affectsPacks, loadPacks } from '../data/packs.ts'
import type { MovePackEvent, RemovePackEvent } from '../data/profile-events.ts'
import {
  affectsProfiles,
  loadProfile,
  loadProfiles,
  planDeletion,
  type ProfileDeletion,
  type ProfileDetail,
  type ProfileSummary,
} from '../data/profile-list.ts'
import { affectsStatus, loadStatus } from '../data/profiles.ts'
import { profileTitle, shortenedName } from '../format/names.ts'
import { t, wordFor } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { icon } from '../ui/icons.ts'
import { problemToast } from '../ui/toast-events.ts'
import { chosenUi } from './chosen-ui.ts'
import { failureNotice } from './home-notices.ts'
import { profilesStyles } from './profiles-page.styles.ts'
import { switchToast } from './switch-toast.ts'

const MODES = ['last_wins', 'first_wins', 'strict'] as const

/** Profiles, and the packs of the one that is open: their order, who wins, what is shown. */
export class SynapseProfilesPage extends LitElement {
  static override properties = {
    open: { state: true },
    naming: { state: true },
    deletion: { state: true },
  }
  static override styles = [controls, profilesStyles]

  /** The profile whose packs are shown. */
  declare open: string | null
  /** What a name is being typed for. */
  declare naming: 'new' | 'rename' | null
  /** What a deletion would do that waits for its confirmation. */
  declare deletion: ProfileDeletion | null
  readonly #api = consume(this, apiContext)
  readonly #link = consume(this, linkContext)
  readonly #surface = consume(this, surfaceContext)
  readonly #profiles = new Resource(this, { load: loadProfiles, affects: affectsProfiles })
  readonly #detail = new Resource<ProfileDetail | null>(this, {
    load: (api, signal) =>
      this.open === null ? Promise.resolve(null) : loadProfile(api, this.open, signal),
    affects: affectsProfiles,
  })
  readonly #packs = new Resource(this, {
    load: (api, signal) => loadPacks(api, { search: '', offset: 0 }, signal),
    affects: affectsPacks,
  })
  readonly #status = new Resource(this, { load: loadStatus, affects: affectsStatus })
  readonly #changes = new ProfileChanges(this, () => this.refresh())
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
    this.naming = null
    this.deletion = null
    this.addEventListener('synapse-move-pack', (event: MovePackEvent) => {
      event.stopPropagation()
      this.#move(event)
    })
    this.addEventListener('synapse-remove-pack', (event: RemovePackEvent) => {
      event.stopPropagation()
      this.#takeOut(event.pack)
    })
  }

  /** Fetches everything again. */
  refresh(): void {
    void this.#profiles.refresh()
    void this.#detail.refresh()
    void this.#status.refresh()
  }

  /** Puts the focus on the page as a whole. */
  focusPage(): void {
    this.renderRoot.querySelector<HTMLElement>('section')?.focus()
  }

  override render() {
    return html`<section tabindex="-1" aria-labelledby="title">
        <div class="title">
          <h2 id="title" class="label">${t('profiles.title')}</h2>
          <button
            class="small"
            ?disabled=${this.#stale || this.#changes.busy}
            @click=${() => (this.naming = 'new')}
          >
            ${icon('plus')} ${t('profiles.new')}
          </button>
        </div>
        ${this.naming === 'new' ? this.#nameForm('', t('profiles.create')) : nothing}
        ${this.#content()}
      </section>
      ${this.#plan()} ${this.#deletionDialog()}`
  }

  /** True where what is shown may no longer be so. */
  get #stale(): boolean {
    return this.#link.value.state === 'offline'
  }

  #content(): unknown {
    const { value, problem, slow } = this.#profiles
    if (!value) {
      if (slow) return html`<div class="bone"></div>`
      return problem ? failureNotice(problem, () => this.refresh()) : nothing
    }
    const own = value.filter((profile) => !profile.derived)
    const all = own.some(({ name }) => name === 'global') ? own : [GLOBAL, ...own]
    const derived = value.filter((profile) => profile.derived)
    return html`<div class="list">${all.map((profile) => this.#profile(profile))}</div>
      ${
        derived.length > 0
          ? html`<h3 class="label">${t('profiles.derived')}</h3>
              <div class="list">${derived.map((profile) => this.#profile(profile))}</div>`
          : nothing
      }`
  }

  #profile(profile: ProfileSummary): TemplateResult {
    const { name, packs, active_in_uis: uis, broken } = profile
    const isOpen = name === this.open
    return html`<div class="card">
      <button
        class="toggle"
        aria-expanded=${isOpen ? 'true' : 'false'}
        @click=${() => this.#toggle(isOpen ? null : name)}
      >
        ${icon('chevron')}
        <span class="grow">${shortenedName(profileTitle(name))}</span>
        ${
          broken === undefined
            ? uis.map((ui) => html`<span class="chip active">${ui}</span>`)
            : html`<span class="chip warn" title=${broken}>${t('packs.broken')}</span>`
        }
        <span class="meta">${t('profiles.packs_n', { n: packs })}</span>
      </button>
      ${isOpen ? this.#body(profile) : nothing}
    </div>`
  }

  #body(profile: ProfileSummary): unknown {
    const { value, problem } = this.#detail
    if (value?.summary.name !== profile.name) {
      return problem && !isAppError(problem, 'service.not_running')
        ? html`<div class="body">${failureNotice(problem, () => this.refresh())}</div>`
        : html`<div class="body"><div class="bone"></div></div>`
    }
    const packs = profile.derived ? value.order : packsOf(value)
    return html`<div class="body">
      ${
        packs.length === 0
          ? html`<p class="quiet">${t('profiles.empty')}</p>`
          : html`<div>
              <p class="quiet small">
                ${t(profile.derived ? 'profiles.derived_why' : 'profiles.order_why')}
              </p>
              <synapse-pack-order
                .packs=${packs}
                .fixed=${profile.derived || this.#stale}
              ></synapse-pack-order>
            </div>`
      }
      ${profile.derived ? nothing : this.#settings(value)} ${this.#buttons(profile)}
    </div>`
  }

  #settings(detail: ProfileDetail): TemplateResult {
    const there = new Set(packsOf(detail))
    const others = (this.#packs.value?.items ?? []).filter(({ name }) => !there.has(name))
    return html`<div class="field">
        <label for="add">${t('profiles.add')}</label>
        <select id="add" ?disabled=${this.#stale || others.length === 0} @change=${this.#add}>
          <option value="">
            ${t(others.length === 0 ? 'profiles.add_none' : 'profiles.add_choose')}
          </option>
          ${others.map(({ name }) => html`<option value=${name}>${name}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="mode">${t('profiles.mode')}</label>
        <select id="mode" ?disabled=${this.#stale} @change=${this.#setMode}>
          ${MODES.map(
            (mode) =>
              html`<option value=${mode} ?selected=${mode === detail.summary.conflicts_mode}>
                ${wordFor('profiles.mode', mode)}
              </option>`,
          )}
        </select>
      </div>`
  }

  #buttons({ name, derived }: ProfileSummary): TemplateResult {
    const status = this.#status.value
    const ui = status ? chosenUi(status, '', this.#surface.value) : ''
    const isShown = status?.uis.find((one) => one.ui === ui)?.active === name
    const isOwn = !derived && name !== 'global'
    const disabled = this.#stale || this.#changes.busy
    if (this.naming === 'rename') return this.#nameForm(name, t('profiles.rename'))
    return html`<div class="buttons">
      ${
        ui === '' || isShown
          ? nothing
          : html`<button
              ?disabled=${disabled}
              @click=${() => void this.#flow.ask({ action: 'activate', profile: name }, ui)}
            >
              ${t('profiles.show', { ui })}
            </button>`
      }
      ${
        isOwn
          ? html`<button ?disabled=${disabled} @click=${() => (this.naming = 'rename')}>
              ${t('profiles.rename')}
            </button>`
          : nothing
      }
      ${
        name === 'global'
          ? nothing
          : html`<button ?disabled=${disabled} @click=${() => void this.#planDeletion(name)}>
              ${t('profiles.delete')}
            </button>`
      }
    </div>`
  }

  #nameForm(name: string, action: string): TemplateResult {
    return html`<form @submit=${this.#named} @keydown=${this.#nameKey}>
      <input
        type="text"
        name="name"
        autocomplete="off"
        spellcheck="false"
        maxlength="200"
        aria-label=${t('profiles.name')}
        placeholder=${t('profiles.name')}
        .value=${name}
        autofocus
      />
      <button type="submit" class="primary" ?disabled=${this.#changes.busy}>${action}</button>
      <button type="button" @click=${() => (this.naming = null)}>${t('app.cancel')}</button>
    </form>`
  }

  protected override updated(changed: Map<string, unknown>) {
    if (!changed.has('naming') || this.naming === null) return
    const input = this.renderRoot.querySelector<HTMLInputElement>('form input')
    input?.focus()
    input?.select()
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

  #deletionDialog(): unknown {
    const { deletion } = this
    if (deletion === null) return nothing
    const { profile: name, goes_back_in_uis: uis } = deletion
    return html`<synapse-dialog
      heading=${t('profiles.delete_ask', { name: profileTitle(name) })}
      @synapse-cancel=${() => (this.deletion = null)}
    >
      <p>${t('profiles.delete_why')}</p>
      ${uis.length > 0 ? html`<p>${t('profiles.goes_back', { uis: uis.join(', ') })}</p>` : nothing}
      <button slot="actions" @click=${() => (this.deletion = null)}>${t('app.cancel')}</button>
      <button slot="actions" class="primary" @click=${() => void this.#delete(name)}>
        ${t('profiles.delete')}
      </button>
    </synapse-dialog>`
  }

  #toggle(name: string | null) {
    this.open = name
    this.naming = null
    void this.#detail.refresh()
  }

  #before(): { readonly name: string; readonly packs: readonly string[] } | null {
    const { value } = this.#detail
    return value ? { name: value.summary.name, packs: packsOf(value) } : null
  }

  #move({ pack, before, packs }: MovePackEvent) {
    const now = this.#before()
    const { value } = this.#detail
    if (now === null || !value) return
    namesOf.set(value, packs)
    const move = before === null ? { pack, to: 'last' as const } : { pack, before }
    void this.#changes.edit({
      name: now.name,
      edit: { move },
      text: t('profiles.moved', { pack }),
      back: { packs: [...now.packs] },
    })
  }

  #takeOut(pack: string) {
    const now = this.#before()
    if (now === null) return
    void this.#changes.edit({
      name: now.name,
      edit: { remove: [pack] },
      text: t('profiles.taken_out', { pack, profile: profileTitle(now.name) }),
      back: { packs: [...now.packs] },
    })
  }

  #add(event: Event) {
    const now = this.#before()
    const { target } = event
    if (now === null || !(target instanceof HTMLSelectElement) || target.value === '') return
    const pack = target.value
    target.value = ''
    void this.#changes.edit({
      name: now.name,
      edit: { add: [pack] },
      text: t('profiles.added', { pack, profile: profileTitle(now.name) }),
      back: { remove: [pack] },
    })
  }

  #setMode(event: Event) {
    const before = this.#detail.value?.summary
    const { target } = event
    if (!before || !(target instanceof HTMLSelectElement)) return
    const mode = MODES.find((one) => one === target.value)
    const modeBefore = MODES.find((one) => one === before.conflicts_mode)
    if (mode === undefined || modeBefore === undefined) return
    void this.#changes.edit({
      name: before.name,
      edit: { conflicts_mode: mode },
      text: t('profiles.mode_set', { mode: wordFor('profiles.mode', mode) }),
      back: { conflicts_mode: modeBefore },
    })
  }

  async #named(event: SubmitEvent) {
    event.preventDefault()
    const input = this.renderRoot.querySelector<HTMLInputElement>('form input')
    const name = input?.value.trim() ?? ''
    if (name === '') return
    const done = this.naming === 'new' ? await this.#changes.create(name) : await this.#rename(name)
    if (!done) return
    this.#toggle(name)
  }

  async #rename(next: string): Promise<boolean> {
    const { open: name } = this
    if (name === null || name === next) return name === next
    return this.#changes.edit({
      name,
      edit: { rename_to: next },
      text: t('profiles.renamed', { name, next }),
      back: { rename_to: name },
      nameAfter: next,
    })
  }

  #nameKey(event: KeyboardEvent) {
    if (event.key === 'Escape') this.naming = null
  }

  async #planDeletion(name: string) {
    try {
      this.deletion = await planDeletion(this.#api.value, name)
    } catch (error) {
      this.dispatchEvent(problemToast(problemOf(error)))
    }
  }

  async #delete(name: string) {
    this.deletion = null
    if (await this.#changes.delete(name)) this.#toggle(null)
  }
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

const namesOf = new WeakMap<ProfileDetail, readonly string[]>()

/** The packs of a profile, as it was answered or as the user has moved them since. */
function packsOf(detail: ProfileDetail): readonly string[] {
  const names = namesOf.get(detail) ?? (detail.profile.packs ?? []).map(({ name }) => name)
  namesOf.set(detail, names)
  return names
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-profiles-page': SynapseProfilesPage
  }
}

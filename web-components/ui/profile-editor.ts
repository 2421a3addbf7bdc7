import { LitElement, css, html, nothing, type TemplateResult } from 'lit'
import { apiContext } from '../contexts/api.ts'
import { consume } from '../contexts/consume.ts'
import { ProfileChanges } from '../controllers/profile-changes.ts'
import { Resource, problemOf } from '../controllers/resource.ts'
import { affectsPacks, loadPacks } from '../data/packs.ts'
import {
  OpenProfileEvent,
  SwitchEvent,
  type MovePackEvent,
  type RemovePackEvent,
} from '../data/profile-events.ts'
import {
  affectsProfiles,
  loadProfile,
  planDeletion,
  type ProfileDeletion,
  type ProfileDetail,
} from '../data/profile-list.ts'
import { profileTitle } from '../format/names.ts'
import { t, wordFor } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { focusNameForm, nameForm } from './name-form.ts'
import { problemToast } from './toast-events.ts'

const MODES = ['last_wins', 'first_wins', 'strict'] as const

/**
 * The packs of one profile and their order, which pack wins, and its name. What is changed is
 * changed at once; the toast undoes it.
 * Events `synapse-open-profile`: it has another name, or is gone; `synapse-switch`: it is to be
 * shown.
 */
export class SynapseProfileEditor extends LitElement {
  static override properties = {
    name: {},
    derived: { type: Boolean },
    stale: { type: Boolean, reflect: true },
    ui: {},
    renaming: { state: true },
    deletion: { state: true },
  }
  static override styles = [
    controls,
    css`
      .body {
        display: grid;
        gap: 16px;
        grid-template-columns: minmax(0, 1fr);
        padding: 8px 8px 12px;
      }
      .why {
        margin-bottom: 8px;
      }
      .buttons,
      form {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      form > input {
        flex: 1 1 160px;
        width: auto;
        min-width: 0;
      }
      .bone {
        height: 144px;
        border-radius: 8px;
        background: var(--syn-raised);
      }
    `,
  ]

  declare name: string
  /** True where it follows from a pack: nothing of it can be changed. */
  declare derived: boolean
  declare stale: boolean
  /** The interface that it can be shown in; empty where it is shown already, or there is none. */
  declare ui: string
  declare renaming: boolean
  /** What a deletion would do that waits for its confirmation. */
  declare deletion: ProfileDeletion | null
  readonly #api = consume(this, apiContext)
  readonly #detail = new Resource(this, {
    load: (api, signal) => loadProfile(api, this.name, signal),
    affects: affectsProfiles,
  })
  readonly #packs = new Resource(this, {
    load: (api, signal) => loadPacks(api, { search: '', offset: 0 }, signal),
    affects: affectsPacks,
  })
  readonly #changes = new ProfileChanges(this, () => void this.#detail.refresh())

  constructor() {
    super()
    this.name = ''
    this.derived = false
    this.stale = false
    this.ui = ''
    this.renaming = false
    this.deletion = null
  }

  protected override updated(changed: Map<string, unknown>) {
    if (changed.has('renaming') && this.renaming) focusNameForm(this.renderRoot)
  }

  override render() {
    const { value, problem } = this.#detail
    if (!value) {
      return html`<div class="body">
        ${problem ? html`<p>${problem.message}</p>` : html`<div class="bone"></div>`}
      </div>`
    }
    return html`<div class="body">
        ${this.#order(value)} ${this.derived ? nothing : this.#settings(value)}
        ${this.renaming ? this.#nameForm() : this.#buttons()}
      </div>
      ${this.#deletionDialog()}`
  }

  #order(detail: ProfileDetail): TemplateResult {
    const packs = this.derived ? detail.order : packsOf(detail)
    if (packs.length === 0) return html`<p class="quiet">${t('profiles.empty')}</p>`
    const why = this.derived ? 'profiles.derived_why' : 'profiles.order_why'
    return html`<div>
      <p class="quiet small why">${t(why)}</p>
      <synapse-pack-order
        .packs=${packs}
        .fixed=${this.derived || this.stale}
        @synapse-move-pack=${this.#move}
        @synapse-remove-pack=${this.#takeOut}
      ></synapse-pack-order>
    </div>`
  }

  #settings(detail: ProfileDetail): TemplateResult {
    const there = new Set(packsOf(detail))
    const others = (this.#packs.value?.items ?? []).filter(({ name }) => !there.has(name))
    return html`<div class="field">
        <label for="add">${t('profiles.add')}</label>
        <select id="add" ?disabled=${this.stale || others.length === 0} @change=${this.#add}>
          <option value="">
            ${t(others.length === 0 ? 'profiles.add_none' : 'profiles.add_choose')}
          </option>
          ${others.map(({ name }) => html`<option value=${name}>${name}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="mode">${t('profiles.mode')}</label>
        <select id="mode" ?disabled=${this.stale} @change=${this.#setMode}>
          ${MODES.map(
            (mode) =>
              html`<option value=${mode} ?selected=${mode === detail.summary.conflicts_mode}>
                ${wordFor('profiles.mode', mode)}
              </option>`,
          )}
        </select>
      </div>`
  }

  #buttons(): TemplateResult {
    const { name, ui } = this
    const disabled = this.stale || this.#changes.busy
    const show = () => this.dispatchEvent(new SwitchEvent({ action: 'activate', profile: name }))
    const button = (label: string, act: () => unknown) =>
      html`<button ?disabled=${disabled} @click=${act}>${label}</button>`
    const isGlobal = name === 'global'
    return html`<div class="buttons">
      ${ui === '' ? nothing : button(t('profiles.show', { ui }), show)}
      ${
        this.derived || isGlobal
          ? nothing
          : button(t('profiles.rename'), () => (this.renaming = true))
      }
      ${isGlobal ? nothing : button(t('profiles.delete'), () => this.#askDeletion())}
    </div>`
  }

  #nameForm(): TemplateResult {
    return nameForm({
      value: this.name,
      label: t('profiles.name'),
      action: t('profiles.rename'),
      busy: this.#changes.busy,
      onName: (name) => void this.#rename(name),
      onCancel: () => (this.renaming = false),
    })
  }

  #deletionDialog(): unknown {
    const { deletion, name } = this
    if (deletion === null) return nothing
    const uis = deletion.goes_back_in_uis
    return html`<synapse-dialog
      heading=${t('profiles.delete_ask', { name: profileTitle(name) })}
      @synapse-cancel=${() => (this.deletion = null)}
    >
      <p>${t('profiles.delete_why')}</p>
      ${uis.length > 0 ? html`<p>${t('profiles.goes_back', { uis: uis.join(', ') })}</p>` : nothing}
      <button slot="actions" @click=${() => (this.deletion = null)}>${t('app.cancel')}</button>
      <button slot="actions" class="primary" @click=${() => void this.#delete()}>
        ${t('profiles.delete')}
      </button>
    </synapse-dialog>`
  }

  #now(): readonly string[] {
    const { value } = this.#detail
    return value ? packsOf(value) : []
  }

  #move(event: MovePackEvent) {
    event.stopPropagation()
    const { pack, before, packs } = event
    const now = [...this.#now()]
    if (this.#detail.value) namesOf.set(this.#detail.value, packs)
    const move = before === null ? { pack, to: 'last' as const } : { pack, before }
    const text = t('profiles.moved', { pack })
    void this.#changes.edit({ name: this.name, edit: { move }, text, back: { packs: now } })
  }

  #takeOut(event: RemovePackEvent) {
    event.stopPropagation()
    const { pack } = event
    const text = t('profiles.taken_out', { pack, profile: profileTitle(this.name) })
    const back = { packs: [...this.#now()] }
    void this.#changes.edit({ name: this.name, edit: { remove: [pack] }, text, back })
  }

  #add(event: Event) {
    const { target } = event
    if (!(target instanceof HTMLSelectElement) || target.value === '') return
    const pack = target.value
    target.value = ''
    const text = t('profiles.added', { pack, profile: profileTitle(this.name) })
    const back = { remove: [pack] }
    void this.#changes.edit({ name: this.name, edit: { add: [pack] }, text, back })
  }

  #setMode(event: Event) {
    const { target } = event
    const before = this.#detail.value?.summary.conflicts_mode
    if (!(target instanceof HTMLSelectElement)) return
    const mode = MODES.find((one) => one === target.value)
    const modeBefore = MODES.find((one) => one === before)
    if (mode === undefined || modeBefore === undefined) return
    void this.#changes.edit({
      name: this.name,
      edit: { conflicts_mode: mode },
      text: t('profiles.mode_set', { mode: wordFor('profiles.mode', mode) }),
      back: { conflicts_mode: modeBefore },
    })
  }

  async #rename(next: string) {
    const { name } = this
    const done =
      name === next ||
      (await this.#changes.edit({
        name,
        edit: { rename_to: next },
        text: t('profiles.renamed', { name, next }),
        back: { rename_to: name },
        nameAfter: next,
      }))
    if (!done) return
    this.renaming = false
    this.dispatchEvent(new OpenProfileEvent(next))
  }

  async #askDeletion() {
    try {
      this.deletion = await planDeletion(this.#api.value, this.name)
    } catch (error) {
      this.dispatchEvent(problemToast(problemOf(error)))
    }
  }

  async #delete() {
    this.deletion = null
    if (await this.#changes.delete(this.name)) this.dispatchEvent(new OpenProfileEvent(null))
  }
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
    'synapse-profile-editor': SynapseProfileEditor
  }
}

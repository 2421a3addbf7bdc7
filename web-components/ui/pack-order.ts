import { LitElement, html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import { MovePackEvent, RemovePackEvent } from '../data/profile-events.ts'
import { shortenedName } from '../format/names.ts'
import { t } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { icon } from './icons.ts'
import { packOrderStyles } from './pack-order.styles.ts'

/** Where a dragged pack would go: before or after a row. */
interface DropPlace {
  readonly index: number
  readonly after: boolean
}

/**
 * The packs of a profile in their order, the strongest last. A row moves by dragging, by its
 * buttons, and with Alt and the arrows; Delete takes it out.
 * Events `synapse-move-pack` and `synapse-remove-pack`.
 */
export class SynapsePackOrder extends LitElement {
  static override properties = {
    packs: { attribute: false },
    fixed: { type: Boolean, reflect: true },
    at: { state: true },
    dragged: { state: true },
    place: { state: true },
    said: { state: true },
  }
  static override styles = [controls, packOrderStyles]

  declare packs: readonly string[]
  /** True where nothing can be changed. */
  declare fixed: boolean
  declare at: number
  declare dragged: string | null
  declare place: DropPlace | null
  /** What was just done, for those who do not see it. */
  declare said: string
  #follow: string | null = null

  constructor() {
    super()
    this.packs = []
    this.fixed = false
    this.at = 0
    this.dragged = null
    this.place = null
    this.said = ''
  }

  protected override updated() {
    const index = this.#follow === null ? -1 : this.packs.indexOf(this.#follow)
    if (index === -1 || index !== this.at) return
    this.#follow = null
    this.#rows()[index]?.focus()
  }

  override render() {
    const at = Math.min(this.at, this.packs.length - 1)
    return html`<ol
        class=${this.fixed ? 'fixed' : ''}
        aria-label=${t('profiles.packs')}
        @keydown=${this.#keydown}
        @dragover=${this.#over}
        @drop=${this.#drop}
        @dragend=${this.#end}
      >
        ${repeat(
          this.packs,
          (pack) => pack,
          (pack, index) => this.#row(pack, index, index === at),
        )}
      </ol>
      <span class="sr" aria-live="polite">${this.said}</span>`
  }

  #row(pack: string, index: number, reachable: boolean): TemplateResult {
    const place = this.place?.index === index ? (this.place.after ? 'after' : 'before') : ''
    const dragged = this.dragged === pack ? 'dragged' : ''
    return html`<li
      class="${place} ${dragged}"
      tabindex=${reachable ? 0 : -1}
      draggable=${this.fixed ? 'false' : 'true'}
      aria-keyshortcuts=${this.fixed ? nothing : 'Alt+ArrowUp Alt+ArrowDown Delete'}
      @focusin=${() => (this.at = index)}
      @dragstart=${(event: DragEvent) => this.#start(event, pack)}
    >
      <span class="place" aria-hidden="true">${index + 1}</span>
      <span class="grow">${shortenedName(pack)}</span>
      ${this.fixed ? nothing : this.#actions(pack, index, reachable)}
    </li>`
  }

  #actions(pack: string, index: number, reachable: boolean): TemplateResult {
    const tabindex = reachable ? 0 : -1
    const last = this.packs.length - 1
    const move = (way: 'up' | 'down', to: number) =>
      html`<button
        class="small icon ${way}"
        tabindex=${tabindex}
        title=${t(`profiles.${way}`)}
        aria-label=${t(`profiles.${way}_named`, { name: pack })}
        ?disabled=${to < 0 || to > last}
        @click=${() => this.#moveTo(pack, to)}
      >
        ${icon('arrow')}
      </button>`
    return html`<span class="actions">
      ${move('up', index - 1)} ${move('down', index + 1)}
      <button
        class="small icon"
        tabindex=${tabindex}
        title=${t('profiles.take_out')}
        aria-label=${t('profiles.take_out_named', { name: pack })}
        @click=${() => this.dispatchEvent(new RemovePackEvent(pack))}
      >
        ${icon('close')}
      </button>
    </span>`
  }

  #rows(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('li')]
  }

  /** Moves a pack to a position, counted as if it were taken out first. */
  #moveTo(pack: string, to: number) {
    const others = this.packs.filter((one) => one !== pack)
    const index = Math.max(0, Math.min(to, others.length))
    if (this.fixed || this.packs[index] === pack) return
    this.packs = others.toSpliced(index, 0, pack)
    this.at = index
    this.#follow = pack
    this.said = t('profiles.moved_to', { name: pack, at: index + 1, n: this.packs.length })
    this.dispatchEvent(new MovePackEvent(pack, others[index] ?? null, this.packs))
  }

  #keydown(event: KeyboardEvent) {
    const pack = this.packs[this.at]
    const isRow = event.target instanceof HTMLLIElement
    const last = this.packs.length - 1
    const to = { ArrowDown: this.at + 1, ArrowUp: this.at - 1, Home: 0, End: last }[event.key]
    if (pack === undefined) return
    if (to !== undefined && event.altKey) {
      event.preventDefault()
      this.#moveTo(pack, to)
    } else if (to !== undefined) {
      event.preventDefault()
      this.at = Math.max(0, Math.min(to, last))
      this.#rows()[this.at]?.focus()
    } else if (event.key === 'Delete' && isRow && !this.fixed) {
      event.preventDefault()
      this.dispatchEvent(new RemovePackEvent(pack))
    }
  }

  #start(event: DragEvent, pack: string) {
    this.dragged = pack
    event.dataTransfer?.setData('text/plain', pack)
    if (event.dataTransfer) event.dataTransfer.effectAllowed = 'move'
  }

  #over(event: DragEvent) {
    if (this.dragged === null) return
    event.preventDefault()
    const rows = this.#rows()
    const index = rows.findIndex((row) => event.clientY < row.getBoundingClientRect().bottom)
    const row = rows[index]
    if (row === undefined) {
      this.place = { index: rows.length - 1, after: true }
      return
    }
    const { top, height } = row.getBoundingClientRect()
    this.place = { index, after: event.clientY > top + height / 2 }
  }

  #drop(event: DragEvent) {
    const { dragged: pack, place } = this
    if (pack === null || place === null) return
    event.preventDefault()
    const to = place.index + (place.after ? 1 : 0)
    const from = this.packs.indexOf(pack)
    this.#end()
    this.#moveTo(pack, to > from ? to - 1 : to)
  }

  readonly #end = () => {
    this.dragged = null
    this.place = null
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-pack-order': SynapsePackOrder
  }
}

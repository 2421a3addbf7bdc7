/** A row of the list of packs: the pack, its state and its actions. */
import { html, nothing, type TemplateResult } from 'lit'
import type { PackSummary } from '../data/packs.ts'
import { shortenedName } from '../format/names.ts'
import { exactBytes, formatBytes } from '../format/numbers.ts'
import { t } from '../i18n/translate.ts'
import { icon, type IconName } from './icons.ts'

/** The state of a pack in its list. */
export interface PackRowState {
  /** The active profile was made for it. */
  readonly current: boolean
  /** The interface shows it. */
  readonly shown: boolean
  /** Its plan is being fetched. */
  readonly busy: boolean
  /** True where this may no longer be so: nothing can be done. */
  readonly stale: boolean
  /** The one row that the Tab key reaches. */
  readonly reachable: boolean
  readonly onFocus: () => void
  readonly onUse: (only: boolean) => void
}

/** How a row says what is the matter with its pack. */
interface Marks {
  readonly mark: IconName
  readonly className: string
  readonly chip: unknown
  readonly tip?: string
}

/** Returns the row of a pack. */
export function packRow(pack: PackSummary, state: PackRowState): TemplateResult {
  const { mark, className, chip, tip = nothing } = marksOf(pack, state)
  return html`<li
    class="pack ${className} ${state.busy ? 'busy' : ''}"
    tabindex=${state.reachable ? 0 : -1}
    aria-current=${state.current ? 'true' : nothing}
    @focusin=${state.onFocus}
  >
    <span class="mark" title=${tip}>${icon(mark)}</span>
    <span class="grow">${shortenedName(pack.name)} ${chip}</span>
    <span class="meta">${filesOf(pack)}${sizeOf(pack)}</span>
    ${state.stale ? nothing : actions(pack, state)}
  </li>`
}

function marksOf(pack: PackSummary, { current, shown }: PackRowState): Marks {
  if (pack.broken !== undefined) {
    const chip = html`<span class="chip warn" title=${pack.broken}>${t('packs.broken')}</span>`
    return { mark: 'alert', className: 'warn', chip }
  }
  if (current) {
    const chip = html`<span class="chip active">${t('packs.active')}</span>`
    return { mark: 'check', className: 'current', chip }
  }
  const className = pack.files_here < pack.files ? 'warn' : ''
  if (!shown) {
    const chip = html`<span class="sr">${t('packs.hidden')}</span>`
    const tip = t('packs.hidden_tip')
    return { mark: 'hidden', className: `outside ${className}`, chip, tip }
  }
  return { mark: className === '' ? 'pack' : 'alert', className, chip: nothing }
}

function actions({ name }: PackSummary, { reachable, busy, onUse }: PackRowState): TemplateResult {
  const tabindex = reachable ? 0 : -1
  return html`<span class="actions">
    <button
      class="small primary"
      tabindex=${tabindex}
      aria-label=${t('packs.use_named', { name })}
      ?disabled=${busy}
      @click=${() => onUse(false)}
    >
      ${busy ? icon('turn', 14, 'spin') : nothing} ${t('packs.use')}
    </button>
    <button
      class="small icon"
      tabindex=${tabindex}
      title=${t('packs.only')}
      aria-label=${t('packs.only_named', { name })}
      ?disabled=${busy}
      @click=${() => onUse(true)}
    >
      ${icon('only')}
    </button>
  </span>`
}

function filesOf(pack: PackSummary): TemplateResult {
  const { files: n, files_here: here } = pack
  if (here < n) {
    const words = t('packs.here', { here, n })
    return html`<span class="short" title=${words}>${t('packs.missing', { n: n - here })}</span>`
  }
  return html`<span class="files">${t('packs.files', { n })}</span>`
}

function sizeOf(pack: PackSummary): TemplateResult {
  return html`<span class="dot" aria-hidden="true">·</span
    ><span title=${exactBytes(pack.size_bytes)}>${formatBytes(pack.size_bytes)}</span>`
}

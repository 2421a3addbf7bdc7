import { LitElement, css, html, nothing, type TemplateResult } from 'lit'
import { styleMap } from 'lit/directives/style-map.js'
import type { Absent, HiddenFile, Quarantine, Shadowed, UiStatus } from '../data/profiles.ts'
import { reasonOf } from '../format/reasons.ts'
import { shortenedName, splitPath } from '../format/names.ts'
import { formatBytes, formatCount } from '../format/numbers.ts'
import { t, wordFor } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { kindColour } from '../theme/tokens.ts'
import { icon, type IconName } from './icons.ts'
import { sentence } from './sentence.ts'

const MAX_SHOWN = 100
/** Up to so many notes are shown without a click. */
const MAX_OPEN_NOTES = 2

/**
 * Notes of the store; models that an interface should see and does not, each with the reason
 * in plain words; files of the person's in views that are not active.
 */
export class SynapseIssues extends LitElement {
  static override properties = {
    status: { attribute: false },
    quarantine: { attribute: false },
    notes: { attribute: false },
    stale: { type: Boolean, reflect: true },
  }
  static override styles = [
    controls,
    css`
      h2 {
        margin-bottom: 4px;
      }
      summary {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 36px;
        padding: 4px 8px;
        border-radius: 8px;
        list-style: none;
        cursor: pointer;
      }
      summary::-webkit-details-marker {
        display: none;
      }
      summary:hover {
        background: var(--syn-card-hover);
      }
      summary > svg:first-child {
        color: var(--syn-quiet);
        transition: transform var(--syn-move);
      }
      details[open] > summary > svg:first-child {
        transform: rotate(90deg);
      }
      .tone {
        color: var(--syn-warn-text);
      }
      ul {
        padding: 4px 8px 8px 32px;
        display: grid;
        gap: 8px;
      }
      li {
        min-width: 0;
      }
      .kind {
        flex: none;
        width: 8px;
        height: 8px;
        border-radius: 50%;
      }
      .note,
      li .quiet {
        overflow-wrap: anywhere;
      }
      :host([stale]) :is(summary, li, .tone) {
        color: var(--syn-quiet);
      }
    `,
  ]

  declare status: UiStatus | null
  declare quarantine: Quarantine | null
  /** Sentences about the store as a whole. */
  declare notes: readonly string[]
  /** True where this may no longer be so. */
  declare stale: boolean

  constructor() {
    super()
    this.status = null
    this.quarantine = null
    this.notes = []
    this.stale = false
  }

  override render() {
    const { status, quarantine, notes } = this
    const absent = status?.absent ?? []
    const shadowed = status?.shadowed ?? []
    const hidden = status?.hidden?.items ?? []
    const kept = quarantine?.entries ?? 0
    if (notes.length + absent.length + shadowed.length + hidden.length + kept === 0) return nothing
    return html`<section aria-labelledby="title">
      <h2 id="title" class="label">${t('issue.title')}</h2>
      ${group({ mark: 'info', words: t('issue.notes'), open: notes.length <= MAX_OPEN_NOTES }, notes.map(noteRow))}
      ${group({ mark: 'alert', words: t('issue.absent') }, absent.map(absentRow))}
      ${group({ mark: 'shade', words: t('issue.shadowed') }, shadowed.map(shadowedRow))}
      ${group({ mark: 'folder', words: t('issue.hidden'), total: status?.hidden?.total }, hiddenRows(hidden))}
      ${group({ mark: 'folder', words: t('issue.quarantine'), total: kept }, quarantineRows(quarantine))}
    </section>`
  }
}

interface Group {
  readonly mark: IconName
  readonly words: string
  /** How many there are, where `rows` are not all. */
  readonly total?: number | undefined
  readonly open?: boolean
}

function group(
  { mark, words, total: all, open = false }: Group,
  rows: readonly TemplateResult[],
): unknown {
  const total = all ?? rows.length
  if (rows.length === 0) return nothing
  const more = Math.max(total, rows.length) - MAX_SHOWN
  return html`<details ?open=${open}>
    <summary>
      ${icon('chevron', 14)}${icon(mark, 16, 'tone')}
      <span class="grow">${words}</span>
      <span class="quiet">${formatCount(total)}</span>
    </summary>
    <ul>
      ${rows.slice(0, MAX_SHOWN)}
      ${more > 0 ? html`<li class="quiet small">${t('issue.more', { n: more })}</li>` : nothing}
    </ul>
  </details>`
}

const noteRow = (note: string) => html`<li class="note small">${sentence(note)}</li>`

function absentRow(absent: Absent): TemplateResult {
  return html`<li>
    <div class="row">
      <span
        class="kind"
        style=${styleMap({ background: kindColour(absent.kind) })}
        title=${wordFor('kind', absent.kind)}
      ></span
      >${shortenedName(absent.filename)}
    </div>
    <p class="quiet small">${sentence(reasonOf(absent))} · ${absent.pack}</p>
  </li>`
}

function shadowedRow({ path, winner, loser }: Shadowed): TemplateResult {
  const words = t('issue.shadowed_by', { winner: winner.pack, loser: loser.pack })
  return html`<li>
    <div class="row">${shortenedName(splitPath(path).name)}</div>
    <p class="quiet small">${words}</p>
  </li>`
}

function hiddenRows(files: readonly HiddenFile[]): TemplateResult[] {
  const rows = files.map(hiddenRow)
  if (!files.some((file) => file.taken_in)) return rows
  return [html`<li class="quiet small">${t('issue.hidden_models')}</li>`, ...rows]
}

function hiddenRow({ path, place, taken_in, stays_because }: HiddenFile): TemplateResult {
  const why = taken_in ? '' : `${wordFor('stays', stays_because ?? 'not_a_model')} · `
  return html`<li>
    <div class="row">${shortenedName(splitPath(path).name)}</div>
    <p class="quiet small">${why}${place}</p>
  </li>`
}

function quarantineRows(quarantine: Quarantine | null): TemplateResult[] {
  if (quarantine === null || quarantine.entries === 0) return []
  const size = formatBytes(quarantine.bytes)
  return [html`<li class="quiet small">${t('issue.quarantine_how', { size })}</li>`]
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-issues': SynapseIssues
  }
}

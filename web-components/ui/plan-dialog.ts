import { LitElement, html, nothing, type TemplateResult } from 'lit'
import type { FlowState } from '../controllers/switch-flow.ts'
import type { HiddenFile, SwitchIntent, SwitchPlan, UiPlan } from '../data/profiles.ts'
import { CancelEvent, ConfirmEvent } from './dialog-events.ts'
import { reasonOf } from '../format/reasons.ts'
import { shortenedName, splitPath } from '../format/names.ts'
import { formatCount } from '../format/numbers.ts'
import { t, wordFor } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { icon, type IconName } from './icons.ts'
import { sentence } from './sentence.ts'
import { planStyles } from './plan-dialog.styles.ts'

const NAMED = 8

/** A plan that is shown. */
export type ShownPlan = Extract<FlowState, { step: 'shown' | 'applying' }>

interface Group {
  readonly className: string
  readonly icon: IconName
  readonly heading: string
  readonly total: number
  readonly lines: readonly TemplateResult[]
  readonly note?: string
}

/**
 * What a switch will do, before it is done.
 * Events `synapse-confirm` and `synapse-cancel`.
 */
export class SynapsePlanDialog extends LitElement {
  static override properties = { shown: { attribute: false } }
  static override styles = [controls, planStyles]

  declare shown: ShownPlan | null

  constructor() {
    super()
    this.shown = null
  }

  protected override updated() {
    // The main button again after a stale plan was replaced, during which it was disabled.
    const button = this.renderRoot.querySelector<HTMLButtonElement>('button.primary')
    if (this.shown?.step === 'shown' && !this.shadowRoot?.activeElement) button?.focus()
  }

  override render() {
    const { shown } = this
    if (!shown) return nothing
    const busy = shown.step === 'applying'
    return html`<synapse-dialog heading=${headingOf(shown.intent, shown.plan)}>
      <div class="plan">
        ${
          shown.renewed
            ? html`<synapse-notice tone="note" heading=${t('plan.stale')}></synapse-notice>`
            : nothing
        }
        ${shown.plan.uis.map(uiTemplate)}
        <p class="quiet small">${t('plan.no_files_deleted')}</p>
      </div>
      <button slot="actions" ?disabled=${busy} @click=${this.#cancel}>${t('app.cancel')}</button>
      <button slot="actions" class="primary" autofocus ?disabled=${busy} @click=${this.#confirm}>
        ${busy ? icon('turn', 16, 'spin') : nothing}
        <span>${busy ? t('plan.working') : actionOf(shown.intent)}</span>
      </button>
    </synapse-dialog>`
  }

  #cancel() {
    this.dispatchEvent(new CancelEvent())
  }

  #confirm() {
    this.dispatchEvent(new ConfirmEvent())
  }
}

function headingOf(intent: SwitchIntent, plan: SwitchPlan): string {
  if (intent.action === 'use') {
    return t(intent.only ? 'plan.only' : 'plan.use', { pack: intent.pack })
  }
  const profile = plan.uis[0]?.profile_after ?? plan.profile ?? ''
  return t(`plan.${intent.action}`, { profile })
}

function actionOf(intent: SwitchIntent): string {
  switch (intent.action) {
    case 'use':
      return t(intent.only ? 'plan.do_only' : 'plan.do_use', { pack: intent.pack })
    case 'activate':
      return t('plan.do_activate', { profile: intent.profile })
    case 'back':
      return t('plan.do_back')
    case 'reset':
      return t('plan.do_reset')
  }
}

function uiTemplate(plan: UiPlan): TemplateResult {
  const groups = groupsOf(plan).filter((group) => group.total > 0)
  return html`${figures(plan)}
  ${
    plan.appear.total + plan.disappear.total + plan.replace.total === 0
      ? html`<p class="quiet">${t('plan.nothing')}</p>`
      : nothing
  }
  ${groups.map(groupTemplate)}`
}

/** How many models the interface lists before and after. */
function figures(plan: UiPlan): TemplateResult {
  const after = plan.unchanged + plan.add.total + plan.repoint.total
  const before = after - plan.appear.total + plan.disappear.total
  const words = t('plan.from_to', { before, after })
  return html`<div class="change">
    <div class="grow">
      <p>${t('plan.models', { ui: plan.ui })}</p>
      <p class="quiet small stack">
        ${plan.profile_before ?? t('state.none')} › ${plan.profile_after}
      </p>
    </div>
    <p class="figures">
      <span class="sr">${words}</span>
      <span aria-hidden="true">${formatCount(before)}</span>${icon('arrow')}
      <span aria-hidden="true">${formatCount(after)}</span>
    </p>
  </div>`
}

function groupsOf(plan: UiPlan): Group[] {
  const inTheWay = plan.foreign.items.filter((file) => file.in_the_way)
  return [
    {
      className: 'appear',
      icon: 'plus',
      heading: t('plan.appear', { n: plan.appear.total }),
      total: plan.appear.total,
      lines: plan.appear.items.slice(0, NAMED).map(pathLine),
    },
    {
      className: 'disappear',
      icon: 'minus',
      heading: t('plan.disappear', { n: plan.disappear.total }),
      total: plan.disappear.total,
      lines: plan.disappear.items.slice(0, NAMED).map(pathLine),
    },
    {
      className: 'warn',
      icon: 'arrow',
      heading: t('plan.replace', { n: plan.replace.total }),
      total: plan.replace.total,
      lines: plan.replace.items.slice(0, NAMED).map(pathLine),
    },
    {
      className: 'warn',
      icon: 'folder',
      heading: t('plan.foreign', { n: inTheWay.length }),
      total: inTheWay.length,
      lines: inTheWay.slice(0, NAMED).map((file) => pathLine(file.path)),
      note: t('plan.foreign_note'),
    },
    ...hiddenGroups(plan),
    {
      className: 'warn',
      icon: 'shade',
      heading: t('plan.shadowed', { n: plan.shadowed.total }),
      total: plan.shadowed.total,
      lines: plan.shadowed.items
        .slice(0, NAMED)
        .map(({ path, winner, loser }) =>
          tallLine(
            splitPath(path).name,
            t('issue.shadowed_by', { winner: winner.pack, loser: loser.pack }),
          ),
        ),
    },
    {
      className: 'warn',
      icon: 'alert',
      heading: t('plan.absent', { n: plan.absent.total }),
      total: plan.absent.total,
      lines: plan.absent.items
        .slice(0, NAMED)
        .map((absent) => tallLine(absent.filename, reasonOf(absent))),
    },
  ]
}

/** Files of the user that are no longer visible: those that are imported, and those that stay. */
function hiddenGroups({ out_of_sight: hidden }: UiPlan): Group[] {
  if (hidden === undefined) return []
  const taken = hidden.items.filter((file) => file.taken_in)
  const staying = hidden.items.filter((file) => !file.taken_in)
  // What is not listed is counted with those that stay.
  const rest = hidden.total - taken.length
  return [
    {
      className: 'appear',
      icon: 'pack',
      heading: t('plan.taken_in', { n: taken.length }),
      total: taken.length,
      lines: taken.slice(0, NAMED).map((file) => tallLine(nameOf(file), file.pack ?? '')),
      note: t('plan.taken_in_note'),
    },
    {
      className: 'warn',
      icon: 'folder',
      heading: t('plan.out_of_sight', { n: rest }),
      total: rest,
      lines: staying.slice(0, NAMED).map(stayingLine),
      note: t('plan.out_of_sight_note', { n: rest }),
    },
  ]
}

const nameOf = ({ path }: HiddenFile) => splitPath(path).name

function stayingLine(file: HiddenFile): TemplateResult {
  const why = wordFor('stays', file.stays_because ?? 'not_a_model')
  return tallLine(nameOf(file), `${why} · ${file.place}`)
}

function groupTemplate(group: Group): TemplateResult {
  const more = group.total - group.lines.length
  return html`<section class="group ${group.className}">
    <h3>${icon(group.icon)} ${group.heading}</h3>
    ${group.note === undefined ? nothing : html`<p class="quiet small">${group.note}</p>`}
    <ul>
      ${group.lines}
    </ul>
    ${more > 0 ? html`<p class="quiet small">${t('issue.more', { n: more })}</p>` : nothing}
  </section>`
}

function pathLine(path: string): TemplateResult {
  const { folder, name } = splitPath(path)
  return html`<li>${shortenedName(name)}<span class="quiet" title=${path}>${folder}</span></li>`
}

function tallLine(name: string, reason: string): TemplateResult {
  return html`<li class="tall">
    ${shortenedName(name)}<span class="quiet">${sentence(reason)}</span>
  </li>`
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-plan-dialog': SynapsePlanDialog
  }
}

import { LitElement, css, html, nothing, type TemplateResult } from 'lit'
import type { UiStatus } from '../data/profiles.ts'
import { SwitchEvent } from '../data/profile-events.ts'
import { shortenedName } from '../format/names.ts'
import { formatCount } from '../format/numbers.ts'
import { t } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { icon } from './icons.ts'
import { sentence } from './sentence.ts'

/**
 * What an interface sees now: pack or profile, the stack below it, how many models.
 * Event `synapse-switch`: back or reset is wanted.
 */
export class SynapseStateCard extends LitElement {
  static override properties = {
    status: { attribute: false },
    stale: { type: Boolean, reflect: true },
    busy: {},
  }
  static override styles = [
    controls,
    css`
      :host {
        container-type: inline-size;
      }
      .card {
        display: grid;
        gap: 12px;
      }
      .top {
        display: flex;
        align-items: flex-end;
        gap: 12px;
      }
      h2 {
        margin-top: 2px;
        font-size: 16px;
        line-height: 24px;
        font-weight: 600;
      }
      .figure {
        flex: none;
        text-align: end;
      }
      .figure b {
        display: block;
        font-size: 20px;
        line-height: 24px;
        font-weight: 600;
      }
      ol {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px;
        color: var(--syn-quiet);
        font-size: 13px;
        line-height: 20px;
      }
      li {
        display: flex;
        align-items: center;
        gap: 2px;
        min-width: 0;
        max-width: 100%;
      }
      li:last-child {
        color: var(--syn-text);
      }
      li > svg {
        color: var(--syn-muted);
      }
      .health {
        display: grid;
        gap: 6px;
        color: var(--syn-warn-text);
        font-size: 13px;
        line-height: 18px;
      }
      .health li {
        display: flex;
        align-items: flex-start;
        gap: 6px;
        color: inherit;
      }
      .health span {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .health svg {
        margin-top: 1px;
        color: inherit;
      }
      :host([stale]) :is(h2, b, ol, li:last-child) {
        color: var(--syn-quiet);
      }
      @container (min-width: 520px) {
        .card {
          padding: 16px;
          grid-template-columns: 1fr auto;
          align-items: end;
        }
        .top,
        .health {
          grid-column: 1 / -1;
        }
        .row {
          grid-column: 2;
        }
        .figure b {
          font-size: 28px;
          line-height: 32px;
        }
        h2 {
          font-size: 20px;
          line-height: 28px;
        }
      }
    `,
  ]

  declare status: UiStatus | null
  declare stale: boolean
  declare busy: 'back' | 'reset' | 'use' | null

  constructor() {
    super()
    this.status = null
    this.stale = false
    this.busy = null
  }

  override render() {
    const { status } = this
    if (!status) return nothing
    const locked = this.stale || this.busy !== null
    const noBack = !status.can_go_back
    const noReset = isAtGlobal(status)
    return html`<section class="card" aria-label=${labelOf(status)}>
      <div class="top">
        <div class="grow">
          <p class="label">${labelOf(status)}</p>
          <h2>${shortenedName(status.pack ?? status.active ?? t('state.none'))}</h2>
        </div>
        <p class="figure">
          <b>${formatCount(status.links)}</b>
          <span class="quiet small">${t('state.models', { n: status.links })}</span>
        </p>
      </div>
      ${status.stack.join() !== status.active ? stackTemplate(status.stack) : nothing}
      <div class="row">
        <button
          aria-disabled=${locked || noBack}
          title=${noBack ? t('state.back_none') : nothing}
          @click=${() => this.#ask(noBack, 'back')}
        >
          ${icon(this.busy === 'back' ? 'turn' : 'back', 16, this.busy === 'back' ? 'spin' : '')}
          ${t('state.back')}
        </button>
        <button
          aria-disabled=${locked || noReset}
          title=${t(noReset ? 'state.reset_none' : 'state.reset_tip')}
          @click=${() => this.#ask(noReset, 'reset')}
        >
          ${icon(this.busy === 'reset' ? 'turn' : 'reset', 16, this.busy === 'reset' ? 'spin' : '')}
          ${t('state.reset')}
        </button>
      </div>
      ${
        status.health.length === 0
          ? nothing
          : html`<ul class="health">
              ${status.health.map((words) => html`<li>${icon('alert')}<span>${sentence(words)}</span></li>`)}
            </ul>`
      }
    </section>`
  }

  #ask(impossible: boolean, action: 'back' | 'reset') {
    if (impossible || this.stale || this.busy !== null) return
    this.dispatchEvent(new SwitchEvent({ action }))
  }
}

/** The stack, where it says more than the heading does. */
function stackTemplate(stack: readonly string[]): TemplateResult {
  return html`<ol aria-label=${t('state.stack')}>
    ${stack.map(
      (profile, at) =>
        html`<li>${at === 0 ? nothing : icon('chevron', 12)}${shortenedName(profile)}</li>`,
    )}
  </ol>`
}

/** Reports whether a reset would change nothing; with problems it may repair them. */
function isAtGlobal({ stack, active, health }: UiStatus): boolean {
  return stack.join() === 'global' && active === 'global' && health.length === 0
}

function labelOf(status: UiStatus): string {
  if (status.pack === null) return t('state.profile')
  return status.active?.startsWith('only__') === true ? t('state.only') : t('state.pack')
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-state-card': SynapseStateCard
  }
}

import { LitElement, css, html, nothing, type TemplateResult } from 'lit'
import { shareDone, type Job } from '../data/jobs.ts'
import { CancelJobEvent } from '../data/job-events.ts'
import { t } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { icon } from './icons.ts'
import { jobName, pace, progressBar } from './progress.ts'

const MAX_SHOWN = 3

/**
 * Running work in a slim bar; nothing where nothing runs.
 * Event `synapse-cancel-job`: a job is to stop.
 */
export class SynapseJobBar extends LitElement {
  static override properties = { jobs: { attribute: false } }
  static override styles = [
    controls,
    css`
      :host {
        container-type: inline-size;
      }
      ul,
      section > p {
        max-width: 1264px;
        margin: 0 auto;
      }
      section {
        padding: 4px 16px;
        border-top: 1px solid var(--syn-line);
        background: var(--syn-page);
      }
      li {
        padding: 4px 0 6px;
      }
      .row {
        min-height: 28px;
        font-size: 13px;
      }
      @container (min-width: 560px) {
        section {
          padding-inline: 24px;
        }
      }
      .words {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
    `,
  ]

  declare jobs: readonly Job[]

  constructor() {
    super()
    this.jobs = []
  }

  override render() {
    if (this.jobs.length === 0) return nothing
    return html`<section aria-label=${t('job.running')}>
      <ul>
        ${this.jobs.slice(0, MAX_SHOWN).map((job) => this.#row(job))}
      </ul>
      ${
        this.jobs.length > MAX_SHOWN
          ? html`<p class="quiet small">${t('issue.more', { n: this.jobs.length - MAX_SHOWN })}</p>`
          : nothing
      }
    </section>`
  }

  #row(job: Job): TemplateResult {
    const share = shareDone(job)
    const percent = share === null ? '' : `${String(Math.floor(share * 100))} %`
    return html`<li>
      <div class="row">
        <span class="words grow">${jobName(job)} <span class="quiet">${percent}</span></span>
        <span class="quiet small number">${pace(job)}</span>
        <button
          class="small icon"
          aria-label=${t('job.cancel_named', { job: jobName(job) })}
          title=${t('job.cancel')}
          @click=${() => this.dispatchEvent(new CancelJobEvent(job.id))}
        >
          ${icon('close')}
        </button>
      </div>
      ${progressBar(job)}
    </li>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-job-bar': SynapseJobBar
  }
}

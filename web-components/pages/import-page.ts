import { LitElement, html, nothing, type TemplateResult } from 'lit'
import { DISK_KINDS } from '../../schemas/kinds.ts'
import { consume } from '../contexts/consume.ts'
import { jobsContext } from '../contexts/jobs.ts'
import { ImportFlow } from '../controllers/import-flow.ts'
import { IMPORT_MODES, type ImportMode, type ImportRequest } from '../data/imports.ts'
import { isOpen, type Job } from '../data/jobs.ts'
import { CancelJobEvent, JobStartedEvent } from '../data/job-events.ts'
import { t, wordFor } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { icon } from '../ui/icons.ts'
import { amountDone, jobName, pace, progressBar } from '../ui/progress.ts'
import { importStyles } from './import-page.styles.ts'
import { outcomeTemplate, previewTemplate } from './import-parts.ts'

const KINDS = DISK_KINDS.filter((kind) => kind !== 'custom_node' && kind !== 'unknown')

/**
 * Takes a folder or a file into the store: form, preview, progress, outcome.
 * Event `synapse-job-started` with the job: the import has begun.
 */
export class SynapseImportPage extends LitElement {
  static override properties = {
    path: { state: true },
    mode: { state: true },
    kind: { state: true },
    pack: { state: true },
    jobId: { state: true },
  }
  static override styles = [controls, importStyles]

  declare path: string
  declare mode: ImportMode
  declare kind: string
  declare pack: string
  declare jobId: string | null
  readonly #jobs = consume(this, jobsContext)
  readonly #flow = new ImportFlow(this)

  constructor() {
    super()
    this.path = ''
    this.mode = 'copy'
    this.kind = ''
    this.pack = ''
    this.jobId = null
  }

  /** Puts the cursor into the path. */
  focusPage(): void {
    this.renderRoot.querySelector<HTMLInputElement>('#path')?.focus()
  }

  override render() {
    const job = this.#jobs.value.find(({ id }) => id === this.jobId)
    return html`<section aria-labelledby="title">
      <h2 class="label" id="title">${t('import.title')}</h2>
      <div class="card">${job ? this.#job(job) : this.#form()}</div>
    </section>`
  }

  #form(): TemplateResult {
    const empty = this.path.trim() === ''
    const { preview, busy } = this.#flow
    return html`<form @submit=${this.#submit}>
      <div class="field">
        <label for="path">${t('import.path')}</label>
        <input
          id="path"
          type="text"
          spellcheck="false"
          autocomplete="off"
          placeholder=${t('import.path_hint')}
          .value=${this.path}
          @input=${(event: Event) => this.#edit(() => (this.path = valueOf(event)))}
        />
      </div>
      <fieldset>
        <legend>${t('import.mode')}</legend>
        <div class="modes">${IMPORT_MODES.map((mode) => this.#mode(mode))}</div>
      </fieldset>
      <div class="two">
        <div class="field">
          <label for="kind">${t('import.kind')}</label>
          <select
            id="kind"
            @change=${(event: Event) => this.#edit(() => (this.kind = valueOf(event)))}
          >
            <option value="">${t('import.kind_auto')}</option>
            ${KINDS.map((kind) => html`<option value=${kind}>${wordFor('kind', kind)}</option>`)}
          </select>
        </div>
        <div class="field">
          <label for="pack">${t('import.pack')}</label>
          <input
            id="pack"
            type="text"
            autocomplete="off"
            placeholder=${t('import.pack_hint')}
            .value=${this.pack}
            @input=${(event: Event) => this.#edit(() => (this.pack = valueOf(event)))}
          />
        </div>
      </div>
      ${this.#problem()} ${preview ? previewTemplate(preview) : nothing}
      <div class="end">
        <button type="submit" class=${preview ? '' : 'primary'} ?disabled=${empty || busy !== null}>
          ${busy === 'preview' ? icon('turn', 16, 'spin') : nothing}
          ${t(busy === 'preview' ? 'import.previewing' : 'import.preview')}
        </button>
        ${this.#startButton()}
      </div>
    </form>`
  }

  #mode(mode: ImportMode): TemplateResult {
    const chosen = mode === this.mode
    return html`<label class="mode ${chosen ? 'chosen' : ''}">
      <input
        class="sr"
        type="radio"
        name="mode"
        value=${mode}
        .checked=${chosen}
        @change=${() => this.#edit(() => (this.mode = mode))}
      />
      ${icon(mode)}
      <span
        ><b>${t(`import.mode.${mode}`)}</b>
        <span class="quiet small">${t(`import.mode.${mode}_why`)}</span></span
      >
    </label>`
  }

  #startButton(): unknown {
    const { preview, busy } = this.#flow
    if (!preview || preview.files.total === 0) return nothing
    return html`<button
      type="button"
      class="primary"
      ?disabled=${busy !== null || !preview.fits}
      @click=${this.#start}
    >
      ${busy === 'start' ? icon('turn', 16, 'spin') : nothing}
      ${t('import.start', { n: preview.files.total })}
    </button>`
  }

  #problem(): unknown {
    const { problem } = this.#flow
    if (!problem) return nothing
    return html`<synapse-notice tone="error" heading=${problem.message}>
      <p>${problem.hint ?? t('error.untouched')}</p>
    </synapse-notice>`
  }

  #job(job: Job): TemplateResult {
    if (!isOpen(job)) {
      return html`${outcomeTemplate(job)}
        <div class="end">
          <button @click=${this.#again}>${t('import.another')}</button>
        </div>`
    }
    return html`<div class="sum"><span>${jobName(job)}</span><span>${amountDone(job)}</span></div>
      ${progressBar(job)}
      <div class="row">
        <span class="quiet small grow">${pace(job)}</span>
        <button @click=${() => this.dispatchEvent(new CancelJobEvent(job.id))}>
          ${t('job.cancel')}
        </button>
      </div>`
  }

  #edit(change: () => void) {
    change()
    this.#flow.reset()
  }

  #request(): ImportRequest {
    return {
      paths: [this.path.trim()],
      mode: this.mode,
      ...(this.kind === '' ? {} : { kind: this.kind }),
      ...(this.pack.trim() === '' ? {} : { pack: this.pack.trim() }),
    }
  }

  async #submit(event: Event) {
    event.preventDefault()
    if (this.path.trim() !== '') await this.#flow.look(this.#request())
  }

  async #start() {
    const job = await this.#flow.start()
    if (job === null) return
    this.jobId = job.id
    this.dispatchEvent(new JobStartedEvent(job))
  }

  #again() {
    this.jobId = null
    this.path = ''
    this.#flow.reset()
    void this.updateComplete.then(() => this.focusPage())
  }
}

function valueOf(event: Event): string {
  const { target } = event
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement
    ? target.value
    : ''
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-import-page': SynapseImportPage
  }
}

import { LitElement, html, nothing, type TemplateResult } from 'lit'
import { foreignStatus } from '../../schemas/client.ts'
import { isAppError, type AppError } from '../../schemas/errors.ts'
import { problemOf } from '../controllers/resource.ts'
import { apiContext } from '../contexts/api.ts'
import { consume } from '../contexts/consume.ts'
import { sessionContext } from '../contexts/session.ts'
import { surfaceContext } from '../contexts/surface.ts'
import { keepPairing, keptPairing } from '../data/kept-pairing.ts'
import { pollPairing, startPairing, type PairStarted } from '../data/session.ts'
import { formatMoment } from '../format/numbers.ts'
import { t } from '../i18n/translate.ts'
import { controls } from '../theme/controls.ts'
import { icon } from '../ui/icons.ts'
import { pairStyles } from './pair-page.styles.ts'

const POLL_MS = 1500
const COPIED_MS = 2000

type Stage = 'starting' | 'waiting' | 'refused' | 'expired' | 'failed'

/** Asks for a token of this browser: shows the code and waits until the owner approves it. */
export class SynapsePairPage extends LitElement {
  static override properties = {
    stage: { state: true },
    copied: { state: true },
  }
  static override styles = [controls, pairStyles]

  declare stage: Stage
  declare copied: boolean
  readonly #api = consume(this, apiContext)
  readonly #session = consume(this, sessionContext)
  readonly #surface = consume(this, surfaceContext)
  #started: PairStarted | undefined
  #failure: AppError | undefined
  #abort: AbortController | undefined

  constructor() {
    super()
    this.stage = 'starting'
    this.copied = false
  }

  override connectedCallback() {
    super.connectedCallback()
    void this.#begin()
  }

  override disconnectedCallback() {
    super.disconnectedCallback()
    this.#abort?.abort()
  }

  /** Puts the focus on the heading. */
  focusPage(): void {
    this.renderRoot.querySelector('h1')?.focus()
  }

  override render() {
    const { problem } = this.#session.value
    return html`<main class=${this.#surface.value}>
      <h1 tabindex="-1">${t('pair.title')}</h1>
      ${
        problem === ''
          ? nothing
          : html`<synapse-notice tone="note" heading=${problem}></synapse-notice>`
      }
      ${this.#content()}
    </main>`
  }

  #content(): TemplateResult {
    switch (this.stage) {
      case 'starting':
        return html`<p class="quiet" role="status">${t('pair.starting')}</p>`
      case 'waiting':
        return this.#waiting()
      case 'refused':
      case 'expired':
        return html`<synapse-notice tone="note" heading=${t(`pair.${this.stage}`)}>
          <button slot="action" @click=${this.#begin}>${t('pair.again')}</button>
        </synapse-notice>`
      case 'failed':
        return this.#failed()
    }
  }

  #waiting(): TemplateResult {
    const code = this.#started?.code ?? ''
    const command = `synapse pair ${code}`
    const until = formatMoment(Date.parse(this.#started?.expires_at ?? ''))
    return html`<div class="card code">
        <p class="label" id="code">${t('pair.code')}</p>
        <output aria-labelledby="code">${code}</output>
        <p class="row wait quiet small" role="status">
          ${icon('turn', 14, 'spin')} ${t('pair.waiting')}
        </p>
        <p class="quiet small">${t('pair.expires', { time: until })}</p>
      </div>
      <div class="how">
        <p class="quiet">
          ${t(this.#surface.value === 'panel' ? 'pair.panel_how' : 'pair.page_how')}
        </p>
        <div class="command">
          <code>${command}</code>
          <button
            class="icon small"
            title=${t(this.copied ? 'pair.copied' : 'pair.copy')}
            aria-label=${t(this.copied ? 'pair.copied' : 'pair.copy')}
            @click=${() => this.#copy(command)}
          >
            ${icon(this.copied ? 'check' : 'copy')}
          </button>
        </div>
      </div>`
  }

  #failed(): TemplateResult {
    const offline = isAppError(this.#failure, 'service.not_running')
    const { heading, how } = failureWords(this.#failure)
    return html`<synapse-notice tone=${offline ? 'offline' : 'error'} heading=${heading}>
      <p>${how}</p>
      <button slot="action" @click=${this.#begin}>${t('app.retry')}</button>
    </synapse-notice>`
  }

  async #copy(command: string) {
    await navigator.clipboard.writeText(command)
    this.copied = true
    setTimeout(() => (this.copied = false), COPIED_MS)
  }

  async #begin() {
    this.#abort?.abort()
    const { signal } = (this.#abort = new AbortController())
    this.stage = 'starting'
    try {
      const label = t(this.#surface.value === 'panel' ? 'pair.label_comfyui' : 'pair.label_page')
      this.#started =
        keptPairing(this.#surface.value) ?? (await startPairing(this.#api.value, label, signal))
      keepPairing(this.#surface.value, this.#started)
      this.stage = 'waiting'
      await this.#poll(this.#started, signal)
    } catch (error) {
      if (signal.aborted) return
      this.#failure = problemOf(error)
      this.stage = isAppError(error, 'pairing.not_found') ? 'expired' : 'failed'
      if (this.stage === 'expired') keepPairing(this.#surface.value, null)
    }
  }

  async #poll(started: PairStarted, signal: AbortSignal) {
    for (;;) {
      const { state, token, scope } = await pollPairing(this.#api.value, started, signal)
      if (state !== 'waiting') keepPairing(this.#surface.value, null)
      if (state === 'approved' && token !== undefined) {
        this.#session.value.keep({ token, scope: scope ?? 'panel' })
        return
      }
      if (state !== 'waiting') {
        this.stage = state === 'refused' ? 'refused' : 'expired'
        return
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      if (signal.aborted) return
    }
  }
}

function failureWords(failure: AppError | undefined): { heading: string; how: string } {
  if (failure?.code === 'service.not_running') {
    return { heading: t('offline.title'), how: t('offline.start') }
  }
  const status = foreignStatus(failure)
  if (status !== null) {
    return { heading: t('foreign.title', { status }), how: t('foreign.how') }
  }
  return { heading: failure?.message ?? '', how: failure?.hint ?? '' }
}

declare global {
  interface HTMLElementTagNameMap {
    'synapse-pair-page': SynapsePairPage
  }
}

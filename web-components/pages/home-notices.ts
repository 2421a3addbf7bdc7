/** What the page of packs says where it cannot show what it should. */
import { html, nothing, type TemplateResult } from 'lit'
import { foreignStatus } from '../../schemas/client.ts'
import type { AppError } from '../../schemas/errors.ts'
import { formatAgo, formatMoment } from '../format/numbers.ts'
import { t } from '../i18n/translate.ts'
import { sentence } from '../ui/sentence.ts'

/** What a button does. */
type Action = () => void

/**
 * Returns the notice that the service is not reached; what is shown may be out of date.
 * @param at when it was so, in milliseconds
 */
export function offlineNotice(
  at: number | undefined,
  foreign: AppError | null,
  retry: Action,
): TemplateResult {
  const since =
    at === undefined ? '' : t('offline.since', { time: formatMoment(at), ago: formatAgo(at) })
  const status = foreignStatus(foreign)
  const words =
    status === null
      ? { heading: t('offline.title'), how: t('offline.start') }
      : { heading: t('foreign.title', { status }), how: t('foreign.how') }
  return html`<synapse-notice tone="offline" heading=${words.heading}>
    <p>${since} ${words.how}</p>
    <button slot="action" @click=${retry}>${t('app.retry')}</button>
  </synapse-notice>`
}

/** Parts of the store are not connected, a sentence for each; nothing where all are. */
export function offlineParts(notes: readonly string[]): TemplateResult | typeof nothing {
  if (notes.length === 0) return nothing
  return html`<synapse-notice tone="offline" heading=${t('store.offline')}>
    ${notes.map((note) => html`<p>${sentence(note)}</p>`)}
  </synapse-notice>`
}

/** Returns the notice that something could not be loaded. */
export function failureNotice(problem: AppError, retry: Action, slot = ''): TemplateResult {
  return html`<synapse-notice slot=${slot} tone="error" heading=${t('error.title')}>
    <p>${problem.message}</p>
    ${problem.hint === undefined ? nothing : html`<p>${problem.hint}</p>`}
    <p>${t('error.untouched')}</p>
    <button slot="action" @click=${retry}>${t('app.retry')}</button>
  </synapse-notice>`
}

/** Returns the notice that there is no pack; without `toImport` models are imported elsewhere. */
export function noPacksNotice(toImport: Action | null): TemplateResult {
  return html`<synapse-notice slot="empty" tone="empty" heading=${t('packs.empty')}>
    ${
      toImport === null
        ? html`<p>${t('packs.empty_panel')}</p>`
        : html`<button slot="action" class="primary" @click=${toImport}>
            ${t('packs.empty_action')}
          </button>`
    }
  </synapse-notice>`
}

/** Returns the notice that there is no store. */
export function noStoreNotice(create: Action): TemplateResult {
  return html`<synapse-notice tone="empty" heading=${t('store.none')}>
    <button slot="action" class="primary" @click=${create}>${t('store.init')}</button>
  </synapse-notice>`
}

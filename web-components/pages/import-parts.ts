/** What an import would take, and what became of it, as words and lists. */
import { html, nothing, type TemplateResult } from 'lit'
import { styleMap } from 'lit/directives/style-map.js'
import { outcomeOf, type ImportOutcome, type ImportPreview } from '../data/imports.ts'
import type { Job } from '../data/jobs.ts'
import { shortenedName, splitPath } from '../format/names.ts'
import { exactBytes, formatBytes } from '../format/numbers.ts'
import { t, wordFor } from '../i18n/translate.ts'
import { kindColour } from '../theme/tokens.ts'
import { icon } from '../ui/icons.ts'

/** Returns the preview: files, what is passed over, and whether there is room. */
export function previewTemplate(preview: ImportPreview): TemplateResult {
  const { files, skipped, bytes } = preview
  const held = files.items.filter((file) => file.blocked).length
  return html`<div class="facts" role="status">
    <p class="sum">
      <span>${t('import.files', { n: files.total })}</span>
      <span title=${exactBytes(bytes)}>${formatBytes(bytes)}</span>
    </p>
    ${files.total === 0 ? html`<p class="quiet">${t('import.nothing')}</p>` : roomTemplate(preview)}
    ${held > 0 ? noteTemplate(t('import.held', { n: held })) : nothing}
    ${preview.notes.map((note) => noteTemplate(note))} ${fileList(preview)}
    ${
      skipped.total === 0
        ? nothing
        : html`<details>
            <summary>${icon('chevron', 14)}${t('import.skipped', { n: skipped.total })}</summary>
            <ul role="list" tabindex="0">
              ${skipped.items.map(({ path, reason }) => lineTemplate(path, wordFor('skip', reason)))}
            </ul>
          </details>`
    }
  </div>`
}

function roomTemplate(preview: ImportPreview): TemplateResult {
  const { bytes_needed: needed, disk_free: free, fits } = preview
  const share = free === 0 ? 1 : Math.min(1, needed / free)
  const words = { needed: formatBytes(needed), free: formatBytes(free) }
  return html`<div class="bar ${fits ? '' : 'warn'}" aria-hidden="true">
      <span style=${styleMap({ width: `${String(Math.ceil(share * 100))}%` })}></span>
    </div>
    ${
      fits
        ? html`<p class="quiet small">${t('import.needs', words)}${ifCopied(preview)}</p>`
        : html`<p class="note bad" role="alert">
            ${icon('stop')}<span>${t('import.no_room', words)}</span>
          </p>`
    }`
}

/** A rename is known to work only once it was tried, and a preview tries nothing. */
function ifCopied({ bytes_if_copied: bytes }: ImportPreview): string {
  return bytes === 0 ? '' : ` · ${t('import.if_copied', { bytes: formatBytes(bytes) })}`
}

function fileList(preview: ImportPreview): unknown {
  if (preview.files.total === 0) return nothing
  const more = preview.files.total - preview.files.items.length
  return html`<details ?open=${preview.files.total <= 6}>
    <summary>${icon('chevron', 14)}${t('app.details')}</summary>
    <ul role="list" tabindex="0">
      ${preview.files.items.map(
        (file) =>
          html`<li>
            <span
              class="dot"
              style=${styleMap({ background: kindColour(file.kind) })}
              title=${wordFor('kind', file.kind)}
            ></span
            >${shortenedName(file.name)}
            <span class="quiet small"
              >${
                file.kind_from === 'none' ? t('import.kind_unknown') : wordFor('kind', file.kind)
              }</span
            >
            <span class="quiet small number">${formatBytes(file.size_bytes)}</span>
          </li>`,
      )}
      ${more > 0 ? html`<li class="quiet">${t('issue.more', { n: more })}</li>` : nothing}
    </ul>
  </details>`
}

function noteTemplate(words: string): TemplateResult {
  return html`<p class="note">${icon('alert')}<span>${words}</span></p>`
}

function lineTemplate(path: string, words: string): TemplateResult {
  return html`<li>
    ${shortenedName(splitPath(path).name)}<span class="quiet small">${words}</span>
  </li>`
}

/** Returns what an import that has ended did, failures by name. */
export function outcomeTemplate(job: Job): TemplateResult {
  const outcome = outcomeOf(job)
  return html`<div class="outcome" role="status">
    ${endWords(job)} ${outcome ? countsTemplate(outcome) : nothing}
  </div>`
}

function endWords(job: Job): unknown {
  if (job.state === 'succeeded') return nothing
  if (job.state === 'cancelled') return noteTemplate(t('import.cancelled'))
  return html`<synapse-notice tone="error" heading=${job.problem?.detail ?? t('import.stopped')}>
    <p>${job.problem?.hint ?? t('import.stopped')}</p>
  </synapse-notice>`
}

function countsTemplate(outcome: ImportOutcome): TemplateResult {
  const failures = outcome.files.filter((file) => file.outcome === 'failed')
  const more = outcome.failed - failures.length
  return html`<p>
      ${icon('check', 16, 'good')}
      <span class="grow">${t('import.done', { n: outcome.imported })}</span>
      <span class="quiet">${formatBytes(outcome.bytes)}</span>
    </p>
    ${
      outcome.already_there > 0
        ? html`<p class="quiet">
            ${icon('info')} ${t('import.already', { n: outcome.already_there })}
          </p>`
        : nothing
    }
    ${namesTemplate(outcome)} ${unseenTemplate(outcome)} ${outcome.notes.map(noteTemplate)}
    ${
      failures.length === 0
        ? nothing
        : html`<p class="bad">${icon('stop')} ${t('import.failed', { n: outcome.failed })}</p>
            <ul role="list" class="facts">
              ${failures.map((file) => lineTemplate(file.path, file.detail ?? file.code ?? ''))}
              ${more > 0 ? html`<li class="quiet">${t('issue.more', { n: more })}</li>` : nothing}
            </ul>`
    }`
}

/** What the pack shows under another name, or with another kind, than one would expect. */
function namesTemplate(outcome: ImportOutcome): unknown {
  const renamed = [...outcome.files.flatMap((file) => file.renamed ?? []), ...outcome.displaced]
  const corrected = outcome.files.filter((file) => file.kind_corrected !== undefined)
  if (renamed.length + corrected.length === 0) return nothing
  return html`<ul role="list" class="facts">
    ${renamed.map((one) => html`<li>${t('import.renamed', one)}</li>`)}
    ${corrected.map(({ name, kind_corrected: kinds }) => {
      const from = wordFor('kind', kinds?.from ?? '')
      const to = wordFor('kind', kinds?.to ?? '')
      return html`<li>${t('import.kind_corrected', { name, from, to })}</li>`
    })}
  </ul>`
}

const UNSEEN = ['no_pack', 'no_folder', 'waits_for_approval'] as const

/** How many files no interface sees, and why. */
function unseenTemplate({ unseen }: ImportOutcome): unknown {
  return UNSEEN.flatMap((reason) => {
    const n = unseen[reason] ?? 0
    return n === 0 ? [] : noteTemplate(t(`unseen.${reason}`, { n }))
  })
}

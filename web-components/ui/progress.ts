/** The bar and the words of a job, as the foot and the import page draw them. */
import { html, nothing, type TemplateResult } from 'lit'
import { styleMap } from 'lit/directives/style-map.js'
import { shareDone, type Job } from '../data/jobs.ts'
import { formatBytes, formatCount, formatSeconds } from '../format/numbers.ts'
import { t, wordFor } from '../i18n/translate.ts'

/** Returns what a job is, in a word. */
export const jobName = (job: Job): string => wordFor('job.kind', job.kind)

/** Returns the bar of a job; without a total it only says that something goes on. */
export function progressBar(job: Job): TemplateResult {
  const share = shareDone(job)
  const percent = share === null ? 0 : Math.round(share * 100)
  return html`<div
    class="bar"
    role="progressbar"
    aria-label=${jobName(job)}
    aria-valuemin="0"
    aria-valuemax="100"
    aria-valuenow=${share === null ? nothing : percent}
  >
    <span style=${styleMap({ width: `${String(percent)}%` })}></span>
  </div>`
}

/** Returns `2.1 GB of 6.8 GB`, or counts for what is not bytes. */
export function amountDone(job: Job): string {
  const words = job.unit === 'bytes' ? formatBytes : formatCount
  if (job.total === null) return words(job.done)
  return t('job.progress', { done: words(job.done), total: words(job.total) })
}

/** Returns the rate and the remaining time, as far as known. */
export function pace(job: Job): string {
  if (job.state === 'queued') return t('job.queued')
  if (job.state === 'paused') return t('job.paused')
  const parts: string[] = []
  if (job.rate !== null && job.unit === 'bytes') {
    parts.push(t('job.rate', { rate: formatBytes(Math.round(job.rate)) }))
  }
  if (job.eta_seconds !== null) {
    parts.push(t('job.left', { time: formatSeconds(job.eta_seconds) }))
  }
  return parts.join(' · ')
}

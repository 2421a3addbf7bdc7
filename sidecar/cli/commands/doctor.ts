/** doctor. */
import { ERRORS } from '../../../schemas/errors.ts'
import { type Finding, DoctorReport } from '../../../schemas/store.ts'
import { command, outcome } from '../command.ts'
import { plural } from '../format.ts'
import type { Style, View } from '../output.ts'
import { resultOf } from '../results.ts'
import { joined, table } from '../table.ts'

const FINDING_STYLES: Readonly<Record<Finding['severity'], Style>> = {
  error: 'red',
  warning: 'yellow',
  note: 'dim',
}

function findingText(finding: Finding, view: View): string {
  const path = finding.path === undefined ? '' : ` (${finding.path})`
  const after = finding.repaired
    ? '; repaired'
    : finding.repairable
      ? '; repair with: synapse doctor --repair'
      : ''
  const severity = view.paint(FINDING_STYLES[finding.severity], finding.severity)
  return `${severity}: ${finding.message}${path}${after}`
}

function doctorText({ findings, checks, healthy }: DoctorReport, view: View): string {
  const columns = [
    { title: 'Check', value: (row: DoctorReport['checks'][number]) => row.check, least: 12 },
    {
      title: 'Found',
      value: (row: DoctorReport['checks'][number]) => String(row.findings),
      align: 'right' as const,
    },
    {
      title: 'Time',
      value: (row: DoctorReport['checks'][number]) => `${String(Math.round(row.duration_ms))} ms`,
      align: 'right' as const,
    },
  ]
  return joined(
    [
      table(columns, checks, view),
      findings.map((finding) => findingText(finding, view)).join('\n'),
      healthText(healthy, findings, view),
    ],
    '\n\n',
  )
}

function healthText(healthy: boolean, findings: readonly Finding[], view: View): string {
  const warnings = findings.filter(({ severity, repaired }) => severity === 'warning' && !repaired)
  if (!healthy) return 'Problems were found.'
  if (warnings.length > 0) return `No errors, ${plural(warnings.length, 'warning')}.`
  return view.paint('green', 'All is well.')
}

const named = (id: string | undefined) => (id === undefined ? [] : [id])

export const doctor = command({
  name: 'doctor',
  group: 'Store',
  summary: 'Checks every promise of the store, and repairs what it is asked to',
  details: ['Only checks, without options. Exits with 3 while something is wrong.'],
  options: {
    repair: { type: 'boolean', summary: 'Repair what can be repaired' },
    adopt: { type: 'boolean', summary: 'Import your model files that are in views' },
    'rebuild-views': { type: 'boolean', summary: 'Build the views anew from the profiles' },
    'rebuild-index': { type: 'boolean', summary: 'Build the index anew from the files' },
    'verify-blobs': { type: 'boolean', summary: 'Read every model file back; takes long' },
    'forget-packs': {
      type: 'boolean',
      summary: 'Accept that packs which were removed by hand or by git are gone',
    },
    finish: {
      type: 'string',
      value: 'id',
      summary: 'Finish an operation of the store that this one is a copy of',
    },
    'put-back': {
      type: 'string',
      value: 'id',
      summary: 'Put the files of such an operation back where they were',
    },
  },
  examples: ['synapse doctor', 'synapse doctor --repair', 'synapse doctor --verify-blobs'],
  asks: ['store.doctor', 'jobs.show', 'jobs.items'],
  async run({ client, follow }, { options }) {
    const started = await client.call('store.doctor', {
      body: {
        repair: options.repair,
        adopt: options.adopt,
        rebuild_views: options['rebuild-views'],
        rebuild_index: options['rebuild-index'],
        verify_blobs: options['verify-blobs'],
        forget_packs: options['forget-packs'],
        finish: named(options.finish),
        put_back: named(options['put-back']),
      },
    })
    const job = await follow(started)
    const { healthy } = resultOf(job, DoctorReport)
    const exit = healthy ? 0 : ERRORS['store.document_broken'].exit
    return outcome(job, (clean, view) => doctorText(resultOf(clean, DoctorReport), view), exit)
  },
})

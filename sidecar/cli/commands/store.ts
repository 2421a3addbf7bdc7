/** init, status, doctor, clean. */
import { ERRORS } from '../../../schemas/errors.ts'
import { DoctorReport, type Finding } from '../../../schemas/store.ts'
import type { Answer } from '../../../schemas/endpoints.ts'
import { command, outcome, type Command } from '../command.ts'
import { plural, size } from '../format.ts'
import type { Style, View } from '../output.ts'
import { resultOf } from '../results.ts'
import { hiddenFileText } from '../hidden-files.ts'
import { group, section } from '../section.ts'
import { absentText, planText, shadowedText } from '../switch-plan.ts'
import { facts, joined, table } from '../table.ts'

function initText(
  { dry_run, root, created, already_there, plan }: Answer<'store.init'>,
  view: View,
): string {
  const there = `The store is there already: ${root}`
  const count = plural(created.length, 'document')
  if (!dry_run) return already_there ? there : `Made the store ${root} (${count}).`
  return joined([
    view.paint('bold', 'Dry run: nothing is changed.'),
    already_there ? there : `The store ${root} would be made: ${created.join(', ')}`,
    plan !== undefined && plan.uis.length > 0 && planText(plan, view),
  ])
}

const init = command({
  name: 'init',
  aliases: ['store init'],
  group: 'Store',
  summary: 'Makes an empty store; repeating it changes nothing',
  dry: 'asked',
  details: [
    'A part of a store (data/, data/blobs/, state/) that is not connected is made anew only with --new-parts.',
  ],
  options: {
    'new-parts': { type: 'boolean', summary: 'Make parts anew whose disk is gone for good' },
  },
  examples: ['synapse init', 'synapse init --root /models/synapse --dry-run'],
  asks: ['store.init'],
  async run({ client }, { dryRun, options }) {
    const body = { dry_run: dryRun, new_parts: options['new-parts'] }
    return outcome(await client.call('store.init', { body }), initText)
  },
})

type StoreStatus = Answer<'store.status'>
type UiStatus = StoreStatus['ui'][string]

/** A glance: the plan of a switch shows more. */
const SHOWN = 3

/** What an interface sees, but for its name. */
function seenText(ui: UiStatus, view: View): string {
  const pack = ui.pack === null ? '' : ` (pack ${ui.pack})`
  return joined([
    `${ui.active ?? 'no profile'}${pack}, ${plural(ui.links, 'link')}`,
    ui.stack.length > 1 && `  Stack: ${ui.stack.join(' → ')}`,
    section('Shadowed', group(ui.shadowed), shadowedText, SHOWN),
    section(view.paint('yellow', 'Absent'), group(ui.absent), absentText, SHOWN),
    ui.foreign.length > 0 && `  ${plural(ui.foreign.length, 'file')} of yours in the view`,
    hiddenText(ui, view),
    ...ui.health.map((sentence) => view.paint('yellow', `  ${sentence}`)),
  ])
}

/** Files of the person's that lie where the interface does not look. */
function hiddenText({ hidden }: UiStatus, view: View): string {
  if (hidden === undefined) return ''
  const title = view.paint('yellow', 'Files of yours in views that are not shown')
  const models = hidden.items.some((file) => file.taken_in)
  return joined([
    section(title, hidden, hiddenFileText, SHOWN),
    models && '    Take the models among them into the store: synapse doctor --adopt',
  ])
}

/** Interfaces that see the same are told together. */
function uisText(uis: readonly UiStatus[], view: View): string {
  const alike = Map.groupBy(uis, (ui) => seenText(ui, view))
  return [...alike]
    .map(([seen, some]) => `${view.paint('bold', some.map((ui) => ui.ui).join(', '))}: ${seen}`)
    .join('\n')
}

const UNTRIED = {
  read_only: 'read-only',
  denied: 'not writable for this user',
  full: 'full',
  offline: 'a part of the store is offline',
} as const

function wayOfSwitching({ untried, atomic_switch: atomic }: NonNullable<StoreStatus['volume']>) {
  if (untried !== null) return UNTRIED[untried]
  return atomic ? 'switches in one step' : 'switches link by link'
}

/** Files of the person's that wait for a word are told where there are any. */
function quarantineFacts({ quarantine }: StoreStatus): [string, string][] {
  if (quarantine === undefined || quarantine.entries === 0) return []
  const { entries, bytes } = quarantine
  const what = `${plural(entries, 'entry', 'entries')}, ${size(bytes)}`
  return [['Quarantine', `${what}: synapse quarantine list`]]
}

/** What the store holds; a part that is away may hold more than anybody can count now. */
function modelsText({ blobs, offline }: StoreStatus): string {
  if (offline.length > 0 && blobs.total === 0)
    return 'not known while a part of the store is offline'
  const counts = `${plural(blobs.total, 'model')}, ${size(blobs.bytes_total)}: ${String(blobs.referenced)} used by packs, ${plural(blobs.orphan, 'orphan')}, ${String(blobs.missing)} missing`
  const damaged = blobs.bad === 0 ? '' : `, ${String(blobs.bad)} damaged`
  const changed = blobs.changed === 0 ? '' : `, ${String(blobs.changed)} changed`
  return counts + damaged + changed
}

function jobsText({ running, queued, paused, idle_paused }: StoreStatus['jobs']): string {
  const counts = `${String(running)} running, ${String(queued)} waiting`
  const idle = idle_paused ? '; idle work is paused: synapse jobs resume idle' : ''
  return counts + (paused === 0 ? '' : `, ${String(paused)} paused`) + idle
}

function statusText(status: StoreStatus, view: View): string {
  if (!status.initialized) return status.notes.join('\n')
  const { trash, volume, jobs } = status
  const volumeText = volume
    ? `${size(volume.free_bytes)} free of ${size(volume.total_bytes)}, ${volume.filesystem}, ${wayOfSwitching(volume)}`
    : 'unknown'
  return joined(
    [
      facts(
        [
          ['Root', status.root],
          ['Models', modelsText(status)],
          ['Packs', String(status.packs)],
          ['Profiles', String(status.profiles)],
          ['Trash', `${plural(trash.entries, 'entry', 'entries')}, ${size(trash.bytes)}`],
          ...quarantineFacts(status),
          ['Jobs', jobsText(jobs)],
          ['Disk', volumeText],
        ],
        view,
      ),
      uisText(Object.values(status.ui), view),
      status.notes.map((note) => view.paint('yellow', note)).join('\n'),
    ],
    '\n\n',
  )
}

const status = command({
  name: 'status',
  group: 'Store',
  summary: 'Shows what the store holds and what each interface sees',
  examples: ['synapse status', 'synapse status --json'],
  asks: ['store.status'],
  async run({ client }) {
    return outcome(await client.call('store.status'), statusText)
  },
})

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
  if (!healthy) return 'Not all is well.'
  if (warnings.length > 0) return `No errors, ${plural(warnings.length, 'warning')}.`
  return view.paint('green', 'All is well.')
}

const named = (id: string | undefined) => (id === undefined ? [] : [id])

const doctor = command({
  name: 'doctor',
  group: 'Store',
  summary: 'Checks every promise of the store, and mends what it is asked to',
  details: ['Without options it only looks. Exits with 3 while something is wrong.'],
  options: {
    repair: { type: 'boolean', summary: 'Repair what can be repaired' },
    adopt: { type: 'boolean', summary: 'Take in model files of yours that lie in views' },
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
      summary: 'Carry on an operation of the store that this one is a copy of',
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

const clean = command({
  name: 'clean',
  group: 'Store',
  summary: 'Removes partial files that nobody owns any more, and expired trash',
  dry: 'asked',
  examples: ['synapse clean --dry-run', 'synapse clean'],
  asks: ['store.clean'],
  async run({ client }, { dryRun }) {
    const result = await client.call('store.clean', { body: { dry_run: dryRun } })
    return outcome(result, ({ removed, bytes_freed, trash_expired, kept, notes, dry_run }, view) =>
      joined([
        dry_run && view.paint('bold', 'Dry run: nothing is changed.'),
        ...removed.map(({ path, size_bytes }) => `${path} (${size(size_bytes)})`),
        `${dry_run ? 'Would remove' : 'Removed'} ${plural(removed.length, 'partial file')} and ${plural(trash_expired, 'expired entry', 'expired entries')} of the trash; ${dry_run ? 'would free' : 'freed'} ${size(bytes_freed)}.`,
        kept > 0 &&
          `${plural(kept, 'partial file')} kept: in use, or younger than a day where nothing tells who made them.`,
        ...notes,
      ]),
    )
  },
})

/** Rows about the store as a whole. */
export const STORE_COMMANDS: readonly Command[] = [init, status, doctor, clean]

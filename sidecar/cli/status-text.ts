/** What `status` prints for a person. */
import type { Answer } from '../../schemas/endpoints.ts'
import { plural, size } from './format.ts'
import { hiddenFileText } from './hidden-files-text.ts'
import type { View } from './output.ts'
import { glance, section, group } from './section.ts'
import { shadowedText, absentText } from './switch-plan.ts'
import { joined, facts } from './table.ts'

type StoreStatus = Answer<'store.status'>

type UiStatus = StoreStatus['ui'][string]

/** What an interface sees, without its name. */
function seenText(ui: UiStatus, view: View): string {
  const pack = ui.pack === null ? '' : ` (pack ${ui.pack})`
  return joined([
    `${ui.active ?? 'no profile'}${pack}, ${plural(ui.links, 'link')}`,
    ui.stack.length > 1 && `  Stack: ${ui.stack.join(' → ')}`,
    section('Shadowed', glance(group(ui.shadowed)), shadowedText),
    section(view.paint('yellow', 'Absent'), glance(group(ui.absent)), absentText),
    ui.foreign.length > 0 && `  ${plural(ui.foreign.length, 'file')} of yours in the view`,
    hiddenText(ui, view),
    ...ui.health.map((sentence) => view.paint('yellow', `  ${sentence}`)),
  ])
}

/** The user's files in inactive views of the interface. */
function hiddenText({ hidden }: UiStatus, view: View): string {
  if (hidden === undefined) return ''
  const title = view.paint('yellow', 'Files of yours in views that are not shown')
  const models = hidden.items.some((file) => file.taken_in)
  return joined([
    section(title, glance(hidden), hiddenFileText),
    models && '    Take the models among them into the store: synapse doctor --adopt',
  ])
}

/** Interfaces that see the same are listed together. */
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

/** A fact on quarantined files, if there are any. */
function quarantineFacts({ quarantine }: StoreStatus): [string, string][] {
  if (quarantine === undefined || quarantine.entries === 0) return []
  const { entries, bytes } = quarantine
  const what = `${plural(entries, 'entry', 'entries')}, ${size(bytes)}`
  return [['Quarantine', `${what}: synapse quarantine list`]]
}

/** What the store holds; an offline part may hold more that cannot be counted now. */
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

/** Returns the state of a store as text. */
export function statusText(status: StoreStatus, view: View): string {
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

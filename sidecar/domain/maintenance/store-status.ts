/** The status of the store as a whole. */
import { formatSize } from '../../../schemas/format.ts'
import { isAppError } from '../../../schemas/errors.ts'
import type { InventorySummary } from '../../../schemas/inventory.ts'
import type { OfflinePart, StoreStatus, VolumeStatus } from '../../../schemas/store.ts'
import type { Clock } from '../../platform/clock.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { offlineText } from '../../store/offline-errors.ts'
import type { StoreContext } from '../context.ts'
import { brokenLineNotes, type LinesContext } from './broken-lines.ts'
import { filesSetAside, setAsideText } from '../../store/release-files.ts'
import { trashEntries } from '../inventory/trash-entries.ts'
import { quarantineTotals } from '../views/read-quarantine.ts'
import type { JournalOperation } from '../../store/journal.ts'
import { viewNotes } from './view-notes.ts'
import { profilesStatus } from '../profiles/profiles-status.ts'

/** Facts from outside the store: the index, the job runner, the probe of the volume. */
export interface StatusFacts {
  readonly version: string
  /** Null where there is no store yet. */
  readonly summary: BlobTotals | null
  readonly volume: VolumeStatus | null
  readonly jobs: StoreStatus['jobs']
  /** The newest operations on views that status reports. */
  readonly viewOperations?: readonly JournalOperation[]
  /** What the service reports about itself. */
  readonly notices?: readonly string[]
}

type BlobTotals = Pick<
  InventorySummary,
  | 'blobs_total'
  | 'blobs_referenced'
  | 'blobs_orphan'
  | 'blobs_missing'
  | 'blobs_bad'
  | 'blobs_changed'
  | 'bytes_total'
>

const NOTHING: BlobTotals = {
  blobs_total: 0,
  blobs_referenced: 0,
  blobs_orphan: 0,
  blobs_missing: 0,
  blobs_bad: 0,
  blobs_changed: 0,
  bytes_total: 0,
}

const OTHER_STATE =
  'state/ is not the one that was here before. If that is right: `synapse doctor --repair`.'

type StatusContext = Pick<StoreContext, 'store'> & LinesContext & { readonly clock: Clock }

const UNTRIED: Readonly<Record<NonNullable<VolumeStatus['untried']>, readonly string[]>> = {
  read_only: [
    'The store is on a read-only volume: models can be used, nothing can be changed here.',
  ],
  denied: ['This user may not write to the store: models can be used, nothing can be changed.'],
  full: ['The disk is full. Emptying the trash, deleting models and `synapse clean` still work.'],
  offline: [],
}

/** With less free space, the next model hardly fits. */
const LOW_SPACE_BYTES = 1024 ** 3

function spaceNotes({ free_bytes: free, total_bytes: total }: VolumeStatus): readonly string[] {
  if (total === 0 || free >= LOW_SPACE_BYTES) return []
  if (free === 0) return UNTRIED.full
  const what = `The disk is nearly full: ${formatSize(free, 'en')} free.`
  return [`${what} To make room: \`synapse trash empty\`, \`synapse clean\`.`]
}

function volumeNotes(volume: VolumeStatus | null): readonly string[] {
  if (volume === null) return []
  if (volume.untried !== null) return UNTRIED[volume.untried]
  return [
    ...spaceNotes(volume),
    ...(volume.link_form === 'none' ? ['No links are possible on this volume.'] : []),
    ...(volume.atomic_switch ? [] : ['Switches go link by link here, not in one step.']),
    ...(volume.network ? ['The store is on a network file system.'] : []),
  ]
}

function blobNotes({ blobs_bad: bad, blobs_changed: changed }: BlobTotals): string[] {
  const models = (count: number) => (count === 1 ? '1 model is' : `${String(count)} models are`)
  const written = changed === 1 ? '1 model was' : `${String(changed)} models were`
  return [
    ...(bad === 0
      ? []
      : [
          `${models(bad)} damaged: \`synapse inventory --integrity bad\` lists them. ` +
            'Importing the good file replaces a damaged one.',
        ]),
    ...(changed === 0
      ? []
      : [
          `${written} written to since the last verification: ` +
            '`synapse inventory verify --changed` reads them.',
        ]),
  ]
}

const MAX_ASIDE_NOTES = 3

function openNotes({ store: { reader } }: StatusContext): string[] {
  const open = reader.openHere().length
  if (open === 0) return []
  const subject = open === 1 ? '1 operation is' : `${open} operations are`
  return [`${subject} not finished yet; the next change finishes what it can.`]
}

async function asideNotes({ store }: StatusContext): Promise<string[]> {
  const waiting = await filesSetAside(store, store.reader.openHere())
  return waiting.slice(0, MAX_ASIDE_NOTES).map(setAsideText)
}

function jobNotes({ unrecorded }: StoreStatus['jobs']): string[] {
  if (unrecorded === 0) return []
  const jobs = unrecorded === 1 ? '1 job stands' : `${String(unrecorded)} jobs stand`
  return [`${jobs} in no file, since the disk refused it: it is lost when the service stops.`]
}

function elsewhereNotes(reader: StoreReader): string[] {
  const count = reader.openElsewhere().length
  if (count === 0) return []
  const operations = count === 1 ? '1 operation' : `${count} operations`
  return [`${operations} of the store that this one is a copy of: see \`synapse doctor\`.`]
}

/** Why there is no store, and how to make or reconnect one. */
function absentNote({ parts }: StoreReader): string {
  const { message, hint } = parts.noStore()
  return hint === undefined ? message : `${message}. ${hint}`
}

const offlineNote = (part: OfflinePart): string =>
  `${offlineText(part)}. Nothing is written until it is back: connect or mount the disk.`

const TOLD_MS = 7 * 86_400_000

/** Returns notes on recently evicted models that are not back. */
export function evictionNotes(reader: StoreReader, now: number): string[] {
  const late = reader.evictions().filter(({ at }) => now - Date.parse(at) < TOLD_MS)
  const gone = new Map(late.map((one) => [one.sha256, one]))
  return [...gone.values()].flatMap(({ sha256, to }) =>
    reader.hasBlob(sha256)
      ? []
      : [`${to} was changed after its import and is no longer in the store.`],
  )
}

/** What the interfaces see, or why that is unknown. */
async function uisOf(ctx: StatusContext): Promise<Pick<StoreStatus, 'ui' | 'notes'>> {
  try {
    const { uis } = await profilesStatus(ctx)
    return { ui: Object.fromEntries(uis.map((one) => [one.ui, one])), notes: [] }
  } catch (error) {
    if (!isAppError(error)) throw error
    return { ui: {}, notes: [error.message] }
  }
}

/**
 * Returns what the store holds and what each interface sees; also for a folder that is not a store
 * yet, or a store whose settings cannot be read.
 */
export async function storeStatus(ctx: StatusContext, facts: StatusFacts): Promise<StoreStatus> {
  const { reader } = ctx.store
  const { volume, jobs, version } = facts
  const summary = facts.summary ?? NOTHING
  const { initialized } = reader
  const { offline, otherState } = reader.parts.look()
  const { ui, notes } = initialized ? await uisOf(ctx) : { ui: {}, notes: [] }
  const trash = trashEntries(reader)
  return {
    initialized,
    root: reader.paths.root,
    version,
    offline: [...offline],
    ui,
    blobs: {
      total: summary.blobs_total,
      referenced: summary.blobs_referenced,
      orphan: summary.blobs_orphan,
      missing: summary.blobs_missing,
      bad: summary.blobs_bad,
      changed: summary.blobs_changed,
      bytes_total: summary.bytes_total,
    },
    packs: reader.packNames().length,
    profiles: reader.profileNames().length,
    jobs,
    trash: {
      entries: trash.length,
      bytes: trash.reduce((sum, entry) => sum + entry.size_bytes, 0),
    },
    quarantine: quarantineTotals(reader),
    volume,
    notes: [
      ...(initialized ? offline.map(offlineNote) : [absentNote(reader)]),
      ...(otherState ? [OTHER_STATE] : []),
      ...notes,
      ...blobNotes(summary),
      ...volumeNotes(volume),
      ...openNotes(ctx),
      ...(await asideNotes(ctx)),
      ...jobNotes(jobs),
      ...elsewhereNotes(reader),
      ...(initialized && offline.length === 0 ? brokenLineNotes(reader, ctx) : []),
      ...(facts.notices ?? []),
      ...evictionNotes(reader, ctx.clock.now()),
      ...viewNotes(reader, facts.viewOperations ?? []),
    ],
  }
}

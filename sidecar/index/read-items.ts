/** Rows of the index in the form of the API. */
import fs from 'node:fs'
import { fileItemId, fileOfItem, type ItemId, type Uuid } from '../../schemas/ids.ts'
import type { Copy, InventoryItem } from '../../schemas/inventory.ts'
import { STORE_ON_WIRE } from '../../schemas/locations.ts'
import { mayTouch } from '../platform/mounts.ts'
import type { IndexDatabase } from './database.ts'
import type { BlobRow } from './rows.ts'
import { listed, statement } from './statement.ts'
import type { GroupRow } from './tables.ts'

const LOCAL = { location_id: STORE_ON_WIRE, label: 'This store', kind: 'store' } as const

/** How rows are presented. */
export interface ItemView {
  /** The current time in the form used in documents. */
  readonly now: string
  /** Includes the results of reading back in `copies`. */
  readonly verification: boolean
}

function copyOf(row: BlobRow, view: ItemView): Copy {
  return {
    ...LOCAL,
    present: row.present === 1,
    online: true,
    last_seen: row.present === 1 ? view.now : null,
    last_verified: view.verification ? row.last_verified : null,
    verified: view.verification ? truth(row.verified) : null,
  }
}

function truth(cell: 0 | 1 | null): boolean | null {
  return cell === null ? null : cell === 1
}

/** The facts of a row from other tables. */
interface Beside {
  readonly uis: readonly string[]
  /** Copies at other locations. */
  readonly copies: readonly Copy[]
}

function itemOf(row: BlobRow, { uis, copies }: Beside, view: ItemView): InventoryItem {
  const isHashed = fileOfItem(row.item as ItemId) === null
  return {
    id: row.item,
    sha256: isHashed ? row.item : null,
    kind: row.kind,
    display_name: row.display_name,
    name_source: row.name_source,
    other_names: JSON.parse(row.other_names) as string[],
    size_bytes: row.size_bytes,
    status: row.status === 'library_unhashed' ? 'library' : row.status,
    where: row.where_,
    copies: [...(isHashed ? [copyOf(row, view)] : []), ...copies],
    used_by_packs: JSON.parse(row.used_by) as string[],
    ref_count: row.ref_count,
    active_in_uis: [...uis],
    origin: row.origin === null ? null : (JSON.parse(row.origin) as Record<string, unknown>),
    verified: truth(row.verified),
    integrity: row.integrity === 'none' ? null : row.integrity,
    blocked: row.blocked === 1,
    created_at: row.created_at,
  }
}

const SEEN = statement((q, given: { among: string }) =>
  q
    .selectFrom('visible')
    .select(['sha256', 'ui'])
    .where('sha256', 'in', listed<string>(given.among))
    .orderBy('ui'),
)

const HELD = statement((q, given: { digests: string; files: string }) =>
  q
    .selectFrom('files')
    .innerJoin('locations', 'locations.id', 'files.location')
    .leftJoin('copies', (join) =>
      join
        .onRef('copies.sha256', '=', 'files.sha256')
        .onRef('copies.location', '=', 'files.location'),
    )
    .select(['files.id', 'files.sha256', 'files.location', 'kind', 'label', 'good', 'at'])
    .select('locations.path as root')
    .where((eb) =>
      eb.or([
        eb('files.sha256', 'in', listed<string>(given.digests)),
        eb.and([eb('files.id', 'in', listed<string>(given.files)), eb('files.sha256', 'is', null)]),
      ]),
    )
    .orderBy('files.location')
    .orderBy('files.path'),
)

/** Reports whether a folder is connected now; one that might not answer is not touched. */
const isThere = (folder: string | null) =>
  folder !== null && mayTouch(folder) && fs.existsSync(folder)

/** Copies at locations besides the store, by item: one for each location. */
function otherCopies(
  db: IndexDatabase,
  rows: readonly BlobRow[],
  view: ItemView,
): Map<string, Copy[]> {
  const found = new Map<string, Copy[]>()
  const elsewhere = rows.filter(
    ({ location_ids }) => location_ids !== '' && location_ids !== STORE_ON_WIRE,
  )
  if (elsewhere.length === 0) return found
  const items = elsewhere.map((row) => row.item as ItemId)
  const digests = JSON.stringify(items.filter((item) => fileOfItem(item) === null))
  const files = JSON.stringify(items.flatMap((item) => fileOfItem(item) ?? []))
  const online = new Map<string | null, boolean>()
  for (const row of db.all(HELD, { digests, files })) {
    const item = row.sha256 ?? fileItemId(row.id as Uuid)
    const before = found.get(item) ?? []
    if (before.some((copy) => copy.location_id === row.location)) continue
    const isOnline = online.get(row.root) ?? isThere(row.root)
    online.set(row.root, isOnline)
    const copy = {
      location_id: row.location,
      label: row.label ?? row.root ?? row.location,
      kind: row.kind,
      present: true,
      online: isOnline,
      last_seen: isOnline ? view.now : null,
      last_verified: view.verification ? row.at : null,
      verified: view.verification ? truth(row.good) : null,
    }
    found.set(item, [...before, copy])
  }
  return found
}

/** Returns rows as items, with the interfaces that see each of them now. */
export function itemsOf(
  db: IndexDatabase,
  rows: readonly BlobRow[],
  view: ItemView,
): InventoryItem[] {
  const seen = db.all(SEEN, { among: JSON.stringify(rows.map((row) => row.item)) })
  const uis = Map.groupBy(seen, (one) => one.sha256)
  const copies = otherCopies(db, rows, view)
  return rows.map((row) => {
    const own = uis.get(row.item)?.map((one) => one.ui) ?? []
    return itemOf(row, { uis: own, copies: copies.get(row.item) ?? [] }, view)
  })
}

/** Counts and bytes over all rows; bytes are those of the store unless noted otherwise. */
export interface IndexSummary {
  readonly blobs_total: number
  readonly blobs_referenced: number
  readonly blobs_orphan: number
  readonly blobs_missing: number
  readonly blobs_backup_only: number
  readonly blobs_library: number
  readonly blobs_bad: number
  readonly blobs_changed: number
  readonly blobs_unverified: number
  /** Files without a digest; they are not counted as blobs. */
  readonly files_unhashed: number
  readonly bytes_total: number
  readonly bytes_referenced: number
  readonly bytes_orphan: number
  readonly bytes_library: number
  readonly bytes_unhashed: number
  readonly bytes_by_kind: Record<string, number>
}

/** Sums the groups up. */
export function summaryOf(groups: readonly GroupRow[]): IndexSummary {
  const count = (status: BlobRow['status']) =>
    groups.reduce((sum, row) => sum + (row.status === status ? row.blobs : 0), 0)
  const bytesOf = (rows: readonly GroupRow[], status: BlobRow['status']) =>
    rows.reduce((sum, row) => sum + (row.status === status ? row.bytes : 0), 0)
  const state = (integrity: BlobRow['integrity']) =>
    groups.reduce((sum, row) => sum + (row.integrity === integrity ? row.blobs : 0), 0)
  const kinds: Record<string, number> = {}
  const stored = groups.filter((row) => row.location_ids.split(' ').includes(STORE_ON_WIRE))
  for (const row of stored) {
    kinds[row.kind] = (kinds[row.kind] ?? 0) + row.bytes
  }
  return {
    blobs_total: groups.reduce((sum, row) => sum + row.blobs, 0) - count('library_unhashed'),
    blobs_referenced: count('referenced'),
    blobs_orphan: count('orphan'),
    blobs_missing: count('missing'),
    blobs_backup_only: count('backup_only'),
    blobs_library: count('library'),
    blobs_bad: state('bad'),
    blobs_changed: state('changed'),
    blobs_unverified: state('unverified'),
    files_unhashed: count('library_unhashed'),
    bytes_total: stored.reduce((sum, row) => sum + row.bytes, 0),
    bytes_referenced: bytesOf(stored, 'referenced'),
    bytes_orphan: bytesOf(stored, 'orphan'),
    bytes_library: bytesOf(groups, 'library'),
    bytes_unhashed: bytesOf(groups, 'library_unhashed'),
    bytes_by_kind: kinds,
  }
}

/** Rows of the index as the interface shows them. */
import type { Copy, InventoryItem } from '../../schemas/inventory.ts'
import type { IndexDatabase } from './database.ts'
import type { BlobRow } from './rows.ts'
import { listed, statement } from './statement.ts'
import type { GroupRow } from './tables.ts'

const LOCAL = { location_id: 'local', label: 'This store', kind: 'store' } as const

/** How rows are shown. */
export interface ItemView {
  /** This moment, as documents tell it. */
  readonly now: string
  /** Shows in `copies` what reading them back showed. */
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

function itemOf(row: BlobRow, uis: readonly string[], view: ItemView): InventoryItem {
  return {
    sha256: row.sha256,
    kind: row.kind,
    display_name: row.display_name,
    name_source: row.name_source,
    other_names: JSON.parse(row.other_names) as string[],
    size_bytes: row.size_bytes,
    status: row.status,
    where: row.where_,
    copies: [copyOf(row, view)],
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

/** Shows rows, with the interfaces that see each of them now. */
export function itemsOf(
  db: IndexDatabase,
  rows: readonly BlobRow[],
  view: ItemView,
): InventoryItem[] {
  const seen = db.all(SEEN, { among: JSON.stringify(rows.map((row) => row.sha256)) })
  const uis = Map.groupBy(seen, (one) => one.sha256)
  return rows.map((row) => itemOf(row, uis.get(row.sha256)?.map((one) => one.ui) ?? [], view))
}

/** Counts and bytes over all rows; bytes are those that lie here. */
export interface IndexSummary {
  readonly blobs_total: number
  readonly blobs_referenced: number
  readonly blobs_orphan: number
  readonly blobs_missing: number
  readonly blobs_backup_only: number
  readonly blobs_bad: number
  readonly blobs_changed: number
  readonly blobs_unverified: number
  readonly bytes_total: number
  readonly bytes_referenced: number
  readonly bytes_orphan: number
  readonly bytes_by_kind: Record<string, number>
}

/** Sums the groups up. */
export function summaryOf(groups: readonly GroupRow[]): IndexSummary {
  const count = (status: BlobRow['status']) =>
    groups.reduce((sum, row) => sum + (row.status === status ? row.blobs : 0), 0)
  const bytes = (status: BlobRow['status']) =>
    groups.reduce((sum, row) => sum + (row.status === status ? row.bytes : 0), 0)
  const state = (integrity: BlobRow['integrity']) =>
    groups.reduce((sum, row) => sum + (row.integrity === integrity ? row.blobs : 0), 0)
  const kinds: Record<string, number> = {}
  for (const row of groups) {
    if (row.status !== 'referenced' && row.status !== 'orphan') continue
    kinds[row.kind] = (kinds[row.kind] ?? 0) + row.bytes
  }
  return {
    blobs_total: groups.reduce((sum, row) => sum + row.blobs, 0),
    blobs_referenced: count('referenced'),
    blobs_orphan: count('orphan'),
    blobs_missing: count('missing'),
    blobs_backup_only: count('backup_only'),
    blobs_bad: state('bad'),
    blobs_changed: state('changed'),
    blobs_unverified: state('unverified'),
    bytes_total: bytes('referenced') + bytes('orphan'),
    bytes_referenced: bytes('referenced'),
    bytes_orphan: bytes('orphan'),
    bytes_by_kind: kinds,
  }
}

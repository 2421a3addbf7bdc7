/** Texts on model files and on deleting them. */
import type {
  CleanupResult,
  DeleteResult,
  Impacts,
  InventoryDetail,
  InventoryItem,
  InventoryPage,
  InventorySummary,
  MigrateResult,
  VerifyResult,
} from '../../schemas/inventory.ts'
import type { FacetValue, InventoryFacets } from '../../schemas/inventory-query.ts'
import { list, moment, plural, shortDigest, size, words } from './format.ts'
import type { Style, View } from './output.ts'
import { facts, joined, moreOf, table, type Column } from './table.ts'

const STATUS_STYLES: Readonly<Record<InventoryItem['status'], Style>> = {
  referenced: 'green',
  orphan: 'dim',
  library: 'blue',
  backup_only: 'blue',
  missing: 'red',
}

function stateText({ status, blocked: held, integrity }: InventoryItem): string {
  if (integrity === 'bad') return 'damaged'
  if (held) return 'blocked'
  return integrity === 'changed' ? 'changed' : words(status)
}

function stateStyle({ status, blocked: held, integrity }: InventoryItem): Style {
  if (integrity === 'bad') return 'red'
  return held || integrity === 'changed' ? 'yellow' : STATUS_STYLES[status]
}

const ITEMS: readonly Column<InventoryItem>[] = [
  { title: 'Name', value: ({ display_name: name }) => name, least: 20 },
  { title: 'Kind', value: ({ kind }) => kind, least: 7, spare: 1 },
  { title: 'Size', value: ({ size_bytes: bytes }) => size(bytes), align: 'right' },
  {
    title: 'Status',
    value: stateText,
    style: stateStyle,
  },
  { title: 'Where', value: ({ where }) => words(where), spare: 3 },
  { title: 'Used by', value: ({ used_by_packs: packs }) => list(packs), least: 12, spare: 2 },
  { title: 'Digest', value: ({ id, sha256 }) => (sha256 === null ? id : shortDigest(sha256)) },
]

/** Returns a page of the inventory as a table, with the number of omitted rows. */
export function inventoryText(page: InventoryPage, view: View): string {
  if (page.total === 0) return 'No models.'
  return joined([table(ITEMS, page.items, view), moreOf(page)])
}

/** Facts on files that are only in folders of the library; empty without any. */
function foldersText(summary: InventorySummary): (readonly [string, string])[] {
  const models = `${String(summary.blobs_library)}, ${size(summary.bytes_library)}`
  const files = `${String(summary.files_unhashed)}, ${size(summary.bytes_unhashed)}`
  return [
    ...(summary.blobs_library > 0 ? [['In your folders', models] as const] : []),
    ...(summary.files_unhashed > 0 ? [['Not hashed yet', files] as const] : []),
  ]
}

/** Counts and bytes over all. */
export function summaryText(summary: InventorySummary, view: View): string {
  const kinds = Object.entries(summary.bytes_by_kind)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, bytes]) => [kind, size(bytes)] as const)
  const byKind = kinds.length === 0 ? '' : facts(kinds, view)
  return joined(
    [
      facts(
        [
          ['Models', `${String(summary.blobs_total)}, ${size(summary.bytes_total)}`],
          [
            'Used by packs',
            `${String(summary.blobs_referenced)}, ${size(summary.bytes_referenced)}`,
          ],
          ['Orphans', `${String(summary.blobs_orphan)}, ${size(summary.bytes_orphan)}`],
          ...foldersText(summary),
          ['Backup only', String(summary.blobs_backup_only)],
          ['Missing', String(summary.blobs_missing)],
          ['Damaged', String(summary.blobs_bad)],
          ['Changed since verified', String(summary.blobs_changed)],
          ['Never read back', String(summary.blobs_unverified)],
          ['Trash', size(summary.trash_bytes)],
          ['Disk', `${size(summary.disk_free)} free of ${size(summary.disk_total)}`],
        ],
        view,
      ),
      byKind,
    ],
    '\n\n',
  )
}

type Facets = readonly (readonly [filter: string, values: readonly FacetValue[]])[]

const MAX_LINES = 20

function facetText([filter, values]: Facets[number], view: View): string {
  const lines = values.slice(0, MAX_LINES).map(({ value, count, bytes }) => {
    return [value, `${String(count)}, ${size(bytes)}`] as const
  })
  const rest = values.length - lines.length
  const more = rest > 0 && `  … and ${String(rest)} more`
  return joined([view.paint('bold', filter), facts(lines, view), more])
}

/** Returns the values of each filter, with how many models have them and their bytes. */
export function facetsText({ generated_at: _at, ...facets }: InventoryFacets, view: View): string {
  const filled = (Object.entries(facets) as Facets).filter(([, values]) => values.length > 0)
  if (filled.length === 0) return 'No models.'
  return filled.map((facet) => facetText(facet, view)).join('\n\n')
}

function usersText({ used_by_packs: users }: Impacts): string {
  if (users.length === 0) return 'No pack uses this model.'
  const names = [...new Set(users.map(({ name }) => name))]
  const many = names.length === 1 ? 'makes it' : 'makes them'
  return `This model is used by ${plural(names.length, 'pack')}. Deleting it ${many} incomplete: ${list(names)}`
}

/** Returns what deleting a model would break, in sentences. */
export function impactsText(impacts: Impacts, view: View): string {
  const copies = impacts.remaining_copies.map(({ label }) => label)
  return joined([
    usersText(impacts),
    impacts.active_in_uis.length > 0 && `Visible now in: ${list(impacts.active_in_uis)}`,
    impacts.workflows.length > 0 && `Workflows: ${list(impacts.workflows)}`,
    `Other copies: ${copies.length === 0 ? 'none' : list(copies)}`,
    impacts.can_download_again && 'It can be downloaded again.',
    impacts.can_delete_safely
      ? view.paint('green', 'It can be deleted safely.')
      : view.paint('yellow', 'Deleting it loses something.'),
    impacts.warning !== undefined && view.paint('yellow', impacts.warning),
  ])
}

const INTEGRITY_TEXTS: Readonly<Record<NonNullable<InventoryItem['integrity']>, string>> = {
  good: 'good',
  changed: 'written to since; synapse inventory verify checks it',
  bad: 'BAD: its bytes or its size have changed; import the good file again',
  unverified: 'never read back',
}

function verifiedText({ integrity }: InventoryItem): string {
  return integrity === null ? '–' : INTEGRITY_TEXTS[integrity]
}

/** Returns everything that is known of one model. */
export function detailText(
  { item, impacts, file_info, history }: InventoryDetail,
  view: View,
): string {
  const others = item.other_names.length === 0 ? '' : ` (also ${list(item.other_names)})`
  return joined(
    [
      facts(
        [
          ['Name', `${item.display_name}${others}`],
          item.sha256 === null ? ['Not hashed yet', item.id] : ['Digest', item.sha256],
          ['Kind', item.kind],
          ['Size', size(item.size_bytes)],
          ['Status', words(item.status) + (item.blocked ? ', blocked' : '')],
          ['Copies', list(item.copies.map(({ label }) => label))],
          ['Verified', verifiedText(item)],
          ['Used by', list(item.used_by_packs)],
          ['File', file_info?.path ?? '–'],
          ['Since', moment(item.created_at)],
        ],
        view,
      ),
      impactsText(impacts, view),
      history.map(({ at, op }) => `${moment(at)}  ${op}`).join('\n'),
    ],
    '\n\n',
  )
}

/** Returns what a deletion did, or would do. */
export function deletionText(result: DeleteResult, view: View): string {
  const { dry_run: dry, impacts, bytes_freed: freed, bytes_moved_to_trash: trashed } = result
  const places = list(result.deleted_from)
  return joined([
    dry ? view.paint('bold', 'Dry run: nothing is changed.') : null,
    dry && impactsText(impacts, view),
    `${dry ? 'Would delete' : 'Deleted'} ${shortDigest(result.sha256)} from ${places}: ${size(freed)} freed, ${size(trashed)} to the trash.`,
    result.remaining_on.length > 0 && `Stays on: ${list(result.remaining_on)}`,
    result.warning !== undefined && view.paint('yellow', result.warning),
  ])
}

const SHOWN = 10

interface Named {
  readonly display_name: string
  readonly size_bytes: number
}

function names(rows: readonly Named[]): string {
  const lines = rows.slice(0, SHOWN).map((row) => `  ${row.display_name} (${size(row.size_bytes)})`)
  const rest = rows.length - lines.length
  return joined([...lines, rest > 0 && `  … and ${String(rest)} more`])
}

function onlyCopiesText({ only_copies: only, dry_run: dry }: CleanupResult, view: View): string {
  if (only.length === 0) return ''
  const title = `Kept, since no other copy is known: ${String(only.length)}${dry ? ' (--include-only-copies takes them too)' : ''}`
  return joined([view.paint('yellow', title), names(only)])
}

/** Returns what a cleanup did, or would do. */
export function cleanupText(result: CleanupResult, view: View): string {
  const { dry_run: dry, bytes_freed: freed, bytes_moved_to_trash: trashed } = result
  const trash = trashed > 0 ? `${dry ? 'Would move' : 'Moved'} to trash: ${size(trashed)}` : ''
  return joined([
    view.paint('bold', dry ? 'Cleanup preview (dry run)' : 'Cleanup'),
    `Orphans found: ${String(result.orphans_found)}`,
    !dry && `Orphans deleted: ${String(result.orphans_deleted)}`,
    `${dry ? 'Would free' : 'Freed'}: ${size(freed)}`,
    trash,
    names(result.deleted),
    onlyCopiesText(result, view),
    ...result.errors.map((one) => view.paint('red', `${shortDigest(one.sha256)}: ${one.detail}`)),
    dry && result.deleted.length > 0 && 'Run with --execute to delete',
  ])
}

/** Returns what verification found. */
export function verifyText(result: VerifyResult, view: View): string {
  return joined([
    ...result.invalid.map((sha256) =>
      view.paint('red', `${shortDigest(sha256)}: the bytes have changed`),
    ),
    ...result.missing.map((sha256) => view.paint('yellow', `${shortDigest(sha256)}: not here`)),
    ...result.errors.map((one) => view.paint('red', `${shortDigest(one.sha256)}: ${one.detail}`)),
    `${plural(result.verified, 'model')} read back (${size(result.bytes_verified)}): ${String(result.valid.length)} good, ${String(result.invalid.length)} bad, ${String(result.missing.length)} missing.`,
  ])
}

/** Returns what the migration of manifests did, or would do. */
export function migrateText(result: MigrateResult, view: View): string {
  return joined([
    result.dry_run && view.paint('bold', 'Dry run: nothing is changed.'),
    `${String(result.scanned)} looked at: ${String(result.created)} ${result.dry_run ? 'would be written' : 'written'}, ${String(result.already_there)} there already, ${String(result.without_name)} without a name.`,
    ...result.errors.map((one) => view.paint('red', `${shortDigest(one.sha256)}: ${one.detail}`)),
  ])
}

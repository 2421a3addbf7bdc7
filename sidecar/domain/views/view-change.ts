/** The change of one view: derived from its plan, or only from a scan. */
import type { Sha256 } from '../../../schemas/ids.ts'
import type { KnownLink } from '../../store/link-ledger.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { DisplacedFile } from './displaced.ts'
import type { Repoint } from './diff-view.ts'
import { foldersOf, layoutOf } from './ui-layout.ts'
import type { ViewPlan } from './plan-view.ts'
import { returnedLinks, type ReturnedLink } from './returned-links.ts'
import type { ScannedView } from './scanned-view.ts'
import type { ViewAddress } from './view-address.ts'
import type { PlannedLink } from '../../../schemas/view-files.ts'

/** The change of the view in a slot. */
export interface ViewChange extends ViewAddress {
  readonly add: readonly PlannedLink[]
  readonly repoint: readonly Repoint[]
  readonly remove: readonly KnownLink[]
  /** Existing links without a record: only recorded. */
  readonly track: readonly KnownLink[]
  /** Paths in the ledger without a link of ours. */
  readonly forget: readonly string[]
  /** Paths where something foreign replaced a link → the blob to which the link led. */
  readonly replaced: ReadonlyMap<string, Sha256>
  /** Links that were removed on purpose and are made again. */
  readonly returned: readonly ReturnedLink[]
  /** Foreign files in the way of new links. */
  readonly quarantine: readonly string[]
  /** As in {@link ScannedView}, with texts of links in the way of new ones. */
  readonly leftovers: readonly string[]
  readonly displaced: readonly DisplacedFile[]
  /** Every folder of the layout. */
  readonly folders: readonly string[]
  /** Existing folders without our mtime. */
  readonly refreshMtimes: readonly string[]
  readonly existing: ReadonlySet<string>
}

/** Returns the change of a view that only records the findings of a scan. */
export function asScanned(
  reader: StoreReader,
  { ui, profile }: ViewAddress,
  scan: ScannedView,
): ViewChange {
  return {
    ui,
    profile,
    add: [],
    repoint: [],
    remove: [],
    track: scan.untracked,
    forget: scan.missing,
    replaced: scan.replaced,
    returned: [],
    quarantine: [],
    leftovers: scan.leftovers,
    displaced: scan.displaced,
    folders: foldersOf(layoutOf(reader.config(), ui)),
    refreshMtimes: [...scan.changedFolders],
    existing: scan.folders,
  }
}

/** A full scan also finds what is wrong in folders with our mtime. */
function isAsRecorded(scan: ScannedView): boolean {
  const { changedFolders, untracked, missing, leftovers, displaced } = scan
  const differing = untracked.length + missing.length + leftovers.length + displaced.length
  return changedFolders.size + differing === 0
}

/** Returns the change that a plan requires; null where the view is as planned. */
export function changeOf(plan: ViewPlan): ViewChange | null {
  const { scan, diff } = plan
  const folders = foldersOf(plan.layout)
  const complete = scan.folders.has('') && folders.every((path) => scan.folders.has(path))
  const quiet = diff.add.length + diff.repoint.length + diff.remove.length === 0
  if (complete && quiet && scan.ours && isAsRecorded(scan)) return null
  return {
    ui: plan.ui,
    profile: plan.slot,
    add: diff.add,
    repoint: diff.repoint,
    remove: diff.remove,
    track: scan.untracked,
    forget: scan.missing,
    replaced: scan.replaced,
    returned: returnedLinks(plan),
    quarantine: plan.inTheWay,
    leftovers: [...new Set([...scan.leftovers, ...plan.texts])],
    displaced: scan.displaced,
    folders,
    refreshMtimes: [...scan.changedFolders],
    existing: scan.folders,
  }
}

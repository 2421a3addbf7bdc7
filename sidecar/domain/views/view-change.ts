/** What is to be changed in one view: derived from its plan, or from a look at it alone. */
import type { Sha256 } from '../../../schemas/ids.ts'
import type { KnownLink } from '../../store/link-ledger.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { Repoint } from './diff-view.ts'
import { foldersOf, layoutOf } from './ui-layout.ts'
import type { ViewPlan } from './plan-view.ts'
import { returnedLinks, type ReturnedLink } from './returned-links.ts'
import type { ScannedView } from './scanned-view.ts'
import type { ViewAddress } from './view-address.ts'
import type { PlannedLink } from '../../../schemas/view-files.ts'

/** What is to be changed in the view that is kept under a name. */
export interface ViewChange extends ViewAddress {
  readonly add: readonly PlannedLink[]
  readonly repoint: readonly Repoint[]
  readonly remove: readonly KnownLink[]
  /** Links found in place without a record: only written down. */
  readonly track: readonly KnownLink[]
  /** Paths that the ledger has although no link of ours stands there. */
  readonly forget: readonly string[]
  /** Paths where something foreign took a link's place → the blob to which it led. */
  readonly replaced: ReadonlyMap<string, Sha256>
  /** Links that somebody took away and that are made again. */
  readonly returned: readonly ReturnedLink[]
  /** Foreign files that stand where a new link must go. */
  readonly quarantine: readonly string[]
  /** Temporary links that a crash left behind, and texts of links that stand for them. */
  readonly orphanedTemps: readonly string[]
  /** Every folder that the layout wants. */
  readonly folders: readonly string[]
  /** Folders there that do not have our modification time. */
  readonly refreshMtimes: readonly string[]
  readonly existing: ReadonlySet<string>
}

/** Returns the change of a view that writes down what a scan found, and makes or removes no link. */
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
    orphanedTemps: scan.orphanedTemps,
    folders: foldersOf(layoutOf(reader.config(), ui)),
    refreshMtimes: [...scan.changedFolders],
    existing: scan.folders,
  }
}

/** Returns what must be done for a plan to hold; null where the view is as it should be. */
export function changeOf(plan: ViewPlan): ViewChange | null {
  const { scan, diff } = plan
  const folders = foldersOf(plan.layout)
  const complete = scan.folders.has('') && folders.every((path) => scan.folders.has(path))
  const quiet = diff.add.length + diff.repoint.length + diff.remove.length === 0
  if (complete && quiet && scan.ours && scan.changedFolders.size === 0) return null
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
    orphanedTemps: [...new Set([...scan.orphanedTemps, ...plan.texts])],
    folders,
    refreshMtimes: [...scan.changedFolders],
    existing: scan.folders,
  }
}

/** The links of a view as they should be, and what lies between; remembered while nothing changes. */
import type { Approvals } from '../../../schemas/config.ts'
import type { UiName } from '../../../schemas/ids.ts'
import type { Absent, ConflictsMode, PlannedLink } from '../../../schemas/profile.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { diffView, type ViewDiff } from './diff-view.ts'
import { blockedRule } from './blocked-files.ts'
import type { UiLayout } from './layout.ts'
import { pathFold, type LinkStyle } from '../../store/link-styles.ts'
import type { PackContent } from './pack-files.ts'
import { absentLink, composeView, type WantedView } from './compose-view.ts'
import type { ScanMode, ScannedView } from './scan-view.ts'

/** What a plan is made of besides the view as it stands. */
export interface ViewInputs {
  readonly packs: readonly PackContent[]
  readonly layout: UiLayout
  readonly mode: ConflictsMode
  readonly approvals: Approvals
  readonly style: LinkStyle
  /** Blobs whose last reading was bad. */
  readonly bad: ReadonlyMap<string, unknown>
}

/** What a plan says. */
export interface PlannedLinks {
  readonly wanted: WantedView
  readonly diff: ViewDiff
  readonly absent: readonly Absent[]
}

/**
 * Plans that asked the disk about no blob, by the links that they were made for: they hold as long
 * as everything that they are made of is the same.
 */
const quietPlans = new WeakMap<ScannedView['links'], { of: ViewInputs; planned: PlannedLinks }>()

function isSame(a: ViewInputs, b: ViewInputs): boolean {
  return (
    a.layout === b.layout &&
    a.mode === b.mode &&
    a.approvals === b.approvals &&
    a.bad === b.bad &&
    a.style.file === b.style.file &&
    a.style.foldCase === b.style.foldCase &&
    a.packs.length === b.packs.length &&
    a.packs.every((content, index) => isSamePack(content, b.packs[index]))
  )
}

function isSamePack(a: PackContent, b: PackContent | undefined): boolean {
  return a.name === b?.name && a.pack === b.pack && a.lock === b.lock && a.broken === b.broken
}

/**
 * Plans the links of a view, or gives the plan that was made of the same things before.
 * @throws profile.conflict
 */
export function planLinks(
  reader: StoreReader,
  ui: UiName,
  of: ViewInputs,
  scan: ScannedView,
  depth: ScanMode,
): PlannedLinks {
  const quiet = depth === 'incremental' ? quietPlans.get(scan.links) : undefined
  if (quiet !== undefined && isSame(quiet.of, of)) return quiet.planned
  const fold = pathFold(of.style)
  const all = composeView({ ...of, ui, fold, isBlocked: blockedRule(reader, scan.links) })
  const { wanted, missing } = withoutMissing(reader, all, { bad: of.bad, scan, ui, depth })
  const diff = diffView(scan.links, of.style.file === null ? new Map() : wanted.links, fold)
  const planned = { wanted, diff, absent: [...wanted.absent, ...missing] }
  const asked = missing.length + diff.add.length + diff.repoint.length
  if (asked === 0) quietPlans.set(scan.links, { of, planned })
  return planned
}

/** What links are looked for with. */
interface MissingQuestion extends Pick<ViewInputs, 'bad'> {
  readonly scan: ScannedView
  readonly ui: UiName
  readonly depth: ScanMode
}

/** Links to what is not here, or is bad, are not made; of what has one already only bad readings tell. */
function withoutMissing(
  reader: StoreReader,
  planned: WantedView,
  { bad, scan, ui, depth }: MissingQuestion,
): { wanted: WantedView; missing: Absent[] } {
  const missing = new Map<PlannedLink, 'missing' | 'bad' | 'offline'>()
  const isAway = reader.parts.blobsAreAway()
  for (const link of planned.links.values()) {
    const { sha256, path } = link
    const trusted = depth === 'incremental' && scan.links.get(path)?.sha256 === sha256
    if (trusted && !bad.has(sha256)) continue
    if (!reader.hasBlob(sha256)) missing.set(link, isAway ? 'offline' : 'missing')
    else if (reader.isBad(sha256)) missing.set(link, 'bad')
  }
  if (missing.size === 0) return { wanted: planned, missing: [] }
  const links = new Map([...planned.links].filter(([, link]) => !missing.has(link)))
  const absent = [...missing].map(([link, reason]) => absentLink(ui, link, reason))
  return { wanted: { ...planned, links }, missing: absent }
}

/** From the store to the plan of one view: reads what {@link planLinks} needs. */
import { join } from 'node:path'
import { isAppError } from '../../../schemas/errors.ts'
import type { PackName, ProfileName, UiName } from '../../../schemas/ids.ts'
import type { Profile } from '../../../schemas/profile.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { expandPacks } from '../packs/expand-packs.ts'
import type { ViewChange } from './apply-view.ts'
import type { ViewDiff } from './diff-view.ts'
import { foldersOf, layoutOf, type UiLayout } from './layout.ts'
import { standingAt, viewSlot, type LinkStyle } from './link-style.ts'
import type { PackContent } from './pack-files.ts'
import { planLinks, type PlannedLinks } from './plan-links.ts'
import { scanView, type ScanDepth, type ScannedView } from './scan-view.ts'

/** A view as it stands, as it should be, and what lies between. */
export interface ViewPlan extends PlannedLinks {
  readonly ui: UiName
  readonly profile: ProfileName
  /** The name under which the view is kept. */
  readonly slot: ProfileName
  readonly layout: UiLayout
  readonly scan: ScannedView
  /** Paths of files of somebody's where a link must go. */
  readonly inTheWay: readonly string[]
}

/** What a view is planned from. */
export interface ViewQuestion {
  readonly ui: UiName
  readonly profile: ProfileName
  /** The profile as it will be, where that is not what stands on disk. */
  readonly document?: Profile | undefined
  readonly depth?: ScanDepth
}

function contentOf(reader: StoreReader, name: PackName): PackContent {
  try {
    return { name, pack: reader.pack(name), lock: reader.lock(name), broken: false }
  } catch (error) {
    if (!isAppError(error)) throw error
    return { name, pack: null, lock: null, broken: true }
  }
}

/** The packs of a profile in the order in which they act, each read once. @throws pack.cycle */
export function packsOf(reader: StoreReader, profile: Profile): PackContent[] {
  const contents = new Map<PackName, PackContent>()
  const read = (name: PackName) => {
    const content = contents.get(name) ?? contentOf(reader, name)
    contents.set(name, content)
    return content
  }
  const wanted = profile.packs.map((pack) => pack.name as PackName)
  const { order, missing } = expandPacks(wanted, (name) => read(name).pack)
  const names = [...missing.map((one) => one.pack), ...order]
  return [...new Set(names)].map(read)
}

/**
 * Plans one view. Blobs are looked for only where a link would be new, unless the scan goes deep.
 * @throws profile.conflict, pack.cycle, store.document_broken
 */
export function gatherView(
  reader: StoreReader,
  style: LinkStyle,
  question: ViewQuestion,
): ViewPlan {
  const { ui, profile, depth = 'changed' } = question
  const document = question.document ?? reader.profile(profile) ?? emptyProfile(profile)
  const layout = layoutOf(reader.config(), ui)
  const slot = viewSlot(style, profile)
  const scan = scanView(reader, ui, slot, depth)
  const of = {
    packs: packsOf(reader, document),
    layout,
    mode: document.conflicts.mode,
    approvals: reader.approvals(),
    style,
    bad: reader.badReadings(),
  }
  const planned = planLinks(reader, ui, of, scan, depth)
  const inTheWay = filesInTheWay(reader, ui, slot, planned.diff)
  return { ui, profile, slot, layout, scan, ...planned, inTheWay }
}

/**
 * A view as it was built last, whatever its packs and profile say by now, be they readable or not;
 * null where it never was.
 */
export function builtView(
  reader: StoreReader,
  style: LinkStyle,
  { ui, profile, depth = 'changed' }: ViewQuestion,
): ViewPlan | null {
  const slot = viewSlot(style, profile)
  if (slot !== profile) return null
  const scan = scanView(reader, ui, slot, depth)
  if (!scan.ours) return null
  return {
    ui,
    profile,
    slot,
    layout: layoutOf(reader.config(), ui),
    scan,
    wanted: { links: new Map(), shadowed: [], absent: [] },
    diff: { add: [], repoint: [], remove: [], unchanged: scan.links.size },
    absent: [],
    inTheWay: [],
  }
}

function emptyProfile(name: ProfileName): Profile {
  return { schema: 'synapse.profile.v1', name, conflicts: { mode: 'last_wins' }, packs: [] }
}

function filesInTheWay(
  reader: StoreReader,
  ui: UiName,
  profile: ProfileName,
  diff: ViewDiff,
): string[] {
  const root = reader.paths.view(ui, profile)
  return diff.add
    .filter((link) => {
      const standing = standingAt(reader.paths, join(root, link.path), link.sha256)
      return standing.is === 'foreign'
    })
    .map((link) => link.path)
}

/** What must be done for the plan to hold; null where the view is as it should be. */
export function changeOf(plan: ViewPlan): ViewChange | null {
  const { scan, diff } = plan
  const folders = foldersOf(plan.layout)
  const complete = scan.folders.has('') && folders.every((path) => scan.folders.has(path))
  const quiet = diff.add.length + diff.repoint.length + diff.remove.length === 0
  if (complete && quiet && scan.ours && scan.unstamped.size === 0) return null
  return {
    ui: plan.ui,
    profile: plan.slot,
    add: diff.add,
    repoint: diff.repoint,
    remove: diff.remove,
    record: scan.unrecorded,
    forget: scan.lost,
    quarantine: plan.inTheWay,
    leftovers: scan.leftovers,
    folders,
    restamp: [...scan.unstamped],
    existing: scan.folders,
  }
}

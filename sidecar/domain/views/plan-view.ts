/** Plans one view: reads from the store what {@link planLinks} needs. */
import { isAppError } from '../../../schemas/errors.ts'
import type { PackName, ProfileName, UiName } from '../../../schemas/ids.ts'
import type { Profile } from '../../../schemas/profile.ts'
import type { ForeignFile, PlannedLink } from '../../../schemas/view-files.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { expandProfile } from './expand-packs.ts'
import { layoutOf, type UiLayout } from './ui-layout.ts'
import { sortAdditions } from './obstructions.ts'
import type { PackContent } from './pack-files.ts'
import { planLinks, type PlanBasis, type PlannedLinks } from './plan-links.ts'
import { absentLink } from './compose-view.ts'
import { scanView } from './scan-view.ts'
import type { ScanMode, ScannedView } from './scanned-view.ts'
import type { ViewAddress } from './view-address.ts'

/** The current view, the wanted one, and the changes between them. */
export interface ViewPlan extends Omit<PlannedLinks, 'basis'>, ViewAddress {
  /** Null where nothing was planned. */
  readonly basis: PlanBasis | null
  /** The slot in which the view is kept. */
  readonly slot: ProfileName
  readonly layout: UiLayout
  readonly scan: ScannedView
  /** Links whose paths are taken by something foreign that stays: they are absent. */
  readonly taken: readonly PlannedLink[]
  /** Paths of foreign files that a switch moves to quarantine, for links that are new. */
  readonly inTheWay: readonly string[]
  /** Links for which a file of the blob's size stands in until its digest is known. */
  readonly copies: readonly PlannedLink[]
  /** Files with the text of a link, which it replaces. */
  readonly texts: readonly string[]
}

/** The input of the plan of a view. */
export interface ViewPlanInput extends ViewAddress {
  /** The future profile, where it differs from the one on disk. */
  readonly document?: Profile | undefined
  readonly depth?: ScanMode
  /**
   * True where the user requested this plan and sees what it moves to quarantine; else nothing is
   * moved there.
   */
  readonly quarantines?: boolean
}

function contentOf(reader: StoreReader, name: PackName): PackContent {
  try {
    return { name, pack: reader.pack(name), lock: reader.lock(name), broken: false }
  } catch (error) {
    if (!isAppError(error)) throw error
    return { name, pack: null, lock: null, broken: true }
  }
}

/** The packs of a profile in the order in which they apply. */
export interface ProfilePacks {
  readonly packs: readonly PackContent[]
  /** As in {@link expandProfile}. */
  readonly inUse: readonly PackName[]
}

/**
 * Returns the packs of a profile in the order in which they apply, each read once.
 * @throws pack.cycle
 */
export function packsOf(reader: StoreReader, profile: Profile): ProfilePacks {
  const contents = new Map<PackName, PackContent>()
  const read = (name: PackName) => {
    const content = contents.get(name) ?? contentOf(reader, name)
    contents.set(name, content)
    return content
  }
  const { order, missing, inUse } = expandProfile(profile, (name) => read(name).pack)
  const names = [...missing.map((one) => one.pack), ...order]
  return { packs: [...new Set(names)].map(read), inUse }
}

/**
 * Plans one view. Only blobs of new links are looked up, unless the scan is full.
 * @throws profile.conflict, pack.cycle, store.document_broken
 */
export function planView(reader: StoreReader, question: ViewPlanInput): ViewPlan {
  const { ui, profile, depth = 'incremental' } = question
  const document = question.document ?? reader.profile(profile) ?? emptyProfile(profile)
  const layout = layoutOf(reader.config(), ui)
  const slot = reader.viewSlot(ui, profile)
  const scan = scanView(reader, { ui, profile: slot }, depth)
  const { packs, inUse } = packsOf(reader, { ...document, name: profile })
  const of = {
    ui,
    packs: packs.filter((content) => isShownIn(content, ui)),
    inUse,
    layout,
    mode: document.conflicts.mode,
    approvals: reader.approvals(),
    style: reader.linkStyle(ui),
    bad: reader.badReadings(),
  }
  const planned = planLinks(reader, of, { scan, depth })
  const root = reader.paths.view(ui, slot)
  const target = { paths: reader.paths, root, replaced: scan.replaced }
  const sorted = sortAdditions(target, planned.diff.add)
  const { copies, texts } = sorted
  const moved = question.quarantines === true ? sorted.inTheWay : []
  const taken = moved.length > 0 ? sorted.taken : [...sorted.taken, ...sorted.inTheWay]
  const add = [...sorted.free, ...moved]
  const absent = taken.map((link) => absentLink(ui, link, 'path_taken'))
  return {
    ...{ ui, profile, slot, layout, scan, taken, copies, texts },
    inTheWay: moved.map((link) => link.path),
    shadowed: planned.shadowed,
    basis: planned.basis,
    diff: add.length === planned.diff.add.length ? planned.diff : { ...planned.diff, add },
    absent: absent.length === 0 ? planned.absent : [...planned.absent, ...absent],
  }
}

/**
 * Returns a view as it was last built, whatever its packs and profile are now, readable or not;
 * null where it was never built.
 */
export function builtView(
  reader: StoreReader,
  { ui, profile, depth = 'incremental' }: ViewPlanInput,
): ViewPlan | null {
  const slot = reader.viewSlot(ui, profile)
  if (slot !== profile) return null
  const scan = scanView(reader, { ui, profile: slot }, depth)
  if (!scan.ours) return null
  return {
    ui,
    profile,
    slot,
    layout: layoutOf(reader.config(), ui),
    scan,
    shadowed: [],
    basis: null,
    diff: { add: [], repoint: [], remove: [], unchanged: scan.links.size },
    absent: [],
    taken: [],
    copies: [],
    texts: [],
    inTheWay: [],
  }
}

/**
 * Reports whether a pack is shown in an interface: a pack of files found in one is shown only
 * there.
 */
function isShownIn({ pack }: PackContent, ui: UiName): boolean {
  return pack?.uis === undefined || pack.uis.includes(ui)
}

function emptyProfile(name: ProfileName): Profile {
  return { schema: 'synapse.profile.v1', name, conflicts: { mode: 'last_wins' }, packs: [] }
}

/** Returns foreign files in a view, with their effect on the plan. */
export function foreignFiles({ scan, taken, inTheWay }: ViewPlan): ForeignFile[] {
  const moved = new Set(inTheWay)
  const owners = new Map(taken.map((link) => [link.path, link]))
  const sizes = new Map(scan.foreign.map((file) => [file.path, file.size_bytes]))
  return [...new Set([...sizes.keys(), ...moved, ...owners.keys()])].map((path) => {
    const owner = owners.get(path)
    const instead = owner && { pack: owner.pack, dependency_id: owner.dependency_id }
    return {
      path,
      size_bytes: sizes.get(path) ?? 0,
      in_the_way: moved.has(path),
      ...(instead === undefined ? {} : { instead_of: instead }),
    }
  })
}

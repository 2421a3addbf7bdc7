/** Plans a switch: what each interface will see, and what must change for that. */
import { createHash } from 'node:crypto'
import { canonicalText } from '../../../schemas/json.ts'
import { GLOBAL, type ProfileName, type Sha256, type UiName } from '../../../schemas/ids.ts'
import type { Profile } from '../../../schemas/profile.ts'
import type { SwitchPlan } from '../../../schemas/switch.ts'
import type { UiPlan } from '../../../schemas/switch.ts'
import type { HiddenFile, PlannedLink } from '../../../schemas/view-files.ts'
import type { KnownLink, KnownView } from '../../store/link-ledger.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { truncated, truncatedPaths } from '../truncate-list.ts'
import { builtView, foreignFiles, planView, type ViewPlan } from '../views/plan-view.ts'
import { hiddenFiles } from '../views/hidden-files.ts'
import type { ScanMode } from '../views/scanned-view.ts'

/** The intent of a switch. */
export interface SwitchIntent {
  readonly action: SwitchPlan['action']
  readonly profile: ProfileName | null
  /** The stack of each interface afterwards. */
  readonly stacks: ReadonlyMap<UiName, readonly ProfileName[]>
  /** Profiles that the switch rewrites. */
  readonly documents: ReadonlyMap<ProfileName, Profile>
  /** False: the view is shown as it was last built, if it ever was. */
  readonly refresh: boolean
  readonly depth: ScanMode
}

/** One interface's part of a switch. */
export interface UiSwitch {
  readonly ui: UiName
  readonly before: readonly ProfileName[]
  readonly after: readonly ProfileName[]
  readonly shownBefore: ProfileName | null
  readonly view: ViewPlan
  /** What the interface sees now. */
  readonly seen: KnownView['links']
  /** Foreign files that it sees now and will not see after the switch. */
  readonly outOfSight: readonly HiddenFile[]
}

/** A complete switch, without truncated lists. */
export interface PlannedSwitch {
  readonly intent: SwitchIntent
  readonly uis: readonly UiSwitch[]
  readonly fingerprint: string
}

const NOTHING: KnownView['links'] = new Map()

function seenNow(reader: StoreReader, ui: UiName, shown: ProfileName | null): KnownView['links'] {
  if (shown === null && reader.linkStyle(ui).folder !== 'none') return NOTHING
  return reader.knownView(ui, reader.viewSlot(ui, shown ?? GLOBAL))?.links ?? NOTHING
}

/** Changes in what an interface lists, as paths in no order. */
interface ChangesInSight {
  readonly appear: readonly string[]
  readonly disappear: readonly string[]
  /** Listed before and after, as different files. */
  readonly replace: readonly string[]
}

function changesInSight({ view, seen }: UiSwitch): ChangesInSight {
  const there = view.scan.links
  const gone = new Set(view.diff.remove.map((link) => link.path))
  const made = [...view.diff.add, ...view.diff.repoint.map((one) => one.link)]
  const now = new Map(made.map((link) => [link.path, link.sha256]))
  const appear: string[] = []
  const disappear: string[] = []
  const replace: string[] = []
  const look = (path: string, sha256: Sha256) => {
    const before = seen.get(path)
    if (before === undefined) appear.push(path)
    else if (before.sha256 !== sha256) replace.push(path)
  }
  for (const [path, sha256] of now) look(path, sha256)
  for (const link of there.values()) {
    if (!gone.has(link.path) && !now.has(link.path)) look(link.path, link.sha256)
  }
  for (const path of seen.keys()) {
    if (!now.has(path) && (gone.has(path) || !there.has(path))) disappear.push(path)
  }
  return { appear, disappear, replace }
}

/** Reports whether the links of a view are untouched since it was built. */
function isIntact({ scan }: ViewPlan): boolean {
  const { missing, leftovers, displaced, untracked } = scan
  const isStale = untracked.some((link) => link.stale === true)
  return missing.length + leftovers.length + displaced.length === 0 && !isStale
}

/** Foreign files in the active view of an interface, if it will not be active after the switch. */
function leftBehind(reader: StoreReader, view: ActiveView, after: ProfileName): HiddenFile[] {
  const { ui, profile } = view
  const stays = reader.linkStyle(ui).folder === 'none' || profile === null || profile === after
  return stays ? [] : hiddenFiles(reader, { ui, profile })
}

/** The view that an interface shows. */
interface ActiveView {
  readonly ui: UiName
  readonly profile: ProfileName | null
}

function planUi(reader: StoreReader, intent: SwitchIntent, ui: UiName): UiSwitch {
  const after = intent.stacks.get(ui) ?? []
  const profile = after.at(-1) ?? GLOBAL
  const document = intent.documents.get(profile)
  const question = { ui, profile, document, depth: intent.depth, quarantines: true }
  const built = intent.refresh ? null : builtView(reader, question)
  const view = built !== null && isIntact(built) ? built : planView(reader, question)
  const shownBefore = reader.activeProfile(ui)
  const seen = seenNow(reader, ui, shownBefore)
  const outOfSight = leftBehind(reader, { ui, profile: shownBefore }, profile)
  return { ui, before: reader.stack(ui), after, shownBefore, view, seen, outOfSight }
}

/**
 * Plans a switch for every interface of it.
 * @throws profile.conflict, pack.cycle, store.document_broken
 */
export function planSwitch(reader: StoreReader, intent: SwitchIntent): PlannedSwitch {
  const uis = Array.from(intent.stacks.keys(), (ui) => planUi(reader, intent, ui))
  return { intent, uis, fingerprint: fingerprintOf(uis) }
}

const digests = new WeakMap<KnownView['links'], string>()

/** A digest of the links of a view. */
function digestOf(links: KnownView['links']): string {
  const known = digests.get(links)
  if (known !== undefined) return known
  const text = Array.from(links.values(), (link) => `${link.path}\n${link.sha256}\n`).join('')
  const digest = createHash('sha256').update(text).digest('hex')
  digests.set(links, digest)
  return digest
}

function fingerprintOf(uis: readonly UiSwitch[]): string {
  const facts = uis.map((one) => ({
    ui: one.ui,
    before: one.before,
    after: one.after,
    shown: one.shownBefore,
    seen: digestOf(one.seen),
    there: digestOf(one.view.scan.links),
    add: one.view.diff.add,
    repoint: one.view.diff.repoint.map((repoint) => repoint.link),
    remove: one.view.diff.remove.map((link) => [link.path, link.sha256]),
    taken: one.view.taken.map((link) => link.path),
    in_the_way: one.view.inTheWay,
  }))
  return createHash('sha256').update(canonicalText(facts)).digest('hex').slice(0, 16)
}

function uiPlan(one: UiSwitch): UiPlan {
  const { view } = one
  const { appear, disappear, replace } = changesInSight(one)
  return {
    ui: one.ui,
    stack_before: [...one.before],
    stack_after: [...one.after],
    profile_before: one.shownBefore,
    profile_after: view.profile,
    add: truncated(view.diff.add),
    remove: truncated(view.diff.remove.map(removedLink)),
    repoint: truncated(view.diff.repoint.map((repoint) => repoint.link)),
    unchanged: view.diff.unchanged,
    appear: truncatedPaths(appear),
    disappear: truncatedPaths(disappear),
    replace: truncatedPaths(replace),
    shadowed: truncated(view.shadowed),
    absent: truncated(view.absent),
    foreign: truncated(foreignFiles(view)),
    out_of_sight: truncated(one.outOfSight),
  }
}

function removedLink(link: KnownLink): PlannedLink {
  return {
    path: link.path,
    sha256: link.sha256,
    kind: link.model_kind,
    pack: '',
    dependency_id: '',
  }
}

/** Returns a plan for display: at most 200 items per group. */
export function shownPlan(planned: PlannedSwitch): SwitchPlan {
  return {
    action: planned.intent.action,
    profile: planned.intent.profile,
    fingerprint: planned.fingerprint,
    uis: planned.uis.map(uiPlan),
  }
}

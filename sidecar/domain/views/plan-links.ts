/** Plans the links of a view and their changes; cached while nothing changes. */
import { isDeepStrictEqual } from 'node:util'
import type { Approvals } from '../../../schemas/config.ts'
import type { PackName, UiName } from '../../../schemas/ids.ts'
import type { ConflictsMode } from '../../../schemas/profile.ts'
import type { KnownView } from '../../store/link-ledger.ts'
import { pathFold, type LinkStyle } from '../../store/link-styles.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { blockedRule } from './blocked-files.ts'
import { absentLink, composeView, type WantedView } from './compose-view.ts'
import { diffPaths, diffView, type ComparedPath, type ViewDiff } from './diff-view.ts'
import type { UiLayout } from './ui-layout.ts'
import { MissingBlobs } from './missing-blobs.ts'
import type { PackContent } from './pack-files.ts'
import { inOrder, recomposeView, type RecomposedView } from './recompose-view.ts'
import type { ScanMode, ScannedView } from './scanned-view.ts'
import type { Absent, PlannedLink, Shadowed } from '../../../schemas/view-files.ts'

/** The input of a plan besides the current view. */
export interface ViewInputs {
  readonly ui: UiName
  readonly packs: readonly PackContent[]
  readonly inUse: readonly PackName[]
  readonly layout: UiLayout
  readonly mode: ConflictsMode
  readonly approvals: Approvals
  readonly style: LinkStyle
  /** Blobs whose last reading was bad. */
  readonly bad: ReadonlyMap<string, unknown>
}

/** The basis of a plan. */
export interface PlanBasis {
  readonly of: ViewInputs
  readonly wanted: WantedView
  /** Folded paths of wanted links that do not exist. */
  readonly open: ReadonlySet<string>
}

/** The result of a plan. */
export interface PlannedLinks {
  readonly shadowed: readonly Shadowed[]
  readonly diff: ViewDiff
  readonly absent: readonly Absent[]
  readonly basis: PlanBasis
}

/** The current view, and how closely it was scanned. */
export interface LinkQuestion {
  readonly scan: ScannedView
  readonly depth: ScanMode
}

/**
 * Links of a ledger → the plan that was carried out: all its links but the open ones exist, and no
 * others.
 */
const settled = new WeakMap<KnownView['links'], PlanBasis>()

/** Reports whether plans for one view were made by the same rules, whatever its packs. */
function haveSameRules(a: ViewInputs, b: ViewInputs): boolean {
  return (
    a.ui === b.ui &&
    a.layout === b.layout &&
    a.mode === b.mode &&
    isDeepStrictEqual(a.inUse, b.inUse) &&
    a.approvals === b.approvals &&
    a.bad === b.bad &&
    a.style.file === b.style.file &&
    a.style.foldCase === b.style.foldCase
  )
}

/**
 * Plans the links of a view. If the existing links were planned by the same rules, only the paths
 * of packs that changed since are compared, and those at which a link was missing.
 * @throws profile.conflict
 */
export function planLinks(
  reader: StoreReader,
  of: ViewInputs,
  { scan, depth }: LinkQuestion,
): PlannedLinks {
  const { links, ours } = scan
  const input = { ...of, fold: pathFold(of.style), isBlocked: blockedRule(reader, links) }
  const blobs = new MissingBlobs(reader, { links, mode: depth, bad: of.bad })
  const known = depth === 'incremental' ? settled.get(links) : undefined
  const before = known !== undefined && haveSameRules(known.of, of) ? known : null
  const again = before === null ? null : recomposeView(before.wanted, input)
  const compared =
    before === null || again === null
      ? compareAll(links, composeView(input), { of, blobs })
      : comparePaths(before, again, { links, blobs })
  const planned = conclude(of, compared)
  const isSettled = planned.diff.repoint.length + planned.diff.remove.length === 0
  if (ours && isSettled && of.style.file !== null) settled.set(links, planned.basis)
  return planned
}

/** The wanted view, compared with the existing one. */
interface Compared {
  readonly wanted: WantedView
  readonly diff: ViewDiff
  readonly missing: ReadonlyMap<PlannedLink, Absent['reason']>
}

function conclude(of: ViewInputs, { wanted, diff, missing }: Compared): PlannedLinks {
  const fold = pathFold(of.style)
  const absent = Array.from(missing, ([link, reason]) => absentLink(of.ui, link, reason))
  const open = new Set([...missing.keys(), ...diff.add].map(({ path }) => fold(path)))
  return {
    shadowed: wanted.shadowed,
    diff,
    absent: absent.length === 0 ? wanted.absent : [...wanted.absent, ...absent],
    basis: { of, wanted, open },
  }
}

/** Compares all links. */
function compareAll(
  there: ScannedView['links'],
  wanted: WantedView,
  { of, blobs }: { readonly of: ViewInputs; readonly blobs: MissingBlobs },
): Compared {
  const missing = new Map<PlannedLink, Absent['reason']>()
  for (const link of wanted.links.values()) {
    const reason = blobs.why(link)
    if (reason !== null) missing.set(link, reason)
  }
  const made = [...wanted.links].filter(([, link]) => !missing.has(link))
  const links = missing.size === 0 ? wanted.links : new Map(made)
  const diff = diffView(there, of.style.file === null ? new Map() : links, pathFold(of.style))
  return { wanted, diff, missing }
}

/** Compares the links at paths that may differ from the former plan. */
function comparePaths(
  before: PlanBasis,
  { view: wanted, changed }: RecomposedView,
  { links, blobs }: { readonly links: ScannedView['links']; readonly blobs: MissingBlobs },
): Compared {
  const missing = new Map<PlannedLink, Absent['reason']>()
  const keys = inOrder(wanted, new Set([...changed, ...before.open]))
  const paths = keys.map((key): ComparedPath => {
    const old = before.open.has(key) ? undefined : before.wanted.links.get(key)
    const there = old === undefined ? null : (links.get(old.path) ?? null)
    const wish = wanted.links.get(key) ?? null
    const reason = wish === null ? null : blobs.why(wish)
    if (wish !== null && reason !== null) missing.set(wish, reason)
    return { there, wish: reason === null ? wish : null }
  })
  return { wanted, diff: diffPaths(links, paths), missing }
}

/**
 * Remembers that a plan was carried out, so that the next one need not compare all links again.
 * @param links the current links of the ledger
 */
export function rememberMade(links: KnownView['links'], plan: MadePlan): void {
  const { basis, diff, scan } = plan
  if (basis === null || scan.untracked.length + scan.missing.length > 0) return
  const { wanted, of } = basis
  const fold = pathFold(of.style)
  const gone = [...diff.remove, ...diff.repoint.map((one) => one.from)]
  // A file that needs an approval is wanted only while its link exists.
  if (gone.some(({ path, sha256 }) => wants(wanted, fold(path), sha256))) return
  const made = diff.add.filter(({ path, sha256 }) => links.get(path)?.sha256 === sha256)
  const open = new Set(basis.open)
  for (const { path } of made) open.delete(fold(path))
  if (links.size === wanted.links.size - open.size) settled.set(links, { of, wanted, open })
}

/** A plan that was carried out. */
export interface MadePlan {
  readonly basis: PlanBasis | null
  readonly diff: ViewDiff
  readonly scan: Pick<ScannedView, 'untracked' | 'missing'>
}

function wants({ parts }: WantedView, key: string, sha256: string): boolean {
  return parts.some((part) => part.at(key).some(({ link }) => link.sha256 === sha256))
}

/** Doctor's check of views: of every existing folder of a view, whatever its ledger or profile. */
import { isAppError } from '../../../schemas/errors.ts'
import type { HiddenFile } from '../../../schemas/view-files.ts'
import type { Finding } from '../../../schemas/store.ts'
import type { Store } from '../../store/store.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { quarantineEntries } from '../views/read-quarantine.ts'
import { bringUpToDate, activateTop } from '../profiles/activate-top.ts'
import { followsGlobal, listViews, type ListedView } from '../views/list-views.ts'
import { foundPack } from '../views/found-pack.ts'
import { planView, type ViewPlan } from '../views/plan-view.ts'
import { changeOf } from '../views/view-change.ts'
import { hiddenFiles } from '../views/hidden-files.ts'
import { asideFolders } from '../imports/settle-aside.ts'

/** The input of the check of views. */
export interface ViewCheck {
  readonly store: Store
  readonly repair: boolean
  /** Turns copies into links again and imports what is requested, before the check. */
  readonly adopt: () => Promise<unknown>
}

type More = Partial<Pick<Finding, 'path' | 'repairable'>>

function finding(severity: Finding['severity'], message: string, more: More = {}): Finding {
  return { check: 'views', severity, message, repairable: false, repaired: false, ...more }
}

/** The finding on a foreign file in a view: what happens to it, and what can be done. */
function foreignFinding(reader: StoreReader, view: ListedView, file: HiddenFile): Finding {
  const sight = view.shown ? '' : ', where no interface looks now'
  const where = `${view.ui}/${view.profile}`
  const next = file.taken_in ? nextOfModel(reader, view, file) : 'move it to where you want it'
  return finding(
    'note',
    `${where}: ${file.path} was put there by another program${sight}; ${next}`,
    {
      path: file.place,
    },
  )
}

/**
 * Reports whether a file in the place of a link may hold the same bytes: it is counted with the
 * links.
 */
function mayBeCopy({ ui, taken_in, pack, replaces_link }: HiddenFile): boolean {
  return taken_in && pack !== foundPack(ui) && replaces_link !== true
}

function nextOfModel(reader: StoreReader, view: ListedView, file: HiddenFile): string {
  const waits = view.shown && file.replaces_link !== true && !followsGlobal(reader, view.ui)
  return waits
    ? 'it is imported when its view is no longer active'
    : 'import it: synapse doctor --adopt'
}

function absentFindings({ ui }: ListedView, { absent }: ViewPlan): Finding[] {
  return absent.flatMap((one) => {
    const name = `${one.pack}: ${one.filename}`
    if (one.reason === 'missing') return [finding('warning', `${name} is not here`)]
    if (one.reason !== 'path_taken') return []
    const next = 'move that away, or import it: synapse doctor --adopt'
    return [
      finding(
        'warning',
        `${name} has no link in ${ui}, since something of yours has its place; ${next}`,
      ),
    ]
  })
}

const counted = (count: number, one: string, many: string) =>
  count === 1 ? `1 ${one}` : `${String(count)} ${many}`

/** Paths of files that may be copies of models. */
function standIns({ copies, scan }: ViewPlan): Set<string> {
  return new Set([...copies, ...scan.copies].map(({ path }) => path))
}

/** What is wrong with the links and folders of a view; an inactive view may be out of date. */
function linkFindings(view: ListedView, plan: ViewPlan, repair: boolean): Finding[] {
  const where = `${view.ui}/${view.profile}`
  const { add, remove, repoint } = plan.diff
  const differs = view.shown ? add.length + remove.length + repoint.length : 0
  const broken = plan.scan.leftovers.length + plan.texts.length
  const repairable = { repairable: true }
  const copies = standIns(plan).size
  const warning = (words: string) => finding('warning', `${where}: ${words}`, repairable)
  return [
    ...(differs > 0
      ? [
          warning(
            counted(differs, 'link is not as it should be', 'links are not as they should be'),
          ),
        ]
      : []),
    ...(view.shown && differs + copies === 0 && changeOf(plan) !== null
      ? [finding('note', `${where}: folders were changed by another program`, repairable)]
      : []),
    ...(!view.shown && broken > 0
      ? [warning(counted(broken, 'link is a text file', 'links are text files'))]
      : []),
    ...(copies > 0 ? [copiesFinding(where, copies, repair)] : []),
  ]
}

/** The finding on copies that adoption left: building the view does not repair them. */
function copiesFinding(where: string, copies: number, adopted: boolean): Finding {
  const what = counted(copies, 'file may be a copy of a model', 'files may be copies of models')
  const waits = adopted ? ', in use, unfinished or with names outside of the views' : ''
  return finding('warning', `${where}: ${what}${waits}`, { repairable: !adopted })
}

function viewFindings({ store: { reader }, repair }: ViewCheck, view: ListedView): Finding[] {
  const { ui, profile, shown } = view
  const foreign = hiddenFiles(reader, view)
    .filter((file) => !mayBeCopy(file))
    .map((file) => ({ file, found: foreignFinding(reader, view, file) }))
  const all = foreign.map(({ found }) => found)
  if (!shown && reader.knownView(ui, reader.viewSlot(ui, profile)) === null) return all
  try {
    const plan = planView(reader, { ui, profile, depth: 'full' })
    const counted = standIns(plan)
    const others = foreign.filter(({ file }) => !counted.has(file.path)).map(({ found }) => found)
    return [
      ...linkFindings(view, plan, repair),
      ...others,
      ...(shown ? absentFindings(view, plan) : []),
    ]
  } catch (error) {
    if (!isAppError(error)) throw error
    return shown ? [finding('error', `${ui}/${profile}: ${error.message}`)] : all
  }
}

async function tryRepair(check: ViewCheck, view: ListedView, found: Finding): Promise<Finding> {
  const { store } = check
  const { ui, profile } = view
  try {
    await store.transact('doctor', async (tx) => {
      if (view.shown) await activateTop(tx, ui, 'full')
      else await bringUpToDate(tx, planView(tx, { ui, profile, depth: 'full' }))
      await tx.completePendingViews()
    })
    return { ...found, repaired: true }
  } catch (error) {
    return { ...found, message: `${found.message} (not repaired: ${String(error)})` }
  }
}

function asideFindings({ store: { reader } }: ViewCheck): Finding[] {
  return asideFolders(reader).map(({ ui, path }) =>
    finding('warning', `${ui}: a folder that was in the place of \`active\` waits to be compared`, {
      path: reader.paths.relative(path),
      repairable: true,
    }),
  )
}

/**
 * Checks invariants 2 and 3 for every active view, and foreign files in every existing view. With
 * `repair`, repairs what can be repaired.
 */
export async function checkViews(check: ViewCheck): Promise<Finding[]> {
  const { store, repair } = check
  await check.adopt()
  const found: Finding[] = asideFindings(check)
  const seen = new Set<string>()
  for (const view of listViews(store.reader)) {
    for (const one of viewFindings(check, view)) {
      // What is wrong with a model is the same in every view that wants it.
      if (seen.has(one.message)) continue
      seen.add(one.message)
      found.push(repair && one.repairable ? await tryRepair(check, view, one) : one)
    }
  }
  return found
}

/** Reports everything in quarantine, with the commands for it. */
export function checkQuarantine(reader: StoreReader): Finding[] {
  return quarantineEntries(reader).map(({ name, from, path }) => {
    const where = from === null ? '' : `, which stood at ${from},`
    const message =
      `${name}${where} lies in quarantine: ` + 'synapse quarantine list, restore or discard'
    return { ...finding('note', message, { path }), check: 'quarantine' }
  })
}

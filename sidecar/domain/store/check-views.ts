/** Doctor's look at views: every folder of a view that exists, whatever its ledger or profile. */
import { isAppError } from '../../../schemas/errors.ts'
import type { Finding } from '../../../schemas/store.ts'
import type { Store } from '../../store/store.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { quarantineEntries } from '../quarantine/read-quarantine.ts'
import { bringUpToDate, showTop } from '../profiles/show-top.ts'
import { viewPlaces, type ViewPlace } from '../views/find-foreign.ts'
import { filesInView, isTakenAlong } from '../views/foreign-files.ts'
import { changeOf, gatherView, type ViewPlan } from '../views/gather-view.ts'
import { viewSlot, type LinkStyle } from '../views/link-style.ts'
import { asideFolders } from '../views/settle-aside.ts'

/** What checking views needs. */
export interface ViewCheck {
  readonly store: Store
  readonly style: LinkStyle
  readonly repair: boolean
  /** Makes copies links again and takes in what is asked for, before anything is looked at. */
  readonly adopt: () => Promise<unknown>
}

type More = Partial<Pick<Finding, 'path' | 'repairable'>>

function finding(severity: Finding['severity'], message: string, more: More = {}): Finding {
  return { check: 'views', severity, message, repairable: false, repaired: false, ...more }
}

/** What becomes of a file of somebody's, and what can be done about it. */
function foreignFinding(
  reader: StoreReader,
  place: ViewPlace,
  slot: string,
  file: string,
  size: number,
) {
  const root = reader.paths.view(place.ui, slot as never)
  const path = reader.paths.place(`${root}/${file}`)
  const sight = place.shown ? '' : ', where no interface looks now'
  const next = isTakenAlong({ path: file, size_bytes: size })
    ? 'take it into the store: synapse doctor --adopt'
    : 'move it to where you want it'
  const where = `${place.ui}/${place.profile}`
  return finding('note', `${where}: ${file} was put there by somebody else${sight}; ${next}`, {
    path,
  })
}

function absentFindings({ absent }: ViewPlan): Finding[] {
  return absent.flatMap((one) => {
    const name = `${one.pack}: ${one.filename}`
    if (one.reason === 'missing') return [finding('warning', `${name} is not here`)]
    if (one.reason !== 'path_taken') return []
    const next = 'move that away, or take it in: synapse doctor --adopt'
    return [
      finding('warning', `${name} has no link, since something of yours has its place; ${next}`),
    ]
  })
}

/** What is wrong with the links and folders of a view; one that nobody looks at may be behind. */
function linkFindings(place: ViewPlace, plan: ViewPlan): Finding[] {
  const where = `${place.ui}/${place.profile}`
  const { add, remove, repoint } = plan.diff
  const differs = place.shown ? add.length + remove.length + repoint.length : 0
  const broken = plan.scan.leftovers.length + plan.texts.length
  const mend = { repairable: true }
  const copies = plan.copies.length
  return [
    ...(differs > 0
      ? [finding('warning', `${where}: ${String(differs)} links are not as they should be`, mend)]
      : []),
    ...(place.shown && differs === 0 && changeOf(plan) !== null
      ? [finding('note', `${where}: folders were touched by somebody else`, mend)]
      : []),
    ...(!place.shown && broken > 0
      ? [finding('warning', `${where}: ${String(broken)} links are text files`, mend)]
      : []),
    ...(copies > 0
      ? [finding('warning', `${where}: ${String(copies)} files may be copies of models`, mend)]
      : []),
  ]
}

function hiddenFiles(reader: StoreReader, style: LinkStyle, place: ViewPlace): Finding[] {
  const slot = viewSlot(style, place.profile)
  return filesInView(reader, place.ui, slot).map((file) =>
    foreignFinding(reader, place, slot, file.path, file.size_bytes),
  )
}

function viewFindings(reader: StoreReader, style: LinkStyle, place: ViewPlace): Finding[] {
  const slot = viewSlot(style, place.profile)
  if (!place.shown && reader.knownView(place.ui, slot) === null) {
    return hiddenFiles(reader, style, place)
  }
  try {
    const { ui, profile } = place
    const plan = gatherView(reader, style, { ui, profile, depth: 'all' })
    const foreign = plan.scan.foreign.map((file) =>
      foreignFinding(reader, place, slot, file.path, file.size_bytes),
    )
    return [...linkFindings(place, plan), ...foreign, ...(place.shown ? absentFindings(plan) : [])]
  } catch (error) {
    if (!isAppError(error)) throw error
    if (!place.shown) return hiddenFiles(reader, style, place)
    return [finding('error', `${place.ui}/${place.profile}: ${error.message}`)]
  }
}

async function mend(check: ViewCheck, place: ViewPlace, found: Finding): Promise<Finding> {
  const { store, style } = check
  const { ui, profile } = place
  try {
    await store.transact('doctor', async (tx) => {
      if (place.shown) await showTop(tx, style, ui, 'all')
      else await bringUpToDate(tx, style, gatherView(tx, style, { ui, profile, depth: 'all' }))
      await tx.endFollowed()
    })
    return { ...found, repaired: true }
  } catch (error) {
    return { ...found, message: `${found.message} (not mended: ${String(error)})` }
  }
}

function asideFindings({ store: { reader } }: ViewCheck): Finding[] {
  return asideFolders(reader).map(({ ui, path }) =>
    finding(
      'warning',
      `${ui}: a folder that stood in the place of \`active\` waits to be compared`,
      {
        path: reader.paths.place(path),
        repairable: true,
      },
    ),
  )
}

/**
 * Invariants 2 and 3 for every view that interfaces look at; files of somebody's in every view
 * folder that exists. With `repair`, what can be mended is.
 */
export async function checkViews(check: ViewCheck): Promise<Finding[]> {
  const { store, style, repair } = check
  await check.adopt()
  const found: Finding[] = asideFindings(check)
  for (const place of viewPlaces(store.reader, style)) {
    for (const one of viewFindings(store.reader, style, place)) {
      found.push(repair && one.repairable ? await mend(check, place, one) : one)
    }
  }
  return found
}

/** Everything that lies in quarantine, with the commands for it. */
export function checkQuarantine(reader: StoreReader): Finding[] {
  return quarantineEntries(reader).map(({ name, from, path }) => {
    const where = from === null ? '' : `, which stood at ${from},`
    const message =
      `${name}${where} lies in quarantine: ` + 'synapse quarantine list, restore or discard'
    return { ...finding('note', message, { path }), check: 'quarantine' }
  })
}

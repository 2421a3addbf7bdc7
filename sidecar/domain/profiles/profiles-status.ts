/** What each interface sees now, and any problems with that. */
import { GLOBAL, type ProfileName, type Sha256, type UiName } from '../../../schemas/ids.ts'
import type { ProfilesStatus, UiStatus } from '../../../schemas/profile.ts'
import type { Clock } from '../../platform/clock.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'
import { truncated } from '../truncate-list.ts'
import { hiddenFilesOf, lookForTorn } from '../views/hidden-files.ts'
import { uiNames } from '../views/ui-layout.ts'
import { foreignFiles, planView, type ViewPlan } from '../views/plan-view.ts'
import { quarantineTotals } from '../views/read-quarantine.ts'
import { uiSets } from './choose-uis.ts'
import { packOfDerived } from '../views/derived-names.ts'
import { activeHealth, layoutHealth, viewHealth, type ActiveState } from './view-health.ts'

/** Returns a cached check whether a blob exists. */
function blobLookup(reader: StoreReader): (sha256: Sha256) => boolean {
  const found = new Map<Sha256, boolean>()
  return (sha256) => {
    const there = found.get(sha256) ?? reader.hasBlob(sha256)
    found.set(sha256, there)
    return there
  }
}

/** The active profile of an interface; without links to folders, the top of the stack. */
function activeProfile(reader: StoreReader, ui: UiName, top: ProfileName): ProfileName | null {
  if (reader.linkStyle(ui).folder !== 'none') return reader.activeProfile(ui)
  return reader.knownView(ui, reader.viewSlot(ui, top)) === null ? null : top
}

function seenView(
  reader: StoreReader,
  { ui, top }: ActiveState,
): { readonly view: ViewPlan | null; readonly problem: string[] } {
  try {
    return { view: planView(reader, { ui, profile: top }), problem: [] }
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    return { view: null, problem: [`The view of "${top}" cannot be planned: ${what}`] }
  }
}

type Content = Pick<UiStatus, 'links' | 'shadowed' | 'absent' | 'foreign'>

function contentOf(view: ViewPlan | null, known: number): Content {
  if (view === null) return { links: known, shadowed: [], absent: [], foreign: [] }
  return {
    links: view.scan.links.size,
    shadowed: [...view.shadowed],
    absent: [...view.absent],
    foreign: foreignFiles(view),
  }
}

async function uiStatus(
  reader: StoreReader,
  ui: UiName,
  has: ((sha256: Sha256) => boolean) | null,
): Promise<UiStatus> {
  const stack = reader.stack(ui)
  const top = stack.at(-1) ?? GLOBAL
  const active = activeProfile(reader, ui, top)
  const sight = { ui, top, active }
  const { view, problem } = seenView(reader, sight)
  const hidden = truncated(hiddenFilesOf(reader, ui))
  return {
    ui,
    stack,
    active,
    pack: active === null ? null : packOfDerived(active),
    view: active === null ? null : reader.paths.active(ui),
    ...contentOf(view, reader.knownView(ui, reader.viewSlot(ui, top))?.links.size ?? 0),
    hidden: { ...hidden, items: await lookForTorn(reader, hidden.items) },
    health: [
      ...activeHealth(reader, sight),
      ...layoutHealth(reader, sight),
      ...problem,
      ...(view === null || active === null ? [] : viewHealth(view, has)),
    ],
    can_go_back: stack.length > 1,
  }
}

/**
 * Returns per interface: the stack, what is shadowed, what is absent, and what is wrong. An
 * interface whose view cannot be planned is reported in its `health`.
 * @throws store.document_broken, store.newer_format of config, ui_sets or runtime
 */
export async function profilesStatus(
  ctx: Pick<StoreContext, 'store'> & { readonly clock: Clock },
): Promise<ProfilesStatus> {
  const { reader } = ctx.store
  const has = reader.parts.blobsAreAway() ? null : blobLookup(reader)
  const config = reader.config()
  return {
    generated_at: new Date(ctx.clock.now()).toISOString(),
    default_ui_set: config.defaults.ui_set,
    ui_sets: Object.fromEntries(uiSets(reader)),
    uis: await Promise.all(uiNames(config).map((ui) => uiStatus(reader, ui, has))),
    quarantine: quarantineTotals(reader),
  }
}

/** Reading profiles, and what each interface sees of them now. */
import fs from 'node:fs'
import * as v from 'valibot'
import type { Answer } from '../../../schemas/endpoints.ts'
import { AppError, isAppError } from '../../../schemas/errors.ts'
import { GLOBAL, type ProfileName, type Sha256, type UiName } from '../../../schemas/ids.ts'
import {
  Profile,
  type ProfileDetail,
  type ProfileSummary,
  type ProfilesStatus,
  type UiStatus,
} from '../../../schemas/profile.ts'
import type { Clock } from '../../platform/clock.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'
import { truncated } from '../truncate-list.ts'
import { quarantineTotals } from '../views/read-quarantine.ts'
import { foreignFiles, planView, type ViewPlan } from '../views/plan-view.ts'
import { hiddenFilesOf, lookForTorn } from '../views/hidden-files.ts'
import { foldersOf, layoutOf, uiNames } from '../views/layout.ts'
import { uiSets } from './choose-uis.ts'
import { packOfDerived } from './runtime-stack.ts'

type ReadContext = Pick<StoreContext, 'store'>
type Stacks = ReadonlyMap<UiName, readonly ProfileName[]>

const NAMED = 3

function stacksOf(reader: StoreReader): Stacks {
  return new Map(uiNames(reader.config()).map((ui) => [ui, reader.stack(ui)]))
}

function summaryOf(reader: StoreReader, name: ProfileName, stacks: Stacks): ProfileSummary {
  let profile: Profile | null = null
  let broken: string | null = null
  try {
    profile = reader.profile(name)
  } catch (error) {
    if (!isAppError(error)) throw error
    broken = error.message
  }
  const uis = [...stacks]
  return {
    name,
    packs: profile?.packs.length ?? 0,
    conflicts_mode: profile?.conflicts.mode ?? 'last_wins',
    derived: packOfDerived(name) !== null,
    active_in_uis: uis.filter(([, stack]) => stack.at(-1) === name).map(([ui]) => ui),
    in_stack_of_uis: uis.filter(([, stack]) => stack.includes(name)).map(([ui]) => ui),
    ...(broken === null ? {} : { broken }),
  }
}

/**
 * Returns a page of profiles by name; one that cannot be read is listed with the reason.
 * @throws store.document_broken, store.newer_format of config or runtime
 */
export function listProfiles(
  ctx: ReadContext,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Answer<'profiles.list'> {
  const { reader } = ctx.store
  const names = reader.profileNames()
  const stacks = stacksOf(reader)
  const items = names.slice(offset, offset + limit).map((name) => summaryOf(reader, name, stacks))
  return { total: names.length, limit, offset, items }
}

/**
 * Returns one profile with its document. @throws profile.not_found, store.document_broken,
 * store.newer_format
 */
export function showProfile(ctx: ReadContext, name: ProfileName): ProfileDetail {
  const { reader } = ctx.store
  const profile = reader.profile(name) ?? (name === GLOBAL ? v.parse(Profile, { name }) : null)
  if (profile === null) throw new AppError('profile.not_found', `There is no profile "${name}"`)
  return { summary: summaryOf(reader, name, stacksOf(reader)), profile }
}

/** `3 files are …: a, b, c` or `1 file is …: a`. */
function sentence(items: readonly string[], one: string, many: string, after: string): string[] {
  if (items.length === 0) return []
  const more = items.length > NAMED ? `, and ${items.length - NAMED} more` : ''
  const head = items.length === 1 ? `1 ${one}` : `${items.length} ${many}`
  return [`${head} ${after}: ${items.slice(0, NAMED).join(', ')}${more}.`]
}

/** Reports whether a blob is here; each is looked for once. */
function blobLookup(reader: StoreReader): (sha256: Sha256) => boolean {
  const found = new Map<Sha256, boolean>()
  return (sha256) => {
    const there = found.get(sha256) ?? reader.hasBlob(sha256)
    found.set(sha256, there)
    return there
  }
}

/** What an interface is found in. */
interface Sight {
  readonly ui: UiName
  readonly top: ProfileName
  readonly active: ProfileName | null
}

/** The profile that an interface looks at; without links to folders, that of the stack. */
function activeProfile(reader: StoreReader, ui: UiName, top: ProfileName): ProfileName | null {
  if (reader.linkStyle(ui).folder !== 'none') return reader.activeProfile(ui)
  return reader.knownView(ui, reader.viewSlot(ui, top)) === null ? null : top
}

function activeHealth(reader: StoreReader, { ui, top, active }: Sight): string[] {
  if (active === top) return []
  const path = reader.paths.active(ui)
  const taken = active === null && fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined
  if (taken) return [`${reader.paths.place(path)} is no link to a profile: synapse doctor --repair`]
  if (active === null) return ['No profile is active yet.']
  return [`The profile "${active}" is shown although "${top}" is in use.`]
}

function layoutHealth(reader: StoreReader, { ui }: Sight): string[] {
  const none = 'No links are possible on this volume, so that no model can be shown.'
  return [
    ...(reader.linkStyle(ui).file === null ? [none] : []),
    ...layoutOf(reader.config(), ui).unusable.map(
      (value) => `The setting kind_map.${ui} has no usable folder for ${value}.`,
    ),
  ]
}

/** @param has null where the models are on a part that is offline: then no link is wrong for that */
function viewHealth(view: ViewPlan, has: ((sha256: Sha256) => boolean) | null): string[] {
  const { scan, diff, layout } = view
  if (!scan.folders.has('')) return [`The view of "${view.profile}" has not been built yet.`]
  const folders = foldersOf(layout).filter((path) => !scan.folders.has(path))
  const paths = (links: readonly { readonly path: string }[]) => links.map((link) => link.path)
  const dead = [...scan.links.values()].filter((link) => has?.(link.sha256) === false)
  const late =
    has === null ? [] : [...diff.add, ...diff.repoint.map((one) => one.link), ...diff.remove]
  return [
    ...sentence(folders, 'folder', 'folders', 'of the view missing'),
    ...sentence(paths(dead), 'link', 'links', 'in the view leading nowhere'),
    ...sentence(
      scan.copies.map((file) => file.path),
      'file',
      'files',
      'in the place of links, for `synapse doctor --repair` to compare',
    ),
    ...sentence(paths(late), 'link', 'links', 'of the view not up to date'),
    ...sentence(
      paths(scan.foreign),
      'file',
      'files',
      'in the view that no pack put there (`synapse doctor` tells what each is)',
    ),
  ]
}

function seenView(
  reader: StoreReader,
  { ui, top }: Sight,
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
 * interface whose view cannot be planned is told of in its `health`.
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

/** Problems with what an interface sees, one sentence each. */
import fs from 'node:fs'
import type { ProfileName, Sha256, UiName } from '../../../schemas/ids.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { foldersOf, layoutOf } from '../views/ui-layout.ts'
import type { ViewPlan } from '../views/plan-view.ts'

const NAMED = 3

/** Singular and plural form of a problem. */
interface Phrase {
  readonly one: string
  readonly many: string
  readonly what: string
}

const FILES = { one: 'file', many: 'files' }
const LINKS = { one: 'link', many: 'links' }

/** `3 files are …: a, b, c` or `1 file is …: a`. */
function sentence(items: readonly string[], { one, many, what }: Phrase): string[] {
  if (items.length === 0) return []
  const more = items.length > NAMED ? `, and ${items.length - NAMED} more` : ''
  const head = items.length === 1 ? `1 ${one}` : `${items.length} ${many}`
  return [`${head} ${what}: ${items.slice(0, NAMED).join(', ')}${more}.`]
}

/** An interface, the profile in use, and the active one. */
export interface ActiveState {
  readonly ui: UiName
  readonly top: ProfileName
  readonly active: ProfileName | null
}

/** Returns the problems of an interface that does not show the profile in use. */
export function activeHealth(reader: StoreReader, { ui, top, active }: ActiveState): string[] {
  if (active === top) return []
  const path = reader.paths.active(ui)
  const taken = active === null && fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined
  if (taken)
    return [`${reader.paths.relative(path)} is not a link to a profile: synapse doctor --repair`]
  if (active === null) return ['No profile is active yet.']
  return [`The profile "${active}" is shown although "${top}" is in use.`]
}

/** Returns the problems with the settings of an interface. */
export function layoutHealth(reader: StoreReader, { ui }: ActiveState): string[] {
  const none = 'No links are possible on this volume, so that no model can be shown.'
  return [
    ...(reader.linkStyle(ui).file === null ? [none] : []),
    ...layoutOf(reader.config(), ui).unusable.map(
      (value) => `The setting kind_map.${ui} has no usable folder for ${value}.`,
    ),
  ]
}

/**
 * Returns the problems of a view.
 * @param has null if the part with the models is offline: then missing models are not problems
 */
export function viewHealth(view: ViewPlan, has: ((sha256: Sha256) => boolean) | null): string[] {
  const { scan, diff, layout } = view
  if (!scan.folders.has('')) return [`The view of "${view.profile}" has not been built yet.`]
  const folders = foldersOf(layout).filter((path) => !scan.folders.has(path))
  const paths = (links: readonly { readonly path: string }[]) => links.map((link) => link.path)
  const dead = [...scan.links.values()].filter((link) => has?.(link.sha256) === false)
  const late =
    has === null ? [] : [...diff.add, ...diff.repoint.map((one) => one.link), ...diff.remove]
  return [
    ...sentence(folders, { one: 'folder', many: 'folders', what: 'of the view missing' }),
    ...sentence(paths(dead), { ...LINKS, what: 'of the view broken' }),
    ...sentence(paths(scan.copies), {
      ...FILES,
      what: 'in the place of links, which `synapse doctor --repair` compares',
    }),
    ...sentence(paths(late), { ...LINKS, what: 'of the view not up to date' }),
    ...sentence(paths(scan.foreign), {
      ...FILES,
      what: 'of no pack in the view (`synapse doctor` lists them)',
    }),
  ]
}

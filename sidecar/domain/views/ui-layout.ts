/** The folder of each kind in a view, from the config and the built-in layouts. */
import * as v from 'valibot'
import type { Config } from '../../../schemas/config.ts'
import { RelativePath, UiName } from '../../../schemas/ids.ts'
import { BUILT_IN_LAYOUTS, type Layout } from '../../../schemas/layouts.ts'

/** The folder of each kind in one interface, and values that are not usable as a folder. */
export interface UiLayout {
  readonly folders: ReadonlyMap<string, string>
  readonly unusable: readonly string[]
}

/** Returns the interfaces of the store: those in the config and those with a built-in layout. */
export function uiNames(config: Config): UiName[] {
  const names = new Set([...config.ui.known, ...Object.keys(config.ui.kind_map)])
  return [...names].filter((name): name is UiName => v.is(UiName, name))
}

function builtIn(ui: UiName, own: boolean): Layout {
  const layout = BUILT_IN_LAYOUTS[ui]
  if (layout !== undefined) return layout
  return own ? {} : (BUILT_IN_LAYOUTS['comfyui'] ?? {})
}

const remembered = new WeakMap<Config, Map<UiName, UiLayout>>()

/**
 * Returns the layout of an interface, one object as long as the config is one: the config's
 * folders, and the built-in ones for kinds that the config does not name. An interface without any
 * layout is treated like ComfyUI.
 */
export function layoutOf(config: Config, ui: UiName): UiLayout {
  const layouts = remembered.get(config) ?? new Map<UiName, UiLayout>()
  remembered.set(config, layouts)
  const layout = layouts.get(ui) ?? readLayout(config, ui)
  layouts.set(ui, layout)
  return layout
}

function readLayout(config: Config, ui: UiName): UiLayout {
  const own = config.ui.kind_map[ui]
  const folders = new Map<string, string>()
  const unusable: string[] = []
  const named = Object.entries({ ...builtIn(ui, own !== undefined), ...own })
  for (const [kind, folder] of named) {
    if (folder === null || folder === undefined) continue
    if (v.is(RelativePath, folder)) folders.set(kind, folder)
    else unusable.push(`${kind}: ${JSON.stringify(folder)}`)
  }
  return { folders, unusable }
}

/** Returns every folder that a view of this layout always has, parents before children. */
export function foldersOf(layout: UiLayout): string[] {
  const all = new Set<string>()
  for (const folder of layout.folders.values()) {
    for (const parent of parentsOf(folder)) all.add(parent)
    all.add(folder)
  }
  return [...all].sort()
}

/** Returns the folders above a path of a view, outermost first, without the view itself. */
export function parentsOf(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(0, -1).map((_part, index) => parts.slice(0, index + 1).join('/'))
}

/** Returns the folder that a path of a view is in; `''` is the view itself. */
export function folderOf(path: string): string {
  const end = path.lastIndexOf('/')
  return end < 0 ? '' : path.slice(0, end)
}

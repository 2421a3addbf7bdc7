/** Settings of the store, of its sets of interfaces and of this machine. */
import { isAbsolute } from 'node:path'
import * as v from 'valibot'
import type {
  Config,
  ConfigAnswer,
  ConfigChange,
  ConfigEdit,
  UiSets,
} from '../../../schemas/config.ts'
import { AppError, type Issue } from '../../../schemas/errors.ts'
import { RelativePath, unportableReason, type UiName } from '../../../schemas/ids.ts'
import { documentText } from '../../../schemas/json.ts'
import { BUILT_IN_LAYOUTS } from '../../../schemas/layouts.ts'
import { isVisible, readsAs } from '../../../schemas/visible-names.ts'
import { writeStep, type Step } from '../../store/steps.ts'
import * as kinds from '../../store/document-kinds.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'
import { previewViews } from '../profiles/preview-views.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { GLOBAL } from '../../../schemas/ids.ts'
import { OverlayReader } from '../../store/overlay-reader.ts'
import { uiNames } from '../views/ui-layout.ts'

interface ReadContext {
  readonly store: Pick<StoreContext['store'], 'reader'>
}

/**
 * Returns the current settings; defaults where a file is absent.
 * @throws store.document_broken, store.newer_format
 */
export function readConfig({ store: { reader } }: ReadContext): ConfigAnswer {
  return { config: reader.config(), ui_sets: reader.uiSets(), machine: reader.machine() }
}

type KindMap = Config['ui']['kind_map']
type Folders = Readonly<Record<string, unknown>>

/** The base of an interface's own folders: an interface without any is treated like ComfyUI. */
function ownFolders(config: Config, ui: string): Folders {
  const own = config.ui.kind_map[ui]
  if (own !== undefined) return own
  const likeComfy = config.ui.known.includes(ui) && !Object.hasOwn(BUILT_IN_LAYOUTS, ui)
  return likeComfy ? (BUILT_IN_LAYOUTS['comfyui'] ?? {}) : {}
}

/** Applies edits of folders: null hides a built-in folder and removes one of the config's own. */
function withFolders(ui: string, own: Folders, edits: Folders): Record<string, unknown> {
  const builtIn = BUILT_IN_LAYOUTS[ui] ?? {}
  const merged = Object.entries({ ...own, ...edits })
  return Object.fromEntries(
    merged.filter(([kind, folder]) => folder !== null || Object.hasOwn(builtIn, kind)),
  )
}

function editedKindMap(config: Config, edits: ConfigEdit['kind_map']): KindMap {
  const changed = Object.entries(edits ?? {}).map(
    ([ui, folders]) => [ui, withFolders(ui, ownFolders(config, ui), folders)] as const,
  )
  return { ...config.ui.kind_map, ...Object.fromEntries(changed) }
}

function editedConfig(config: Config, edit: ConfigEdit): Config {
  const startup = Object.entries(edit.startup ?? {}).map(
    ([ui, values]) => [ui, { ...config.startup[ui], ...values }] as const,
  )
  const known = new Set([...config.ui.known, ...Object.keys(edit.kind_map ?? {})])
  return v.parse(kinds.CONFIG.schema, {
    ...config,
    defaults: { ...config.defaults, ...edit.defaults },
    startup: { ...config.startup, ...Object.fromEntries(startup) },
    trash: { ...config.trash, ...edit.trash },
    ui: { ...config.ui, known: [...known], kind_map: editedKindMap(config, edit.kind_map) },
  })
}

function editedSets(sets: UiSets, edits: ConfigEdit['ui_sets']): UiSets {
  const merged = Object.entries({ ...sets.sets, ...edits })
  return { ...sets, sets: Object.fromEntries(merged.filter(([, uis]) => uis !== null)) as never }
}

function folderIssue(path: string, folder: string): Issue[] {
  const parts = v.is(RelativePath, folder) ? folder.split('/').map(unportableReason) : ['is unsafe']
  const reason = parts.find((one) => one !== null)
  return reason === undefined ? [] : [{ path, message: `A part of the folder ${reason}` }]
}

function kindMapIssues(edits: ConfigEdit['kind_map']): Issue[] {
  return Object.entries(edits ?? {}).flatMap(([ui, folders]) =>
    Object.entries(folders).flatMap(([kind, folder]) =>
      folder === null ? [] : folderIssue(`kind_map.${ui}.${kind}`, folder),
    ),
  )
}

/** New interfaces get folders of their name, so it must be valid on every file system. */
function newUiIssues(known: readonly UiName[], edits: ConfigEdit['kind_map']): Issue[] {
  return Object.keys(edits ?? {}).flatMap((ui, index, all): Issue[] => {
    if (known.some((one) => one === ui)) return []
    const reason = unportableReason(ui)
    if (reason !== null) return [{ path: `kind_map.${ui}`, message: `The name ${reason}` }]
    const others = [...known, ...all.slice(0, index)]
    const other = others.find((one) => readsAs(one) === readsAs(ui))
    return other === undefined
      ? []
      : [{ path: `kind_map.${ui}`, message: `An interface "${other}" already exists` }]
  })
}

/** The name of a new set must not read like that of another set or interface. */
function newSetIssue(path: string, name: string, others: readonly string[]): Issue[] {
  const reason = isVisible(name) ? null : 'The name has no visible character'
  const other = others.find((one) => readsAs(one) === readsAs(name))
  const taken = other === undefined ? null : `"${other}" already exists and reads the same`
  const message = reason ?? taken
  return message === null ? [] : [{ path, message }]
}

function setIssues(
  uis: readonly UiName[],
  there: readonly string[],
  edits: ConfigEdit['ui_sets'],
): Issue[] {
  return Object.entries(edits ?? {}).flatMap(([name, members], index, all): Issue[] => {
    const path = `ui_sets.${name}`
    const earlier = all.slice(0, index).map(([one]) => one)
    if (uis.some((ui) => ui === name)) {
      return [{ path, message: 'This is the name of an interface, which is always a set' }]
    }
    if (members !== null && !there.includes(name)) {
      const issues = newSetIssue(path, name, [...there, ...uis, ...earlier])
      if (issues.length > 0) return issues
    }
    const unknown = members?.find((ui) => !uis.includes(ui))
    return unknown === undefined ? [] : [{ path, message: `No such interface: "${unknown}"` }]
  })
}

function rootIssues(roots: ConfigEdit['import_roots']): Issue[] {
  return (roots ?? [])
    .filter((root) => !isAbsolute(root))
    .map((root) => ({ path: 'import_roots', message: `${root} is not an absolute path` }))
}

/** @throws input.invalid naming each value */
function assertNoIssues(issues: readonly Issue[]): void {
  const [first] = issues
  if (first === undefined) return
  throw new AppError('input.invalid', `${first.path}: ${first.message}`, { issues })
}

/** @throws profile.not_found */
function requireProfiles(reader: StoreReader, edit: ConfigEdit): void {
  const there = new Set<string>([GLOBAL, ...reader.profileNames()])
  const started = Object.values(edit.startup ?? {}).map((one) => one.activate)
  const named = [...started.filter((name) => name !== 'last'), edit.defaults?.use_base]
  const missing = named.find((name) => name !== undefined && !there.has(name))
  if (missing === undefined) return
  throw new AppError('profile.not_found', `No such profile: "${missing}"`)
}

/** @throws ui.not_found, ui_set.not_found */
function requireUis(edit: ConfigEdit, config: Config, sets: UiSets): void {
  const uis: readonly string[] = uiNames(config)
  const stranger = Object.keys(edit.startup ?? {}).find((ui) => !uis.includes(ui))
  if (stranger !== undefined) {
    throw new AppError('ui.not_found', `No such interface: "${stranger}"`)
  }
  if (edit.defaults?.ui_set === undefined && edit.ui_sets === undefined) return
  const chosen = config.defaults.ui_set
  const members = Object.hasOwn(sets.sets, chosen) ? sets.sets[chosen] : []
  const usable = members?.some((ui) => uis.includes(ui)) === true
  if (usable || uis.includes(chosen)) return
  throw new AppError('ui_set.not_found', `The default set "${chosen}" would have no interface`, {
    hint: 'Choose another default set in the same edit.',
  })
}

function editSteps(reader: StoreReader, edit: ConfigEdit): Step[] {
  const before = reader.config()
  const config = editedConfig(before, edit)
  const sets = editedSets(reader.uiSets(), edit.ui_sets)
  assertNoIssues([
    ...kindMapIssues(edit.kind_map),
    ...newUiIssues(uiNames(before), edit.kind_map),
    ...setIssues(uiNames(config), Object.keys(reader.uiSets().sets), edit.ui_sets),
    ...rootIssues(edit.import_roots),
  ])
  requireProfiles(reader, edit)
  requireUis(edit, config, sets)
  const { import_roots, link_kind, security } = edit
  const machine = {
    ...reader.machine(),
    ...(import_roots === undefined ? {} : { import_roots }),
    ...(link_kind === undefined ? {} : { link_kind }),
    ...(security === undefined ? {} : { security: { ...reader.machine().security, ...security } }),
  }
  const { paths } = reader
  const named = [edit.defaults, edit.startup, edit.trash, edit.kind_map]
  return [
    named.some((one) => one !== undefined)
      ? writeStep(paths, paths.config, documentText(config))
      : null,
    edit.ui_sets === undefined ? null : writeStep(paths, paths.uiSets, documentText(sets)),
    import_roots === undefined && link_kind === undefined && security === undefined
      ? null
      : writeStep(paths, paths.machine, documentText(machine)),
  ].filter((step) => step !== null)
}

/**
 * Returns the settings after an edit, and what interfaces would see of it; nothing is changed.
 * @throws as {@link editConfig}
 */
export async function previewConfig(
  { store }: StoreContext,
  edit: ConfigEdit,
): Promise<ConfigChange> {
  store.reader.requireInitialized()
  const after = new OverlayReader(store.reader, editSteps(store.reader, edit))
  const views = previewViews(after)
  return { dry_run: true, ...readConfig({ store: { reader: after } }), views }
}

/**
 * Changes the named settings, and syncs views; unknown keys are kept. A new name in `kind_map` is a
 * new interface.
 * @throws input.invalid naming each value, profile.not_found, ui.not_found, ui_set.not_found,
 * store.not_initialized, store.newer_format, disk.*; then nothing has changed
 */
export async function editConfig(
  ctx: StoreContext,
  actor: string,
  edit: ConfigEdit,
): Promise<ConfigAnswer> {
  await ctx.store.transact(actor, async (tx) => {
    const steps = editSteps(tx, edit)
    if (steps.length === 0) return
    const after = { changed: Object.keys(edit) }
    await tx.perform({ op: 'config.edit', after, syncViews: true }, steps)
    await syncActiveViews(tx)
  })
  return readConfig(ctx)
}

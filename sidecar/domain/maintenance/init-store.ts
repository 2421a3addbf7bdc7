/** Makes a store, or completes one that another program made. */
import fs from 'node:fs'
import * as v from 'valibot'
import { documentText } from '../../../schemas/json.ts'
import { BUILT_IN_LAYOUTS } from '../../../schemas/layouts.ts'
import type { InitResult } from '../../../schemas/store.ts'
import { AppError } from '../../../schemas/errors.ts'
import { writeOnce } from '../../platform/disk.ts'
import { nameTaken } from '../../platform/name-taken.ts'
import { ensureStoreFolders } from '../../store/store-folders.ts'
import * as kinds from '../../store/document-kinds.ts'
import type { Step } from '../../store/steps.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'
import { uiNames } from '../views/ui-layout.ts'
import { performSwitch, previewSwitch } from '../profiles/perform-switch.ts'
import type { SwitchIntent } from '../profiles/plan-switch.ts'
import { GLOBAL } from '../../../schemas/ids.ts'
import { OverlayReader } from '../../store/overlay-reader.ts'

const UI_SETS = {
  local: ['comfyui', 'forge'],
  comfy_only: ['comfyui'],
  all: Object.keys(BUILT_IN_LAYOUTS),
}

/** The documents of a new store, by path. */
function newDocuments(paths: StorePaths): Map<string, string> {
  const config = v.parse(kinds.CONFIG.schema, { ui: { kind_map: BUILT_IN_LAYOUTS } })
  const stacks = uiNames(config).map((ui) => [ui, { stack: [GLOBAL] }] as const)
  const documents: [string, unknown][] = [
    [paths.config, config],
    [paths.uiSets, { schema: 'synapse.ui_sets.v1', sets: UI_SETS }],
    [paths.profile(GLOBAL), v.parse(kinds.PROFILE.schema, { name: GLOBAL })],
    [paths.runtime, { schema: 'synapse.runtime.v1', ui: Object.fromEntries(stacks) }],
  ]
  return new Map(documents.map(([path, document]) => [path, documentText(document)]))
}

/** The first view of each interface without one. */
function firstViews(reader: StoreReader): SwitchIntent {
  const dark = uiNames(reader.config()).filter(
    (ui) => reader.activeProfile(ui) === null && !fs.existsSync(reader.paths.active(ui)),
  )
  return {
    action: 'activate',
    profile: GLOBAL,
    stacks: new Map(dark.map((ui) => [ui, reader.stack(ui)])),
    documents: new Map(),
    refresh: true,
    depth: 'incremental',
  }
}

/**
 * Returns what {@link initStore} would make; nothing is changed.
 * @throws store.root_unusable, store.newer_format
 */
export async function previewInit(
  { store: { paths, reader } }: StoreContext,
  newParts = false,
): Promise<InitResult> {
  assertStoreFolder(paths.root)
  if (!newParts) reader.parts.requireNew()
  const steps = [...newDocuments(paths)].flatMap(([path, text]): Step[] =>
    nameTaken(path) ? [] : [{ do: 'write', path: paths.relative(path), before: null, after: text }],
  )
  const created = steps.flatMap((step) => ('path' in step ? step.path : []))
  const result = { dry_run: true, root: paths.root, created, already_there: created.length === 0 }
  if (!fs.existsSync(paths.data) || reader.parts.look().offline.length > 0) return result
  const after = new OverlayReader(reader, steps)
  const { plan } = previewSwitch(after, firstViews(after))
  return { ...result, plan }
}

/**
 * Makes missing documents and folders, and an empty view for every interface. Repeating it changes
 * nothing.
 * @param newParts recreates parts of the store that are offline
 * @throws store.root_unusable, store.newer_format, store.offline, disk.*
 */
export async function initStore(
  ctx: StoreContext,
  actor: string,
  newParts = false,
): Promise<InitResult> {
  assertStoreFolder(ctx.store.paths.root)
  if (!newParts) ctx.store.reader.parts.requireNew()
  return ctx.store.transactUninitialized(actor, async (tx) => {
    await ensureStoreFolders(tx.paths)
    await tx.markParts()
    const created: string[] = []
    for (const [path, text] of newDocuments(tx.paths)) {
      if (await writeOnce(path, text)) created.push(tx.paths.relative(path))
    }
    tx.changes.config ||= created.length > 0
    tx.changes.profiles.add(GLOBAL)
    const intent = firstViews(tx)
    if (intent.stacks.size > 0) await performSwitch(tx, intent)
    const already_there = created.length === 0
    return { dry_run: false, root: tx.paths.root, created, already_there }
  })
}

/** Throws for a folder with foreign content, which cannot become a store. */
function assertStoreFolder(root: string): void {
  const stat = fs.statSync(root, { throwIfNoEntry: false })
  if (stat === undefined) return
  const names = stat.isDirectory() ? fs.readdirSync(root) : ['']
  const ours = names.length === 0 || names.some((name) => name === 'state' || name === 'data')
  if (ours && stat.isDirectory()) return
  throw new AppError('store.root_unusable', `${root} contains other files`, {
    hint: 'Choose an empty or new folder with --root.',
  })
}

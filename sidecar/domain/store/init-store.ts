/** Making a store, or completing one that another program made. */
import fs from 'node:fs'
import * as v from 'valibot'
import { documentText } from '../../../schemas/json.ts'
import { BUILT_IN_LAYOUTS } from '../../../schemas/layouts.ts'
import type { InitResult } from '../../../schemas/store.ts'
import { AppError } from '../../../schemas/errors.ts'
import { writeOnce } from '../../platform/disk.ts'
import * as kinds from '../../store/document-kinds.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import { uiNames } from '../views/layout.ts'
import { performSwitch } from '../profiles/perform-switch.ts'
import { GLOBAL } from '../profiles/runtime-stack.ts'

const UI_SETS = {
  local: ['comfyui', 'forge'],
  comfy_only: ['comfyui'],
  all: Object.keys(BUILT_IN_LAYOUTS),
}

function newDocuments(tx: StoreTx): Map<string, unknown> {
  const config = v.parse(kinds.CONFIG.schema, { ui: { kind_map: BUILT_IN_LAYOUTS } })
  const stacks = uiNames(config).map((ui) => [ui, { stack: [GLOBAL] }] as const)
  return new Map<string, unknown>([
    [tx.paths.config, config],
    [tx.paths.uiSets, { schema: 'synapse.ui_sets.v1', sets: UI_SETS }],
    [tx.paths.profile(GLOBAL), v.parse(kinds.PROFILE.schema, { name: GLOBAL })],
    [tx.paths.runtime, { schema: 'synapse.runtime.v1', ui: Object.fromEntries(stacks) }],
  ])
}

/**
 * Makes the documents and folders that are not there yet, and an empty view for every interface.
 * Repeating it changes nothing.
 * @throws store.root_unusable, store.newer_format, disk.*
 */
export async function initStore(ctx: StoreContext, actor: string): Promise<InitResult> {
  refuseStrangeFolder(ctx.store.paths.root)
  const style = await ctx.linkStyle()
  return ctx.store.found(actor, async (tx) => {
    await tx.ensureFolders()
    const created: string[] = []
    for (const [path, document] of newDocuments(tx)) {
      if (await writeOnce(path, documentText(document))) created.push(tx.paths.place(path))
    }
    tx.touched.config ||= created.length > 0
    tx.touched.profiles.add(GLOBAL)
    const dark = uiNames(tx.config()).filter(
      (ui) => tx.shownProfile(ui) === null && !fs.existsSync(tx.paths.active(ui)),
    )
    if (dark.length > 0) {
      await performSwitch(tx, style, {
        action: 'activate',
        profile: GLOBAL,
        stacks: new Map(dark.map((ui) => [ui, tx.stack(ui)])),
        documents: new Map(),
        refresh: true,
        depth: 'changed',
      })
    }
    return { root: tx.paths.root, created, already_there: created.length === 0 }
  })
}

/** A folder with things of somebody's in it is no place for a store. */
function refuseStrangeFolder(root: string): void {
  const stat = fs.statSync(root, { throwIfNoEntry: false })
  if (stat === undefined) return
  const names = stat.isDirectory() ? fs.readdirSync(root) : ['']
  const ours = names.length === 0 || names.some((name) => name === 'state' || name === 'data')
  if (ours && stat.isDirectory()) return
  throw new AppError('store.root_unusable', `${root} holds something else`, {
    hint: 'Choose an empty or new folder with --root.',
  })
}

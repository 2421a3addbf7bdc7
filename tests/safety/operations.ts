/** Every operation that changes bytes, links or documents: one row each. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../../schemas/client.ts'
import type { EndpointId } from '../../schemas/endpoints.ts'
import type { Seen } from './seen.ts'
import { digestOf, modelOf, put, work, type Model, type Start, type World } from './world.ts'

/** One operation of the matrix. */
export interface Operation {
  readonly name: string
  readonly covers: readonly EndpointId[]
  /** Where the world begins; `base` where nothing is said. */
  readonly start?: Start
  /** Needs a second volume at `world.other`. */
  readonly twoVolumes?: true
  /** Done before the first kill; what it gives is handed to `run`. */
  readonly prepare?: (client: Client, world: World) => Promise<string | undefined>
  readonly run: (client: Client, world: World, note: string) => Promise<unknown>
  /** Errors with which a repetition says that it is done already. */
  readonly done?: readonly string[]
  /** Models that a person has confirmed may go for good. */
  readonly mayGo?: readonly Model[]
  /** Throws where the operation is not complete. */
  readonly settled: (seen: Seen) => void
}

const eq: (actual: unknown, expected: unknown) => void = assert.deepEqual

const UP = 'global'
const pack = (name: string) => ({ params: { name } })
const blob = (model: Model) => ({ params: { sha256: digestOf(model) } })
const use = (c: Client, name: string, only = false) =>
  c.call('profiles.use', { body: { pack: name as never, only } })
const remove = (c: Client, model: Model) =>
  c.call('inventory.delete', {
    ...blob(model),
    query: { confirm_last_copy: digestOf(model), confirm_impacts: 'true' as never },
  })
const edit = (c: Client, name: string, body: object) =>
  c.call('packs.edit', { ...pack(name), body: body as never })
const file = (model: Model, filename: string) => ({ id: model, sha256: digestOf(model), filename })
const fresh = (world: World) => join(world.outside, 'new')
const take = (c: Client, folder: string, body: object) =>
  work(c, 'imports.start', { paths: [folder], ...body } as never)
const undo = (c: Client, id: string) => c.call('journal.undo', { params: { id }, body: {} })

/** The newest act of a kind. */
async function lastAct(c: Client, op: string): Promise<string> {
  const page = await c.call('journal.list', { query: { op } })
  const [first] = page.items
  assert.ok(first, `no act ${op}`)
  return first.id
}

async function trashId(c: Client, model: Model): Promise<string> {
  const page = await c.call('trash.list')
  const entry = page.items.find((one) => modelOf(one.sha256) === model)
  return entry?.id ?? '01890a5d-ac96-774b-bcce-b302099a8057'
}

/** Runs one after the other; the last one's answer is none. */
async function first(...acts: (() => Promise<unknown>)[]): Promise<undefined> {
  for (const act of acts) await act()
}

const ALL = ['base', 'evil', 'glow', 'ink', 'loose', 'neon']
const BOTH_NEW = [...ALL, 'fresh', 'other'].sort()
const GLOBAL_VIEW = {
  'models/checkpoints/base.safetensors': 'base',
  'models/loras/ink.safetensors': 'neon',
  'vae/glow.safetensors': 'glow',
}
const INK_VIEW = { ...GLOBAL_VIEW, 'models/loras/ink.safetensors': 'ink' }

/** The active links lead to the tops of the stacks. */
function stacks(seen: Seen, stack: readonly string[]): void {
  for (const ui of ['alpha', 'beta']) {
    eq(seen.stack(ui), stack)
    eq(seen.active(ui), `profiles/${String(stack.at(-1))}`)
  }
}

function view(seen: Seen, stack: readonly string[], alpha: object): void {
  stacks(seen, stack)
  eq(seen.shown('alpha'), alpha)
  eq(Object.values(seen.shown('beta')).sort(), Object.values(alpha).sort())
}

function took(seen: Seen, blobs: readonly string[], outside: readonly string[]): void {
  eq(seen.blobs(), blobs)
  eq(
    seen.outside().filter((path) => path.startsWith('new/')),
    outside.map((path) => `new/${path}`),
  )
}

const NEW = ['loras/fresh.safetensors', 'vae/other.safetensors']

/** A file of somebody's where the view of `only__Ink` wants a link. */
async function blockPath(c: Client, world: World): Promise<undefined> {
  await use(c, 'Ink', true)
  await c.call('profiles.back', { body: {} })
  const path = 'data/views/alpha/profiles/only__Ink/models/loras/ink.safetensors'
  fs.rmSync(join(world.root, path))
  put(world.root, { [path]: 'made by somebody' })
  fs.utimesSync(join(world.root, path), 1_700_000_000, 1_700_000_000)
}

const EXPORT = 'export.json'
async function exportInk(c: Client, world: World): Promise<undefined> {
  put(world.folder, { [EXPORT]: JSON.stringify(await c.call('packs.export', pack('Ink'))) })
  await c.call('packs.delete', pack('Ink'))
}
const readExport = (world: World) =>
  JSON.parse(fs.readFileSync(join(world.folder, EXPORT), 'utf8')) as never

function forgetManifest(world: World, model: Model): void {
  const digest = digestOf(model)
  fs.rmSync(join(world.root, 'data/blobs/sha256', digest.slice(0, 2), `${digest}.meta`))
}

function spoilStore(world: World): void {
  forgetManifest(world, 'glow')
  fs.rmSync(join(world.root, 'data/views/alpha/profiles/global/models/loras/ink.safetensors'))
  fs.rmSync(join(world.root, 'data/views/beta/active'))
  fs.symlinkSync('profiles/nowhere', join(world.root, 'data/views/beta/active'))
}

async function leavePartials(_c: Client, world: World): Promise<undefined> {
  const old = { 'data/tmp/0000.part': 'half', 'state/packs/Ink/.pack.json.0a1b.synapse-tmp': '{' }
  put(world.root, old)
  for (const path of Object.keys(old)) fs.utimesSync(join(world.root, path), 1e9, 1e9)
}

const gamma = { kind_map: { gamma: { lora: 'loras' } }, ui_sets: { both: ['alpha', 'gamma'] } }

// One operation a line, whatever its length.
/* prettier-ignore */
export const OPERATIONS: readonly Operation[] = [
  { name: 'init', covers: ['store.init'], start: 'empty', run: (c) => c.call('store.init', { body: {} }), settled: (s) => eq([s.active('comfyui'), s.active('forge'), s.stack('a1111')], ['profiles/global', 'profiles/global', ['global']]) },
  { name: 'import copy', covers: ['imports.start'], run: (c, w) => take(c, fresh(w), {}), settled: (s) => took(s, BOTH_NEW, NEW) },
  { name: 'import copy into a pack', covers: ['imports.start'], run: (c, w) => take(c, fresh(w), { pack: 'New' }), settled: (s) => { took(s, BOTH_NEW, NEW); eq(Object.values(s.pack('New')).sort(), ['fresh', 'other']); eq(s.shown('alpha')['models/loras/fresh.safetensors'], 'fresh') } },
  { name: 'import move', covers: ['imports.start'], run: (c, w) => take(c, fresh(w), { mode: 'move' }), settled: (s) => took(s, BOTH_NEW, []) },
  { name: 'import move into a pack', covers: ['imports.start'], run: (c, w) => take(c, fresh(w), { mode: 'move', pack: 'New' }), settled: (s) => { took(s, BOTH_NEW, []); eq(Object.values(s.pack('New')).sort(), ['fresh', 'other']) } },
  { name: 'import move over volumes', covers: ['imports.start'], twoVolumes: true, run: (c, w) => take(c, join(w.other, 'new'), { mode: 'move' }), settled: (s) => { eq(s.blobs(), BOTH_NEW); eq(fs.existsSync(join(s.world.other, 'new', String(NEW[0]))), false) } },
  { name: 'import link', covers: ['imports.start'], run: (c, w) => take(c, fresh(w), { mode: 'link' }), settled: (s) => took(s, BOTH_NEW, NEW) },
  { name: 'import hard link', covers: ['imports.start'], run: (c, w) => take(c, fresh(w), { mode: 'link', hard_link: true }), settled: (s) => took(s, BOTH_NEW, NEW) },
  { name: 'import what is here', covers: ['imports.start'], prepare: (c, w) => first(() => take(c, fresh(w), {})), run: (c, w) => take(c, fresh(w), { mode: 'move' }), settled: (s) => took(s, BOTH_NEW, []) },
  { name: 'pack create', covers: ['packs.create'], run: (c) => c.call('packs.create', { body: { name: 'Two', dependencies: [file('loose', 'loose.safetensors')] } as never }), done: ['pack.name_taken'], settled: (s) => { eq(s.pack('Two'), { loose: 'loose' }); eq(s.profile('global').at(-1), 'Two') } },
  { name: 'pack edit', covers: ['packs.edit'], run: (c) => edit(c, 'Neon', { description: 'new', remove: ['neon'], add: [file('loose', 'loose.safetensors')] }), done: ['input.invalid'], settled: (s) => eq(s.pack('Neon'), { glow: 'glow', loose: 'loose' }) },
  { name: 'pack rename', covers: ['packs.edit'], run: (c) => edit(c, 'Ink', { rename_to: 'Pen' }), done: ['pack.not_found'], settled: (s) => { eq(s.packs(), ['Evil', 'Neon', 'Pen']); eq(s.profile('global'), ['Pen', 'Neon', 'Evil']) } },
  { name: 'pack rename on top', covers: ['packs.edit'], prepare: (c) => first(() => use(c, 'Ink')), run: (c) => edit(c, 'Ink', { rename_to: 'Pen' }), done: ['pack.not_found'], settled: (s) => { eq(s.packs(), ['Evil', 'Neon', 'Pen']); eq(s.shown('alpha'), INK_VIEW) } },
  { name: 'pack delete', covers: ['packs.delete'], run: (c) => c.call('packs.delete', pack('Neon')), done: ['pack.not_found'], settled: (s) => { eq(s.packs(), ['Evil', 'Ink']); eq(s.profile('global'), ['Ink', 'Evil']); eq(s.blobs(), ALL) } },
  { name: 'pack delete on top', covers: ['packs.delete'], prepare: (c) => first(() => use(c, 'Ink'), () => use(c, 'Neon')), run: (c) => c.call('packs.delete', pack('Neon')), done: ['pack.not_found'], settled: (s) => { eq(s.packs(), ['Evil', 'Ink']); stacks(s, [UP, 'work__Ink']); eq(s.has('data/views/alpha/profiles/work__Neon'), false) } },
  { name: 'pack restore', covers: ['packs.restore', 'packs.export'], prepare: exportInk, run: (c, w) => c.call('packs.restore', { body: readExport(w) }), settled: (s) => eq(s.pack('Ink'), { base: 'base', ink: 'ink' }) },
  { name: 'pack resolve', covers: ['packs.resolve'], prepare: (c) => first(() => edit(c, 'Ink', { add: [{ id: 'later', filename: 'loose.safetensors', kind: 'lora' }] })), run: (c) => c.call('packs.resolve', { ...pack('Ink'), body: {} }), settled: (s) => eq(s.pack('Ink'), { base: 'base', ink: 'ink', later: 'loose' }) },
  { name: 'use', covers: ['profiles.use'], run: (c) => use(c, 'Ink'), settled: (s) => view(s, [UP, 'work__Ink'], INK_VIEW) },
  { name: 'use only', covers: ['profiles.use'], run: (c) => use(c, 'Neon', true), settled: (s) => view(s, [UP, 'only__Neon'], { 'models/loras/ink.safetensors': 'neon', 'vae/glow.safetensors': 'glow' }) },
  { name: 'use again, pack changed', covers: ['profiles.use'], prepare: (c, w) => first(() => use(c, 'Ink'), () => use(c, 'Neon'), () => edit(c, 'Ink', { remove: ['base'], add: [file('loose', 'loose.safetensors')] }), () => Promise.resolve(fs.rmSync(join(w.root, 'data/views/alpha/profiles/work__Neon/vae/glow.safetensors')))), run: (c) => use(c, 'Neon'), settled: (s) => view(s, [UP, 'work__Ink', 'work__Neon'], { 'models/loras/ink.safetensors': 'neon', 'models/loras/loose.safetensors': 'loose', 'vae/glow.safetensors': 'glow' }) },
  { name: 'back', covers: ['profiles.back'], prepare: (c) => first(() => use(c, 'Ink')), run: (c) => c.call('profiles.back', { body: {} }), done: ['profile.stack_empty'], settled: (s) => view(s, [UP], GLOBAL_VIEW) },
  { name: 'reset', covers: ['profiles.reset'], prepare: (c) => first(() => use(c, 'Ink'), () => use(c, 'Neon')), run: (c) => c.call('profiles.reset', { body: { sync: true } }), settled: (s) => view(s, [UP], GLOBAL_VIEW) },
  { name: 'sync', covers: ['profiles.sync'], prepare: async (_c, w) => { spoilStore(w); return undefined }, run: (c) => c.call('profiles.sync', { body: {} }), settled: (s) => view(s, [UP], GLOBAL_VIEW) },
  { name: 'activate', covers: ['profiles.activate'], prepare: (c) => first(() => use(c, 'Ink'), () => use(c, 'Neon')), run: (c) => c.call('profiles.activate', { body: { profile: 'work__Ink' as never } }), settled: (s) => view(s, [UP, 'work__Ink'], INK_VIEW) },
  { name: 'startup', covers: ['profiles.startup'], prepare: (c) => first(() => use(c, 'Ink'), () => c.call('store.config_edit', { body: { startup: { alpha: { activate: UP as never } } } })), run: (c) => c.call('profiles.startup', { body: { ui: 'alpha' as never } }), settled: (s) => eq([s.stack('alpha'), s.active('alpha')], [[UP], 'profiles/global']) },
  { name: 'blob delete', covers: ['inventory.delete'], run: (c) => remove(c, 'glow'), done: ['blob.not_at_location', 'blob.not_found'], settled: (s) => { eq(s.trash(), ['glow']); eq(s.shown('alpha')['vae/glow.safetensors'], undefined) } },
  { name: 'cleanup', covers: ['inventory.cleanup'], run: (c) => c.call('inventory.cleanup', { body: { dry_run: false, include_only_copies: true } }), settled: (s) => { eq(s.trash(), ['loose']); eq(s.blobs(), ALL.filter((one) => one !== 'loose')) } },
  { name: 'trash restore', covers: ['trash.restore'], prepare: (c) => first(() => remove(c, 'glow')), run: async (c) => c.call('trash.restore', { params: { id: await trashId(c, 'glow') }, body: {} }), done: ['trash.not_found'], settled: (s) => { eq(s.trash(), []); eq(s.blobs(), ALL) } },
  { name: 'trash empty', covers: ['trash.empty'], prepare: (c) => first(() => remove(c, 'glow'), () => remove(c, 'loose')), run: (c) => c.call('trash.empty'), mayGo: ['glow', 'loose'], settled: (s) => { eq(s.trash(), []); eq(s.has('data/trash') && fs.readdirSync(join(s.world.root, 'data/trash')).length, 0) } },
  { name: 'trash remove', covers: ['trash.remove'], prepare: (c) => first(() => remove(c, 'glow'), () => remove(c, 'loose')), run: async (c) => c.call('trash.remove', { params: { id: await trashId(c, 'loose') } }), done: ['trash.not_found'], mayGo: ['loose'], settled: (s) => eq(s.trash(), ['glow']) },
  { name: 'undo import by move', covers: ['journal.undo'], prepare: async (c, w) => { await take(c, fresh(w), { mode: 'move' }); return lastAct(c, 'blob.import') }, run: (c, _w, id) => undo(c, id), done: ['journal.not_undoable'], settled: (s) => eq([s.blobs().length, s.outside().length], [ALL.length + 1, 1]) },
  { name: 'undo blob delete', covers: ['journal.undo'], prepare: async (c) => { await remove(c, 'glow'); return lastAct(c, 'blob.delete') }, run: (c, _w, id) => undo(c, id), done: ['journal.not_undoable'], settled: (s) => { eq([s.trash(), s.blobs()], [[], ALL]) } },
  { name: 'undo switch', covers: ['journal.undo'], prepare: async (c) => { await use(c, 'Ink'); return lastAct(c, 'profile.switch') }, run: (c, _w, id) => undo(c, id), done: ['journal.not_undoable'], settled: (s) => view(s, [UP], GLOBAL_VIEW) },
  { name: 'undo pack edit', covers: ['journal.undo'], prepare: async (c) => { await edit(c, 'Neon', { remove: ['glow'] }); return lastAct(c, 'pack.edit') }, run: (c, _w, id) => undo(c, id), done: ['journal.not_undoable'], settled: (s) => eq(s.pack('Neon'), { neon: 'neon', glow: 'glow' }) },
  { name: 'undo pack rename', covers: ['journal.undo'], prepare: async (c) => { await edit(c, 'Neon', { rename_to: 'Light' }); return lastAct(c, 'pack.rename') }, run: (c, _w, id) => undo(c, id), done: ['journal.not_undoable'], settled: (s) => { eq(s.packs(), ['Evil', 'Ink', 'Neon']); eq(s.profile('global'), ['Ink', 'Neon', 'Evil']) } },
  { name: 'undo pack delete', covers: ['journal.undo'], prepare: async (c) => { await c.call('packs.delete', pack('Neon')); return lastAct(c, 'pack.delete') }, run: (c, _w, id) => undo(c, id), done: ['journal.not_undoable'], settled: (s) => { eq(s.pack('Neon'), { neon: 'neon', glow: 'glow' }); eq(s.profile('global'), ['Ink', 'Neon', 'Evil']) } },
  { name: 'approve', covers: ['inventory.approve'], run: (c) => c.call('inventory.approve', { ...blob('evil'), body: {} }), settled: (s) => eq(s.shown('alpha')['models/checkpoints/evil.ckpt'], 'evil') },
  { name: 'revoke', covers: ['inventory.revoke'], prepare: (c) => first(() => c.call('inventory.approve', { ...blob('evil'), body: {} })), run: (c) => c.call('inventory.revoke', { ...blob('evil'), body: {} }), settled: (s) => eq(s.shown('alpha'), GLOBAL_VIEW) },
  { name: 'config: a new interface', covers: ['store.config_edit'], run: (c) => c.call('store.config_edit', { body: gamma as never }), settled: (s) => eq((s.json<{ ui: { kind_map: object } }>('state/config.json'))?.ui.kind_map, { alpha: { checkpoint: 'models/checkpoints', lora: 'models/loras', vae: 'vae' }, beta: { checkpoint: 'Stable-diffusion', lora: 'Lora', vae: 'VAE' }, gamma: { lora: 'loras' } }) },
  { name: 'config: another folder', covers: ['store.config_edit'], prepare: (c) => first(() => use(c, 'Ink')), run: (c) => c.call('store.config_edit', { body: { kind_map: { alpha: { vae: 'models/vae' } } } as never }), settled: (s) => eq(s.shown('alpha')['models/vae/glow.safetensors'], 'glow') },
  { name: 'migrate manifests', covers: ['inventory.migrate_manifests'], prepare: async (_c, w) => { forgetManifest(w, 'glow'); forgetManifest(w, 'neon'); return undefined }, run: (c) => work(c, 'inventory.migrate_manifests', { dry_run: false }), settled: (s) => eq(['glow', 'neon'].map((model) => s.has(`data/blobs/sha256/${digestOf(model as Model).slice(0, 2)}/${digestOf(model as Model)}.meta`)), [true, true]) },
  { name: 'verify', covers: ['inventory.verify'], run: (c) => work(c, 'inventory.verify', { all: true }), settled: (s) => eq(s.blobs(), ALL) },
  { name: 'doctor: repair', covers: ['store.doctor'], prepare: async (_c, w) => { spoilStore(w); return undefined }, run: (c) => work(c, 'store.doctor', { repair: true, rebuild_views: true }), settled: (s) => view(s, [UP], GLOBAL_VIEW) },
  { name: 'doctor: rebuild the index', covers: ['store.doctor'], run: (c) => work(c, 'store.doctor', { rebuild_index: true }), settled: (s) => eq(s.blobs(), ALL) },
  { name: 'clean', covers: ['store.clean'], prepare: leavePartials, run: (c) => c.call('store.clean', { body: { dry_run: false } }), settled: (s) => eq([s.has('data/tmp/0000.part'), s.has('state/packs/Ink/.pack.json.0a1b.synapse-tmp')], [false, false]) },
  { name: 'quarantine of a file in the way', covers: ['profiles.use'], prepare: blockPath, run: (c) => use(c, 'Ink', true), settled: (s) => { eq(s.shown('alpha')['models/loras/ink.safetensors'], 'ink'); eq(quarantined(s), ['made by somebody']) } },
  { name: 'takeover of a Python store', covers: ['profiles.reset'], start: 'python', run: (c) => c.call('profiles.reset', { body: { sync: true, ui_set: 'comfyui' as never } }), settled: (s) => eq([s.stack('comfyui'), s.active('comfyui')], [['global'], 'profiles/global']) },
  { name: 'import into a Python store', covers: ['imports.start'], start: 'python', run: (c, w) => take(c, fresh(w), { pack: 'New' }), settled: (s) => eq(['fresh', 'other'].every((model) => s.blobs().includes(model)), true) },
]

/** Endpoints that change something and have no row, each with its reason. */
export const NOT_COVERED: Readonly<Partial<Record<EndpointId, string>>> = {
  'imports.preview': 'changes nothing',
  'jobs.cancel': 'stops a job between two steps; each of its steps is a kill of its own row',
  'auth.pair': 'in memory only',
  'auth.pair_state': 'one document in the home, replaced atomically; no model depends on it',
  'auth.approve': 'in memory only',
  'auth.login': 'one document in the home, replaced atomically; no model depends on it',
  'auth.session_revoke': 'one document in the home, replaced atomically; no model depends on it',
  'auth.logout': 'one document in the home, replaced atomically; no model depends on it',
  'comfyui.install': 'one link outside of the store; its own tests kill it',
  'comfyui.uninstall': 'one link outside of the store; its own tests kill it',
}

function quarantined(seen: Seen): string[] {
  const folder = join(seen.world.root, 'data/quarantine')
  return fs.readdirSync(folder).flatMap((id) =>
    fs
      .readdirSync(join(folder, id))
      .filter((name) => name !== 'origin.json')
      .map((name) => fs.readFileSync(join(folder, id, name), 'utf8')),
  )
}

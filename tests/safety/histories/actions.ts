/** What is asked of Synapse in a history, and what a refusal may be. */
import { basename, join } from 'node:path'
import type { Client } from '../../../schemas/client.ts'
import { AppError } from '../../../schemas/errors.ts'
import { adoptJob } from '../../../sidecar/app/jobs/kinds/adopt.ts'
import type { Synapse } from '../../../sidecar/http/create-synapse.ts'
import { names, readJson, trashFolders } from '../seen.ts'
import { digestOf, ended, work, type Sandbox } from '../sandbox.ts'
import { blobsIn, choose, ownFiles } from './choices.ts'
import type { Memory } from './memory.ts'
import { importStore } from './store-aliases.ts'

/** With what an operation is done. */
export interface Actor {
  readonly client: Client
  readonly synapse: Synapse
  readonly sandbox: Sandbox
}

type Doing = (actor: Actor, a: number, b: number) => Promise<unknown>

const PACKS = ['Ink', 'Neon', 'Evil', 'Two', 'Näme 絵', 'New']
const FILES = ['ink.safetensors', 'x.safetensors', 'a b.safetensors']
const PROFILES = ['global', 'work__Ink', 'work__Neon', 'only__Evil', 'work__Two']
const SETS = ['both', 'alpha', 'beta', 'both'] as const
const NOBODY = '01890a5d-ac96-774b-bcce-b302099a8057'

function files(root: string, b: number) {
  const blobs = blobsIn(root)
  return [b, b >> 1].slice(0, 1 + (b % 2)).map((number, index) => ({
    sha256: choose(blobs, number, '0'.repeat(64)),
    filename: choose(FILES, number + index, 'x'),
  }))
}

const packAt = (sandbox: Sandbox, a: number) =>
  choose(names(join(sandbox.root, 'state/packs')), a, 'No')
const set = (b: number) => ({ ui_set: choose(SETS, b, 'both') })

const edit = ({ client, sandbox }: Actor, a: number, body: object) =>
  client.call('packs.edit', { params: { name: packAt(sandbox, a) }, body: body })

function firstFile(sandbox: Sandbox, a: number): string {
  const path = join(sandbox.root, 'state/packs', packAt(sandbox, a), 'pack.json')
  try {
    const pack = readJson<{ dependencies: { id: string }[] }>(path)
    return pack?.dependencies[0]?.id ?? 'none'
  } catch {
    return 'torn'
  }
}

async function importFiles({ client, sandbox }: Actor, a: number, b: number): Promise<unknown> {
  const all = ownFiles(sandbox).map((entry) => entry.absolute)
  const paths = b % 2 === 0 ? [sandbox.outside] : [choose(all, b, sandbox.outside)]
  const mode = choose(['copy', 'move', 'link', 'link'] as const, a, 'copy')
  const hard = a % 4 === 3 ? { hard_link: true } : {}
  const pack = choose([{}, { pack: 'New' }, { pack: packAt(sandbox, b) }], a, {})
  return work(client, 'imports.start', { paths, mode, ...hard, ...pack })
}

async function undoOne({ client }: Actor, a: number): Promise<unknown> {
  const page = await client.call('journal.list', { query: { limit: 5 } })
  const id = choose(page.items, a, undefined)?.id ?? NOBODY
  return client.call('journal.undo', { params: { id }, body: {} })
}

async function carryPack({ client, sandbox }: Actor, a: number): Promise<unknown> {
  const name = packAt(sandbox, a)
  const exported = await client.call('packs.export', { params: { name } })
  await client.call('packs.delete', { params: { name } })
  return client.call('packs.restore', { body: exported })
}

async function deleteModel({ client, sandbox }: Actor, a: number): Promise<unknown> {
  const sha256 = choose(blobsIn(sandbox.root), a, '0'.repeat(64))
  const query = { confirm_last_copy: sha256, confirm_impacts: 'true' as never }
  return client.call('inventory.delete', { params: { item: sha256 }, query })
}

async function configure({ client }: Actor, a: number): Promise<unknown> {
  const edits: object[] = [
    { kind_map: { alpha: { vae: a % 2 === 0 ? 'vae' : 'models/vae' } } },
    { defaults: { use_base: a % 2 === 0 ? 'global' : 'only__Ink' } },
    { kind_map: { gamma: { lora: 'loras' } } },
    { trash: { days: 1 + (a % 9) } },
  ]
  return client.call('store.config_edit', { body: choose(edits, a >> 1, {}) })
}

const trashId = (sandbox: Sandbox, a: number) =>
  choose(
    trashFolders(sandbox.root).map((folder) => basename(folder)),
    a,
    NOBODY,
  )
const model = (sha256 = digestOf('evil')) => ({ params: { item: sha256 }, body: {} })
const packOf = (a: number) => choose(PACKS, a, 'Ink') as never

/** What may be asked; each choice of `a` and `b` makes sense of whatever is there. */
export const ACTIONS = {
  import: importFiles,
  create: ({ client, sandbox }, a, b) =>
    client.call('packs.create', {
      body: { name: packOf(a), dependencies: files(sandbox.root, b) },
    }),
  extend: (actor, a, b) => edit(actor, a, { add: files(actor.sandbox.root, b) }),
  thin: (actor, a) => edit(actor, a, { remove: [firstFile(actor.sandbox, a)] }),
  describe: (actor, a, b) => edit(actor, a, { description: `words ${String(b)}` }),
  need: (actor, a, b) => edit(actor, a, { pack_dependencies: [packAt(actor.sandbox, b)] }),
  rename: (actor, a, b) => edit(actor, a, { rename_to: packOf(b) }),
  delete: ({ client, sandbox }, a) =>
    client.call('packs.delete', { params: { name: packAt(sandbox, a) } }),
  carry: carryPack,
  resolve: ({ client, sandbox }, a) =>
    client.call('packs.resolve', { params: { name: packAt(sandbox, a) }, body: {} }),
  use: ({ client, sandbox }, a, b) =>
    client.call('profiles.use', { body: { pack: packAt(sandbox, a), ...set(b) } }),
  only: ({ client, sandbox }, a, b) =>
    client.call('profiles.use', {
      body: { pack: packAt(sandbox, a), only: true, ...set(b) },
    }),
  back: ({ client }, a, b) =>
    client.call('profiles.back', { body: { sync: a % 2 === 1, ...set(b) } }),
  reset: ({ client }, a, b) =>
    client.call('profiles.reset', { body: { sync: a % 2 === 1, ...set(b) } }),
  sync: ({ client }, _a, b) => client.call('profiles.sync', { body: set(b) }),
  activate: ({ client }, a, b) =>
    client.call('profiles.activate', {
      body: { profile: choose(PROFILES, a, 'global'), ...set(b) },
    }),
  startup: ({ client }, _a, b) =>
    client.call('profiles.startup', {
      body: { ui: choose(['alpha', 'beta'], b, 'alpha') },
    }),
  approve: ({ client }) => client.call('inventory.approve', model()),
  revoke: ({ client }) => client.call('inventory.revoke', model()),
  remove: deleteModel,
  cleanup: ({ client }) =>
    client.call('inventory.cleanup', { body: { dry_run: false, include_only_copies: true } }),
  untrash: ({ client, sandbox }, a) =>
    client.call('trash.restore', { params: { id: trashId(sandbox, a) }, body: {} }),
  expunge: ({ client, sandbox }, a) =>
    client.call('trash.remove', { params: { id: trashId(sandbox, a) } }),
  empty: ({ client }) => client.call('trash.empty'),
  undo: undoOne,
  doctor: ({ client }, a) =>
    work(client, 'store.doctor', {
      repair: a % 2 === 0,
      rebuild_views: a % 3 === 0,
      rebuild_index: a % 5 === 0,
    }),
  verify: ({ client }) => work(client, 'inventory.verify', { all: true }),
  migrate: ({ client }) => work(client, 'inventory.migrate_manifests', { dry_run: false }),
  clean: ({ client }) => client.call('store.clean', { body: { dry_run: false } }),
  configure,
  adopt: async ({ client, synapse: { services } }) =>
    ended(client, await services.jobs.start(adoptJob(services))),
  importStore,
} satisfies Record<string, Doing>

/** The name of an operation. */
export type ActionName = keyof typeof ACTIONS

/** Something that is asked of Synapse. */
export interface Action {
  readonly action: ActionName
  readonly a: number
  readonly b: number
}

/** Operations of several parts, each whole on its own: a failure or crash may lie between two of them. */
export const MANY = new Set<ActionName>([
  'import',
  'importStore',
  'delete',
  'carry',
  'startup',
  'cleanup',
  'empty',
  'doctor',
  'verify',
  'migrate',
  'clean',
  'adopt',
  // An entry of the journal may be a whole job.
  'undo',
])

/** Operations by which a person lets bytes go for good. */
export const LETS_GO = new Set<ActionName>(['expunge', 'empty', 'clean'])

/** Operations that move bytes to the trash. */
export const TO_TRASH = new Set<ActionName>(['remove', 'cleanup', 'undo'])

/** Operations that may bring back, or take away, a pack with what a person wrote into it. */
export const MOVES_PACKS = new Set<ActionName>(['delete', 'carry', 'undo'])

/** Jobs that a crash cut off: they wait for a service, which no history starts. */
const leftJobs = new WeakMap<Synapse, ReadonlySet<string>>()

function liveJobs({ services }: Synapse): string[] {
  const { items } = services.jobs.list({ limit: 200, offset: 0 })
  const live = items.filter(({ state }) => state === 'running' || state === 'queued')
  return live.map(({ id }) => id)
}

/** Remembers which jobs a store was opened with. */
export function opened(synapse: Synapse): Synapse {
  leftJobs.set(synapse, new Set(liveJobs(synapse)))
  return synapse
}

function isWorking({ synapse }: Actor): boolean {
  const left = leftJobs.get(synapse)
  return liveJobs(synapse).some((id) => left?.has(id) !== true)
}

const REFUSALS_OF_TORN = ['store.document_broken', 'inventory.references_unreadable']

/**
 * Returns the code with which an operation was refused; null where it was done. Faults are thrown,
 * except those that a disturbance by another program excuses.
 */
export async function outcomeOf(
  actor: Actor,
  { action, a, b }: Action,
  memory: Memory | null,
  excused: readonly string[] = [],
): Promise<string | null> {
  try {
    await ACTIONS[action](actor, a, b)
    while (isWorking(actor)) await new Promise(setImmediate)
    return null
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const fault =
      ['internal', 'store.locked'].includes(error.code) || error.code.startsWith('disk.')
    const untorn = memory?.torn.size === 0 && REFUSALS_OF_TORN.includes(error.code)
    if ((fault || untorn) && !excused.includes(error.code)) throw error
    return error.code
  }
}

/* eslint max-lines: ['error', 1200] -- acts, writes, memory and run of one test, in sections */
/**
 * Random histories of a store: acts, crashes, disturbances in the middle of an act, two at once, and
 * what people and other programs do to its files. A step is plain data whose numbers choose among
 * what is there, so that a history that fails can be shortened, printed and told again.
 */
import { fork, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { AppError } from '../../schemas/errors.ts'
import type { Client } from '../../schemas/client.ts'
import { adoptJob } from '../../sidecar/app/job-kinds.ts'
import type { Synapse } from '../../sidecar/http/create-synapse.ts'
import { indexProblems } from './index-check.ts'
import { brokenInvariants, openActs, rememberBytes, type Before } from './invariants.ts'
import { crashAt } from './crash-at.ts'
import { isTemporary, names, readJson, Seen, walk } from './seen.ts'
import { Stage } from './stage.ts'
import { watching } from './watching.ts'
import {
  bytesOf,
  closeQuick,
  digestOf,
  ended,
  openQuick,
  sha256Of,
  work,
  worldAt,
} from './world.ts'
import { type World } from './world.ts'

/** Something that is asked of Synapse. */
interface Act {
  readonly act: ActName
  readonly a: number
  readonly b: number
}

/** Something that somebody else does to the files of the store, or of the user. */
interface Write {
  readonly write: WriteName
  readonly a: number
  readonly b: number
}

/** A step of a history. */
export type Step =
  | Act
  | Write
  /** Everything stops at a call that changes the disk; `then` happens before the store is reopened. */
  | (Act & { readonly crashAt: number; readonly then: Write | null })
  /** Somebody writes in the middle of the act. */
  | (Act & { readonly disturbedAt: number; readonly by: Write })
  /** Two at once, by two instances in one process. */
  | { readonly together: readonly [Act, Act] }
  /** Two at once, the second in another process, which may be killed. */
  | { readonly beside: readonly [Act, Act]; readonly killAt: number }
  /** The store is closed and opened; meanwhile the clock is set. */
  | { readonly clock: number }

// ---- What is asked of Synapse

/** With what an act is done. */
interface Actor {
  readonly client: Client
  readonly synapse: Synapse
  readonly world: World
}

type Doing = (actor: Actor, a: number, b: number) => Promise<unknown>

const PACKS = ['Ink', 'Neon', 'Evil', 'Two', 'Näme 絵', 'New']
const FILES = ['ink.safetensors', 'x.safetensors', 'a b.safetensors']
const PROFILES = ['global', 'work__Ink', 'work__Neon', 'only__Evil', 'work__Two']
const SETS = ['both', 'alpha', 'beta', 'both'] as const
const NOBODY = '01890a5d-ac96-774b-bcce-b302099a8057'

function choose<T>(list: readonly T[], number: number, otherwise: T): T {
  return list[number % list.length] ?? otherwise
}

function blobsIn(root: string): string[] {
  const files = walk(join(root, 'data/blobs/sha256')).map((entry) => basename(entry.path))
  return files.filter((name) => /^[0-9a-f]{64}$/u.test(name)).sort()
}

function files(root: string, b: number) {
  const blobs = blobsIn(root)
  return [b, b >> 1].slice(0, 1 + (b % 2)).map((number, index) => ({
    sha256: choose(blobs, number, '0'.repeat(64)),
    filename: choose(FILES, number + index, 'x'),
  }))
}

const packAt = (world: World, a: number) => choose(names(join(world.root, 'state/packs')), a, 'No')
const set = (b: number) => ({ ui_set: choose(SETS, b, 'both') })
const ownFiles = (world: World) =>
  walk(world.outside).filter((entry) => entry.kind === 'file' && !isTemporary(entry.path))

const edit = ({ client, world }: Actor, a: number, body: object) =>
  client.call('packs.edit', { params: { name: packAt(world, a) }, body: body })

function firstFile(world: World, a: number): string {
  const path = join(world.root, 'state/packs', packAt(world, a), 'pack.json')
  try {
    const pack = readJson<{ dependencies: { id: string }[] }>(path)
    return pack?.dependencies[0]?.id ?? 'none'
  } catch {
    return 'torn'
  }
}

async function importFiles({ client, world }: Actor, a: number, b: number): Promise<unknown> {
  const all = ownFiles(world).map((entry) => entry.absolute)
  const paths = b % 2 === 0 ? [world.outside] : [choose(all, b, world.outside)]
  const mode = choose(['copy', 'move', 'link', 'link'] as const, a, 'copy')
  const hard = a % 4 === 3 ? { hard_link: true } : {}
  const pack = choose([{}, { pack: 'New' }, { pack: packAt(world, b) }], a, {})
  return work(client, 'imports.start', { paths, mode, ...hard, ...pack })
}

async function undoOne({ client }: Actor, a: number): Promise<unknown> {
  const page = await client.call('journal.list', { query: { limit: 5 } })
  const id = choose(page.items, a, undefined)?.id ?? NOBODY
  return client.call('journal.undo', { params: { id }, body: {} })
}

async function carryPack({ client, world }: Actor, a: number): Promise<unknown> {
  const name = packAt(world, a)
  const exported = await client.call('packs.export', { params: { name } })
  await client.call('packs.delete', { params: { name } })
  return client.call('packs.restore', { body: exported })
}

async function deleteModel({ client, world }: Actor, a: number): Promise<unknown> {
  const sha256 = choose(blobsIn(world.root), a, '0'.repeat(64))
  const query = { confirm_last_copy: sha256, confirm_impacts: 'true' as never }
  return client.call('inventory.delete', { params: { sha256 }, query })
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

const trashId = (world: World, a: number) =>
  choose(names(join(world.root, 'data/trash')), a, NOBODY)
const model = (sha256 = digestOf('evil')) => ({ params: { sha256 }, body: {} })
const packOf = (a: number) => choose(PACKS, a, 'Ink') as never

/** What may be asked; each choice of `a` and `b` makes sense of whatever is there. */
const ACTS = {
  import: importFiles,
  create: ({ client, world }, a, b) =>
    client.call('packs.create', {
      body: { name: packOf(a), dependencies: files(world.root, b) },
    }),
  extend: (actor, a, b) => edit(actor, a, { add: files(actor.world.root, b) }),
  thin: (actor, a) => edit(actor, a, { remove: [firstFile(actor.world, a)] }),
  describe: (actor, a, b) => edit(actor, a, { description: `words ${String(b)}` }),
  need: (actor, a, b) => edit(actor, a, { pack_dependencies: [packAt(actor.world, b)] }),
  rename: (actor, a, b) => edit(actor, a, { rename_to: packOf(b) }),
  delete: ({ client, world }, a) =>
    client.call('packs.delete', { params: { name: packAt(world, a) } }),
  carry: carryPack,
  resolve: ({ client, world }, a) =>
    client.call('packs.resolve', { params: { name: packAt(world, a) }, body: {} }),
  use: ({ client, world }, a, b) =>
    client.call('profiles.use', { body: { pack: packAt(world, a), ...set(b) } }),
  only: ({ client, world }, a, b) =>
    client.call('profiles.use', {
      body: { pack: packAt(world, a), only: true, ...set(b) },
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
  untrash: ({ client, world }, a) =>
    client.call('trash.restore', { params: { id: trashId(world, a) }, body: {} }),
  expunge: ({ client, world }, a) =>
    client.call('trash.remove', { params: { id: trashId(world, a) } }),
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
} satisfies Record<string, Doing>
type ActName = keyof typeof ACTS

/** Acts of several parts, each whole on its own: a failure or crash may lie between two of them. */
const MANY = new Set<ActName>([
  'import',
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
])
/** Acts by which a person lets bytes go for good. */
const LETS_GO = new Set<ActName>(['expunge', 'empty', 'clean'])
/** Acts that move bytes to the trash. */
const TO_TRASH = new Set<ActName>(['remove', 'cleanup', 'undo'])
/** Acts that may bring back, or take away, a pack with what a person wrote into it. */
const MOVES_PACKS = new Set<ActName>(['delete', 'carry', 'undo'])

// ---- What others do to the files

type Writing = (world: World, memory: Memory, a: number, b: number) => void

const LONG_AGO = 1_700_000_000

interface ViewEntry {
  /** `<ui>/<profile>/<path in the view>`. */
  readonly at: string
  readonly absolute: string
  readonly kind: 'file' | 'folder' | 'link' | 'else'
}

function viewEntries(root: string): ViewEntry[] {
  return names(join(root, 'data/views')).flatMap((ui) => {
    const profiles = join(root, 'data/views', ui, 'profiles')
    return walk(profiles).map(({ path, absolute, kind }) => ({
      at: `${ui}/${path}`,
      absolute,
      kind,
    }))
  })
}

const linksIn = (root: string) => viewEntries(root).filter((entry) => entry.kind === 'link')

/** A file of somebody's in a view: in the place of a link, beside the links, or in a new folder. */
function stray(world: World, memory: Memory, a: number, b: number): void {
  const entries = viewEntries(world.root).filter((entry) => entry.kind !== 'else')
  const entry = choose(entries, a, undefined)
  if (entry === undefined || entry.kind === 'file') return
  const inside = choose(['found.safetensors', 'notes/read me.txt'], b, 'found.safetensors')
  const path = entry.kind === 'link' ? entry.absolute : join(entry.absolute, inside)
  if (entry.kind === 'link') fs.unlinkSync(path)
  if (fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) return
  fs.mkdirSync(dirname(path), { recursive: true })
  const bytes = Buffer.from(`somebody's ${String(a)} ${String(b)}`)
  fs.writeFileSync(path, bytes)
  if (b % 4 > 0) fs.utimesSync(path, LONG_AGO, LONG_AGO)
  memory.strays.add(sha256Of(bytes))
  memory.kept.add(sha256Of(bytes))
}

function unlink({ root }: World, _memory: Memory, a: number): void {
  const link = choose(linksIn(root), a, undefined)
  if (link !== undefined) fs.unlinkSync(link.absolute)
}

function repoint(world: World, memory: Memory, a: number, b: number): void {
  const link = choose(linksIn(world.root), a, undefined)
  if (link === undefined) return
  const own = ownFiles(world).map((entry) => entry.absolute)
  const blobs = blobsIn(world.root).map((name) =>
    join(world.root, 'data/blobs/sha256', name.slice(0, 2), name),
  )
  const target = choose(choose([blobs, own, ['nowhere']], b, []), a, 'nowhere')
  fs.unlinkSync(link.absolute)
  fs.symlinkSync(target, link.absolute)
  if (!blobs.includes(target)) memory.targets.add(target)
  memory.spoiled.add(`2: ${link.at}`)
}

function activeElsewhere({ root }: World, memory: Memory, a: number, b: number): void {
  const ui = choose(['alpha', 'beta'], a, 'alpha')
  const active = join(root, 'data/views', ui, 'active')
  fs.rmSync(active, { force: true })
  if (b % 3 < 2) fs.symlinkSync(choose(['profiles/nowhere', 'profiles/work__Ink'], b, ''), active)
  memory.spoiled.add(`1: ${ui}`)
}

function touch({ root }: World, _memory: Memory, a: number): void {
  const folder = choose(
    viewEntries(root).filter((one) => one.kind === 'folder'),
    a,
    undefined,
  )
  if (folder !== undefined) fs.utimesSync(folder.absolute, new Date(), new Date())
}

function dropEmptyFolder({ root }: World, memory: Memory, a: number): void {
  const empty = viewEntries(root).filter(
    (one) => one.kind === 'folder' && fs.readdirSync(one.absolute).length === 0,
  )
  const folder = choose(empty, a, undefined)
  if (folder === undefined) return
  fs.rmdirSync(folder.absolute)
  memory.spoiled.add(`3: ${folder.at.split('/').slice(0, 2).join('/')}`)
}

/** Somebody opens a pack in an editor and adds a key of his own. */
function annotate({ root }: World, memory: Memory, a: number, b: number): void {
  const name = choose(names(join(root, 'state/packs')), a, '')
  const path = join(root, 'state/packs', name, 'pack.json')
  if (memory.torn.has(path) || !fs.existsSync(path)) return
  const pack = readJson<Record<string, unknown>>(path)
  fs.writeFileSync(path, JSON.stringify({ ...pack, x_own: `mine ${String(b)}` }))
  memory.marks = whole(memory, () => marksIn(root))
}

function marksIn(root: string): string[] {
  const packs = join(root, 'state/packs')
  return names(packs)
    .flatMap((name) => {
      const mark = readJson<{ x_own?: string }>(join(packs, name, 'pack.json'))?.x_own
      return mark === undefined ? [] : [mark]
    })
    .sort()
}

function documentsIn(root: string): string[] {
  const state = walk(join(root, 'state')).map((entry) => entry.absolute)
  return [...state, join(root, 'data/runtime.json')].filter((path) => path.endsWith('.json'))
}

function tear({ root }: World, memory: Memory, a: number, b: number): void {
  const path = choose(documentsIn(root), a, '')
  if (memory.torn.has(path) || !fs.existsSync(path)) return
  const text = fs.readFileSync(path, 'utf8')
  memory.torn.set(path, text)
  fs.writeFileSync(path, text.slice(0, b % text.length))
}

function mend(_world: World, memory: Memory): void {
  for (const [path, text] of memory.torn) if (fs.existsSync(path)) fs.writeFileSync(path, text)
  memory.torn.clear()
}

/** Bytes that somebody destroyed himself are nobody else's loss, unless they lie elsewhere too. */
function forgive(world: World, memory: Memory, sha256: string): void {
  const { held, own } = rememberBytes(world)
  if (held.has(sha256) || [...own.values()].includes(sha256)) return
  memory.before.held.delete(sha256)
  memory.before.metas.delete(sha256)
}

function put(world: World, memory: Memory, path: string, text: string): void {
  fs.mkdirSync(dirname(path), { recursive: true })
  const stat = fs.lstatSync(path, { throwIfNoEntry: false })
  const was = stat === undefined ? null : digestAt(path)
  // Nobody can write to what became read-only; editors then write a new file in its place.
  if (stat !== undefined && (stat.nlink > 1 || (stat.mode & 0o200) === 0)) fs.unlinkSync(path)
  fs.writeFileSync(path, text)
  memory.before.own.set(path, sha256Of(Buffer.from(text)))
  if (was !== null) forgive(world, memory, was)
}

function rewriteOwn(world: World, memory: Memory, a: number, b: number): void {
  const file = choose(ownFiles(world), a, undefined)
  if (file === undefined) return
  put(world, memory, file.absolute, `rewritten ${String(b % 5)}\n`.repeat(9))
}

function discardOwn(world: World, memory: Memory, a: number): void {
  const file = choose(ownFiles(world), a, undefined)
  if (file === undefined) return
  const was = digestAt(file.absolute)
  memory.before.own.delete(file.absolute)
  fs.unlinkSync(file.absolute)
  forgive(world, memory, was)
}

function addOwn(world: World, memory: Memory, a: number, b: number): void {
  const folder = choose(['loras', 'vae', 'checkpoints', 'odd 名'], a, 'loras')
  const path = join(world.outside, 'new', folder, `own ${String(b % 7)}.safetensors`)
  put(world, memory, path, `own ${String(a % 5)}\n`.repeat(9))
}

function spoilIndex({ root }: World, _memory: Memory, a: number): void {
  for (const name of names(join(root, 'data')).filter((one) => one.startsWith('index.sqlite'))) {
    if (a % 2 === 0) fs.rmSync(join(root, 'data', name))
    else fs.writeFileSync(join(root, 'data', name), 'no database')
  }
}

/** Somebody deletes a model with a file manager: that loss is his, all others stay forbidden. */
function loseBlob({ root }: World, memory: Memory, a: number): void {
  const sha256 = choose(blobsIn(root), a, '')
  if (sha256 === '') return
  const path = join(root, 'data/blobs/sha256', sha256.slice(0, 2), sha256)
  fs.unlinkSync(path)
  memory.before.held.delete(sha256)
  memory.lost.add(sha256)
}

function leaveJunk({ root }: World, _memory: Memory, a: number): void {
  const places = [
    'data/tmp/0.part',
    'state/.config.json.0a.synapse-tmp',
    'data/views/alpha/.active.0a.synapse-tmp',
  ]
  const path = join(root, choose(places, a, 'data/tmp/1.part'))
  fs.mkdirSync(dirname(path), { recursive: true })
  fs.writeFileSync(path, '{"half')
  fs.utimesSync(path, LONG_AGO, LONG_AGO)
}

/** The end of a line that a power cut tore. */
function tearLine({ root }: World, _memory: Memory, a: number): void {
  const lists = walk(join(root, 'data')).filter((entry) => entry.path.endsWith('.jsonl'))
  const list = choose(lists, a, undefined)
  if (list !== undefined) fs.appendFileSync(list.absolute, '{"id":"0189')
}

const WRITES = {
  stray,
  unlink,
  repoint,
  activeElsewhere,
  touch,
  dropEmptyFolder,
  annotate,
  tear,
  mend,
  rewriteOwn,
  discardOwn,
  addOwn,
  spoilIndex,
  loseBlob,
  leaveJunk,
  tearLine,
} satisfies Record<string, Writing>
type WriteName = keyof typeof WRITES

// ---- What must hold

/** What a history remembers of what must still be there. */
export class Memory {
  before: { held: Set<string>; metas: Map<string, string>; own: Map<string, string> }
  /** Digests of files that somebody put into views. */
  readonly strays = new Set<string>()
  /** Those of them that have not become models yet: they must lie somewhere. */
  readonly kept = new Set<string>()
  /** Where links of somebody's lead. */
  readonly targets = new Set<string>()
  /** Beginnings of problems that somebody made and nobody was asked to mend yet. */
  readonly spoiled = new Set<string>()
  /** Documents torn by hand, as they were. */
  readonly torn = new Map<string, string>()
  /** Torn documents that went to the trash with their pack. */
  readonly buried = new Map<string, string>()
  /** Models that somebody deleted by hand. */
  readonly lost = new Set<string>()
  /** What people wrote into packs. */
  marks: string[] = []

  constructor(world: World) {
    const { held, metas, own } = rememberBytes(world)
    this.before = { held: new Set(held), metas: new Map(metas), own: new Map(own) }
  }

  /** Takes in what is there now, beside what was there before. */
  learn(world: World, mayGo: readonly string[]): void {
    const now: Before = rememberBytes(world)
    const gone = mayGo.filter((sha256) => !now.held.has(sha256))
    this.before = {
      held: new Set([...this.before.held, ...now.held]),
      metas: new Map([...this.before.metas, ...now.metas]),
      own: new Map(now.own),
    }
    for (const sha256 of gone) {
      this.before.held.delete(sha256)
      this.before.metas.delete(sha256)
    }
    for (const sha256 of now.held) this.kept.delete(sha256)
  }
}

function digestAt(path: string): string {
  return sha256Of(fs.readFileSync(path))
}

/** Paths of views where something of somebody's stands. */
function foreignPaths(world: World, memory: Memory): Set<string> {
  const entries = viewEntries(world.root).filter(({ absolute, kind }) =>
    kind === 'file'
      ? memory.strays.has(digestAt(absolute))
      : kind === 'link' && memory.targets.has(fs.readlinkSync(absolute)),
  )
  return new Set(entries.map((entry) => entry.at))
}

function freshStray(world: World): boolean {
  return viewEntries(world.root).some(
    ({ absolute, kind }) => kind === 'file' && fs.statSync(absolute).mtimeMs > LONG_AGO * 1000,
  )
}

/** Strays that lie nowhere any more. */
function lostStrays({ root }: World, memory: Memory): string[] {
  if (memory.kept.size === 0) return []
  const files = walk(join(root, 'data')).filter((entry) => entry.kind === 'file')
  const there = new Set(files.map((entry) => digestAt(entry.absolute)))
  return [...memory.kept].filter((one) => !there.has(one)).map((one) => `strays: ${one} is lost`)
}

/** A torn document may go with its pack and come back, but nobody may write over it. */
function overwritten(memory: Memory): string[] {
  const readAt = (path: string) => (fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : null)
  for (const [path, text] of memory.buried) {
    const now = readAt(path)
    if (now === null) continue
    memory.buried.delete(path)
    if (now !== text && text.startsWith(now)) memory.torn.set(path, text)
  }
  return [...memory.torn].flatMap(([path, text]) => {
    const now = readAt(path)
    if (now !== null && text.startsWith(now)) return []
    memory.torn.delete(path)
    if (now === null) memory.buried.set(path, text)
    return now === null ? [] : [`documents: ${path} was torn, and is overwritten`]
  })
}

/** Links to models that somebody deleted wait for whoever looks at them next. */
function excuseLost({ root }: World, memory: Memory): void {
  for (const { at, absolute } of linksIn(root)) {
    if (memory.lost.has(basename(fs.readlinkSync(absolute)))) memory.spoiled.add(`2: ${at}`)
  }
}

/** Runs `look` while torn documents are whole, since it reads them. */
function whole<T>(memory: Memory, look: () => T): T {
  const torn = [...memory.torn.keys()].map((path) => [path, fs.readFileSync(path)] as const)
  for (const [path, text] of memory.torn) fs.writeFileSync(path, text)
  try {
    return look()
  } finally {
    for (const [path, bytes] of torn) fs.writeFileSync(path, bytes)
  }
}

/** Everything that is wrong, but for what others did and nobody was asked to mend. */
function problemsOf(world: World, memory: Memory, mayGo: readonly string[]): string[] {
  const held = overwritten(memory)
  return whole(memory, () => {
    excuseLost(world, memory)
    if (memory.buried.size > 0) memory.spoiled.add(`documents: ${join(world.root, 'data/trash')}`)
    const waits = openActs(world.root).length > 0 && (memory.torn.size > 0 || freshStray(world))
    const excused = waits ? [...memory.spoiled, 'journal:', '1:', '2:', '3:'] : [...memory.spoiled]
    const broken = brokenInvariants(world, memory.before, {
      mayGo,
      foreign: foreignPaths(world, memory),
    })
    const found = broken.filter((problem) => !excused.some((excuse) => problem.startsWith(excuse)))
    return [...held, ...found, ...lostStrays(world, memory)]
  })
}

/** What people decide by: packs, profiles, stacks, approvals, settings, models. Null: unreadable. */
function decided(world: World, memory: Memory): unknown {
  if (memory.torn.size > 0 || openActs(world.root).length > 0) return null
  const seen = new Seen(world)
  const profiles = names(join(world.root, 'state/profiles')).filter((name) =>
    seen.has(`state/profiles/${name}/profile.json`),
  )
  const config = seen.json<{ defaults: unknown; ui: unknown; trash: unknown }>('state/config.json')
  const approvals = seen.json<{ approved: { sha256: string }[] }>('state/approvals.json')
  return {
    packs: seen
      .packs()
      .filter((name) => seen.has(`state/packs/${name}/pack.json`))
      .map((name) => [name, seen.pack(name)]),
    profiles: profiles.map((name) => [name, seen.profile(name)]),
    stacks: ['alpha', 'beta'].map((ui) => seen.stack(ui)),
    models: [seen.blobs(), seen.trash()],
    settings: [config?.defaults, config?.ui, config?.trash],
    approved: approvals?.approved.map((one) => one.sha256) ?? [],
  }
}

interface PackDocument {
  readonly dependencies: readonly {
    readonly id: string
    readonly kind: string
    readonly model_kind?: string
    readonly expose: { readonly filename: string }
  }[]
  readonly pack_dependencies: readonly { readonly pack_name: string }[]
}

interface LockDocument {
  readonly resolved: readonly { dependency_id: string; artifact: { sha256: string } }[]
}

interface Folders {
  readonly ui: { readonly kind_map: Readonly<Record<string, Readonly<Record<string, string>>>> }
}

/** The packs of a profile, those that others need before them. */
function packsInOrder(seen: Seen, profile: string): string[] {
  const order = new Set<string>()
  const visit = (name: string) => {
    if (order.has(name)) return
    const pack = seen.json<PackDocument>(`state/packs/${name}/pack.json`)
    for (const need of pack?.pack_dependencies ?? []) visit(need.pack_name)
    order.add(name)
  }
  for (const name of seen.profile(profile)) visit(name)
  return [...order]
}

/** Path and digest of each file of a pack. */
function filesOf(seen: Seen, name: string, folders: Readonly<Record<string, string>>) {
  const pack = seen.json<PackDocument>(`state/packs/${name}/pack.json`)
  const lock = seen.json<LockDocument>(`state/packs/${name}/lock.json`)
  return (lock?.resolved ?? []).flatMap(({ dependency_id, artifact }): [string, string][] => {
    const file = pack?.dependencies.find((one) => one.id === dependency_id)
    if (file === undefined) return []
    const folder = folders[file.model_kind ?? file.kind]
    return folder === undefined ? [] : [[`${folder}/${file.expose.filename}`, artifact.sha256]]
  })
}

/**
 * What an interface should see by its stack, packs and settings, worked out a second time: path →
 * digest, for profiles in which the last wins. The one pickle of the world is `evil`.
 */
export function expectedView(world: World, ui: string): Record<string, string> {
  const seen = new Seen(world)
  const folders = seen.json<Folders>('state/config.json')?.ui.kind_map[ui] ?? {}
  const approvals = seen.json<{ approved: { sha256: string }[] }>('state/approvals.json')
  const approved = new Set(approvals?.approved.map((one) => one.sha256))
  const here = new Set(blobsIn(world.root))
  const links = new Map<string, string>()
  for (const name of packsInOrder(seen, seen.stack(ui).at(-1) ?? 'global')) {
    for (const [path, sha256] of filesOf(seen, name, folders)) {
      if (sha256 !== digestOf('evil') || approved.has(sha256)) links.set(path, sha256)
    }
  }
  return Object.fromEntries([...links].filter(([, sha256]) => here.has(sha256)))
}

/** What an interface does see: path → digest, but for files of somebody's. */
function shownView(world: World, memory: Memory, ui: string): Record<string, string> {
  const active = fs.realpathSync(join(world.root, 'data/views', ui, 'active'))
  const files = walk(active).filter(
    ({ kind, path }) => kind !== 'folder' && !isTemporary(basename(path)),
  )
  const ours = files.filter(({ kind, absolute }) =>
    kind === 'file'
      ? !memory.strays.has(digestAt(absolute))
      : !memory.targets.has(fs.readlinkSync(absolute)),
  )
  return Object.fromEntries(ours.map(({ path, absolute }) => [path, digestAt(absolute)]))
}

// ---- Running a history

const REFUSALS_OF_TORN = ['store.document_broken', 'inventory.references_unreadable']

/** The code with which an act was refused; null where it was done. Faults are thrown. */
async function outcomeOf(
  actor: Actor,
  { act, a, b }: Act,
  memory: Memory | null,
): Promise<string | null> {
  try {
    await ACTS[act](actor, a, b)
    const { jobs } = actor.synapse.services
    while (jobs.counts().running + jobs.counts().queued > 0) await new Promise(setImmediate)
    return null
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const fault =
      ['internal', 'store.locked'].includes(error.code) || error.code.startsWith('disk.')
    const untorn = memory?.torn.size === 0 && REFUSALS_OF_TORN.includes(error.code)
    if (fault || untorn) throw error
    return error.code
  }
}

/** Another process that works on the same store. */
class Partner implements Disposable {
  #child: ChildProcess | null = null

  /** The code of a refusal or null, as {@link outcomeOf}; `killed` where it did not live to tell. */
  async run(folder: string, act: Act, killAt: number): Promise<string | null> {
    const child = (this.#child ??= fork(import.meta.filename, ['partner']))
    const { promise, resolve, reject } = Promise.withResolvers<string | null>()
    const exit = () => {
      this.#child = null
      resolve('killed')
    }
    child.once('exit', exit)
    child.once('message', ({ code, fault }: { code: string | null; fault?: string }) => {
      child.off('exit', exit)
      if (fault === undefined) resolve(code)
      else reject(new Error(`The other process: ${fault}`))
    })
    child.send({ folder, act, killAt })
    return promise
  }

  [Symbol.dispose](): void {
    this.#child?.kill()
    this.#child = null
  }
}

interface Order {
  readonly folder: string
  readonly act: Act
  readonly killAt: number
}

function servePartner(): void {
  process.on('message', ({ folder, act, killAt }: Order) => {
    const world = worldAt(folder)
    let calls = 0
    const observer = () => {
      calls += 1
      if (calls === killAt) process.kill(process.pid, 'SIGKILL')
    }
    const work = watching(observer, async () => {
      await using synapse = await openQuick(world)
      return await outcomeOf({ client: synapse.client, synapse, world }, act, null)
    })
    work.then(
      (code) => process.send?.({ code }),
      (error: unknown) => process.send?.({ code: null, fault: String(error) }),
    )
  })
}

/** A history that broke something: after which step, and what. */
export class HistoryError extends Error {}

/** Where histories are run: a stage, and another process. */
class Theatre implements AsyncDisposable {
  readonly stage: Stage
  readonly partner = new Partner()

  private constructor(stage: Stage) {
    this.stage = stage
  }

  static async open(): Promise<Theatre> {
    const stage = await Stage.open('histories')
    const { outside } = stage.world
    fs.writeFileSync(join(outside, 'new/vae/same as ink 墨.safetensors'), bytesOf('ink'))
    fs.writeFileSync(join(outside, 'new/empty.safetensors'), '')
    stage.keep('base')
    return new Theatre(stage)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.partner[Symbol.dispose]()
    this.stage[Symbol.dispose]()
  }
}

/** One history while it goes on. */
class History {
  readonly #stage: Stage
  readonly #partner: Partner
  readonly #world: World
  readonly #memory: Memory
  #synapse: Synapse
  #offset = 0

  private constructor({ stage, partner }: Theatre, synapse: Synapse) {
    this.#stage = stage
    this.#partner = partner
    this.#world = stage.world
    this.#memory = new Memory(stage.world)
    this.#synapse = synapse
  }

  static async begin(theatre: Theatre): Promise<History> {
    theatre.stage.setBack('base')
    return new History(theatre, await openQuick(theatre.stage.world))
  }

  async end(): Promise<void> {
    await closeQuick(this.#synapse)
  }

  async #open(): Promise<Synapse> {
    return openQuick(this.#world, { clock: { now: () => Date.now() + this.#offset } })
  }

  get #actor(): Actor {
    return { client: this.#synapse.client, synapse: this.#synapse, world: this.#world }
  }

  /** What could not be finished while documents were torn is finished once they are whole. */
  async #writeBetween(step: Write): Promise<void> {
    this.#write(step)
    if (step.write === 'mend') await this.#take()
  }

  #write({ write, a, b }: Write): void {
    WRITES[write](this.#world, this.#memory, a, b)
  }

  /** What may be gone after these acts: what lies in the trash and nowhere else. */
  #mayGo(acts: readonly Act[]): string[] {
    if (!acts.some(({ act }) => LETS_GO.has(act))) return []
    const { root } = this.#world
    const trash = names(join(root, 'data/trash')).map((id) => join(root, 'data/trash', id, 'blob'))
    const here = new Set(blobsIn(root))
    return trash
      .filter(fs.existsSync)
      .map(digestAt)
      .filter((sha256) => !here.has(sha256))
  }

  /** Makes a step. @throws HistoryError */
  async make(step: Step): Promise<void> {
    const acts =
      'act' in step
        ? [step]
        : 'together' in step
          ? step.together
          : 'beside' in step
            ? step.beside
            : []
    const mayGo = this.#mayGo(acts)
    if ('write' in step) await this.#writeBetween(step)
    else if ('clock' in step) await this.#setClock(step.clock)
    else if ('together' in step) await this.#together(step.together)
    else if ('beside' in step) await this.#beside(step.beside, step.killAt)
    else if ('crashAt' in step) await this.#crash(step)
    else if ('disturbedAt' in step) await this.#disturb(step)
    else await this.#quietly(step)
    this.#check(problemsOf(this.#world, this.#memory, mayGo))
    if (!acts.some(({ act }) => MOVES_PACKS.has(act))) this.#check(this.#lostMarks())
    this.#memory.learn(this.#world, mayGo)
    this.#memory.marks = whole(this.#memory, () => marksIn(this.#world.root))
  }

  #check(problems: readonly string[]): void {
    if (problems.length > 0) throw new HistoryError(problems.join('\n'))
  }

  #lostMarks(): string[] {
    const now = whole(this.#memory, () => marksIn(this.#world.root))
    return isDeepStrictEqual(now, this.#memory.marks)
      ? []
      : [`marks: ${this.#memory.marks.join(', ')} became ${now.join(', ')}`]
  }

  async #setClock(hours: number): Promise<void> {
    await closeQuick(this.#synapse)
    this.#offset = hours * 3_600_000
    this.#synapse = await this.#open()
  }

  /** An act with nobody else about: a refused one changes nothing. */
  async #quietly(act: Act): Promise<void> {
    const before = decided(this.#world, this.#memory)
    const code = await outcomeOf(this.#actor, act, this.#memory)
    if (code === null || MANY.has(act.act) || before === null) return
    const after = decided(this.#world, this.#memory)
    if (after === null || isDeepStrictEqual(before, after)) return
    this.#check([`refused with ${code}, and changed ${different(before, after)}`])
  }

  async #disturb(step: Act & { readonly disturbedAt: number; readonly by: Write }): Promise<void> {
    let calls = 0
    const observer = () => {
      calls += 1
      if (calls === step.disturbedAt) this.#write(step.by)
    }
    await watching(observer, () => outcomeOf(this.#actor, step, null))
    await this.#take()
  }

  async #together([first, second]: readonly [Act, Act]): Promise<void> {
    const synapse = await this.#open()
    const other = { client: synapse.client, synapse, world: this.#world }
    const both = [outcomeOf(this.#actor, first, null), outcomeOf(other, second, null)]
    await Promise.allSettled(both)
    await closeQuick(synapse)
    await Promise.all(both)
  }

  async #beside([first, second]: readonly [Act, Act], killAt: number): Promise<void> {
    const there = this.#partner.run(this.#world.folder, second, killAt)
    const both = [outcomeOf(this.#actor, first, null), there]
    await Promise.allSettled(both)
    await this.#take()
    await Promise.all(both)
  }

  /** Takes the lock, and with it what a crash left open. */
  async #take(): Promise<void> {
    try {
      await this.#synapse.services.store.transact('test', () => Promise.resolve())
    } catch (error) {
      if (this.#memory.torn.size === 0) throw error
    }
  }

  /** An act that is cut off is, after the store was opened again, done or was never begun. */
  async #crash(
    step: Act & { readonly crashAt: number; readonly then: Write | null },
  ): Promise<void> {
    const before = decided(this.#world, this.#memory)
    const single = !MANY.has(step.act) && before !== null && step.then === null
    const done = single ? await this.#rehearse(step) : null
    const at = done === null ? step.crashAt : 1 + (step.crashAt % (done.calls + 1))
    const run = () => outcomeOf(this.#actor, step, null)
    await crashAt(at, this.#world, this.#synapse, run)
    if (step.then !== null) this.#write(step.then)
    this.#synapse = await this.#open()
    await this.#take()
    const after = decided(this.#world, this.#memory)
    if (done === null || after === null || isDeepStrictEqual(after, before)) return
    if (isDeepStrictEqual(after, done.after)) return
    this.#check([
      `cut off at ${String(at)}, and is neither undone (${different(before, after)}) nor done (${different(done.after, after)})`,
    ])
  }

  /** Does the act, looks, and sets the world back. */
  async #rehearse(step: Act): Promise<{ calls: number; after: unknown }> {
    this.#stage.keep('rehearsal')
    const run = () => outcomeOf(this.#actor, step, null)
    const { calls } = await crashAt(0, this.#world, this.#synapse, run)
    const after = decided(this.#world, this.#memory)
    this.#stage.setBack('rehearsal')
    this.#synapse = await this.#open()
    return { calls, after }
  }

  /** Everything is mended that can be; then all must be as packs, stacks and settings say. */
  async mend(): Promise<void> {
    const { root } = this.#world
    mend(this.#world, this.#memory)
    for (const { absolute, kind } of viewEntries(root)) {
      if (kind === 'file') fs.utimesSync(absolute, LONG_AGO, LONG_AGO)
    }
    await this.#setClock(0)
    await this.#take()
    const request = { repair: true, rebuild_views: true }
    const report = await work(this.#synapse.client, 'store.doctor', request)
    if (report['healthy'] !== true) this.#check([`doctor: ${JSON.stringify(report['findings'])}`])
    const active = ['alpha', 'beta'].map(
      (ui) => `${ui}/${new Seen(this.#world).stack(ui).at(-1) ?? ''}`,
    )
    for (const spoiled of this.#memory.spoiled) {
      if (
        spoiled.startsWith('1:') ||
        active.some((view) => spoiled.startsWith(`2: ${view}/`) || spoiled === `3: ${view}`)
      ) {
        this.#memory.spoiled.delete(spoiled)
      }
    }
    this.#check(problemsOf(this.#world, this.#memory, []))
    for (const ui of ['alpha', 'beta']) {
      const [expected, shown] = [
        expectedView(this.#world, ui),
        shownView(this.#world, this.#memory, ui),
      ]
      if (!isDeepStrictEqual(expected, shown))
        this.#check([`${ui} shows the wrong models: ${different(expected, shown)}`])
    }
    this.#check(await indexProblems(this.#synapse))
  }
}

/** Says in short where two values differ. */
function different(a: unknown, b: unknown): string {
  const [left, right] = [a, b].map((value) => Object.entries(value as object))
  const keys = new Set([...(left ?? []), ...(right ?? [])].map(([key]) => key))
  const at = (value: unknown, key: string) =>
    JSON.stringify((value as Record<string, unknown>)[key])
  return [...keys]
    .filter((key) => at(a, key) !== at(b, key))
    .map((key) => `${key}: ${at(a, key)} → ${at(b, key)}`)
    .join('; ')
}

function textOf(error: unknown): string {
  if (error instanceof HistoryError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Runs one history from the prepared world. @throws HistoryError, or what an act must not throw */
async function runHistory(theatre: Theatre, steps: readonly Step[]): Promise<void> {
  const history = await History.begin(theatre)
  try {
    for (const [index, step] of steps.entries()) {
      try {
        await history.make(step)
      } catch (error) {
        const text =
          error instanceof HistoryError
            ? error.message
            : String(error instanceof Error ? error.stack : error)
        throw new HistoryError(`step ${String(index + 1)} ${JSON.stringify(step)}\n${text}`)
      }
    }
    await history.mend().catch((error: unknown) => {
      throw new HistoryError(`mending at the end\n${textOf(error)}`)
    })
  } finally {
    await history.end()
  }
}

// ---- Making histories up

const number = fc.nat({ max: 999 })
const anAct = fc.record({
  act: fc.constantFrom(...(Object.keys(ACTS) as ActName[])),
  a: number,
  b: number,
})
const aWrite = fc.record({
  write: fc.constantFrom(...(Object.keys(WRITES) as WriteName[])),
  a: number,
  b: number,
})
// Bytes that go while another act moves them to the trash: nobody could tell afterwards who was first.
const aPair = fc
  .tuple(anAct, anAct)
  .filter(
    ([{ act: first }, { act: second }]) =>
      !(LETS_GO.has(first) && TO_TRASH.has(second)) &&
      !(LETS_GO.has(second) && TO_TRASH.has(first)),
  )
// Who writes to a document in the moment in which it is written overwrites or is overwritten.
const aDisturbance = aWrite.filter(({ write }) => !['annotate', 'tear', 'tearLine'].includes(write))
const lines = fc.integer({ min: 1, max: 90 })

const aStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: anAct },
  { weight: 6, arbitrary: aWrite },
  {
    weight: 5,
    arbitrary: fc.tuple(anAct, lines).map(([act, at]) => ({ ...act, crashAt: at, then: null })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(anAct, lines, aWrite)
      .map(([act, at, then]) => ({ ...act, crashAt: at, then })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(anAct, lines, aDisturbance)
      .map(([act, at, by]) => ({ ...act, disturbedAt: at, by })),
  },
  { weight: 3, arbitrary: fc.record({ together: aPair }) },
  {
    weight: 1,
    arbitrary: fc.record({
      beside: aPair,
      killAt: fc.integer({ min: -300, max: 90 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ clock: fc.constantFrom(0, -1, 1, -1000, 1000) }) },
)
const aHistory = fc.array(aStep, { minLength: 1, maxLength: 14, size: 'max' })

/** Which histories to run. */
export interface HistoriesWanted {
  readonly runs: number
  readonly seed: number
  /** Runs that one history alone, as a failure named it. */
  readonly path?: string | undefined
  readonly onRun?: () => void
}

/** A history that failed, made as short as it goes. */
export interface FailedHistory {
  readonly seed: number
  readonly path: string
  readonly steps: readonly Step[]
  readonly message: string
}

/** Runs random histories until one fails. @returns that one, or null where all went well */
export async function checkHistories(wanted: HistoriesWanted): Promise<FailedHistory | null> {
  await using theatre = await Theatre.open()
  const property = fc.asyncProperty(aHistory, async (steps) => {
    await runHistory(theatre, steps)
    wanted.onRun?.()
  })
  const { seed, runs: numRuns, path } = wanted
  const details = await fc.check(property, {
    seed,
    numRuns,
    ...(path === undefined ? {} : { path, endOnFailure: true }),
  })
  if (!details.failed) return null
  const error: unknown = details.errorInstance
  return {
    seed,
    path: details.counterexamplePath ?? '',
    steps: details.counterexample?.[0] ?? [],
    message: error instanceof Error ? error.message : String(error),
  }
}

/** A failed history for people, and what repeats it. */
export function tellFailure({ seed, path, steps, message }: FailedHistory): string {
  return [
    'A history broke something:',
    ...steps.map((step, index) => `${String(index + 1)}. ${JSON.stringify(step)}`),
    message,
    `Repeat it: npm run histories -- --seed ${String(seed)} --path ${path}`,
  ].join('\n')
}

if (import.meta.main && process.argv[2] === 'partner') servePartner()

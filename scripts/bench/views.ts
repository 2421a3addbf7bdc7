/** Building a profile's tree of links, building it again, and switching between built ones. */
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { PackName, ProfileName, UiName, UiSetName } from '../../schemas/ids.ts'
import type { DependencyInput } from '../../schemas/pack.ts'
import { createSynapse, type Synapse } from '../../sidecar/http/create-synapse.ts'
import { StorePaths } from '../../sidecar/store/store-paths.ts'
import { homeOf, openStore, remove, type Bench } from './bench-store.ts'
import { generateStore, writeProfile } from './generate-library.ts'
import { compare, ratioOf, rowOf, type Contender } from './measure.ts'
import { flushDisk, runProgram, sortPeers, type Peer } from './programs.ts'
import { figure, percent, ratioTable, type Findings } from './report.ts'

const UI = 'comfyui' as UiName & UiSetName
const FILES_PER_PACK = 100
const CHANGED = 10
const WHOLE = 'Everything' as ProfileName
const SMALL = 'Little' as ProfileName

const FIRST = 'Synapse, first time'
const AGAIN = 'nothing changed'
const FEW_CHANGED = `${CHANGED} links changed`
const ONE = 'one link changed'
const USE = 'use, view is built'
const BACK = 'back'
const FLIP = 'link, rename, fsync: the least there is'
const CP_A = 'cp -a of the tree'

/** The store that views are made of. */
interface Setup {
  readonly bench: Bench
  readonly root: string
  readonly paths: StorePaths
  readonly packs: readonly PackName[]
  readonly synapse: Synapse
  /** Files that were taken out of packs and go back next time. */
  readonly taken: Map<PackName, DependencyInput[]>
}

const settled = ({ options, folder }: Bench) => ({ ...options, settle: () => flushDisk(folder) })

const activate = ({ client }: Synapse, profile: string) =>
  client.call('profiles.activate', { body: { profile, ui_set: UI } })

async function makeSetup(bench: Bench): Promise<Setup> {
  const { links } = bench.options
  const root = join(bench.folder, 'views-store')
  const packs = Math.ceil(links / FILES_PER_PACK)
  const amounts = { files: links, packs, profiles: 0, filesPerPack: FILES_PER_PACK }
  const made = generateStore(root, { ...amounts, faults: false })
  const paths = new StorePaths(root)
  writeProfile(paths, WHOLE, made.packs)
  writeProfile(paths, SMALL, made.packs.slice(0, 1))
  const synapse = await openStore(bench, root)
  await synapse.client.call('store.config_edit', { body: { defaults: { use_base: WHOLE } } })
  await activate(synapse, WHOLE)
  return { bench, root, paths, packs: made.packs, synapse, taken: new Map() }
}

/** A profile that has no view yet, in a Synapse that has read nothing yet. */
function firstTime({ bench, root, paths, packs }: Setup, name: string): Contender {
  let count = 0
  let synapse: Synapse | null = null
  const profile = () => `Built ${name} ${count}` as ProfileName
  return {
    name,
    async prepare() {
      count += 1
      writeProfile(paths, profile(), packs)
      synapse = await createSynapse({ root, home: homeOf(bench) })
    },
    run: () => synapse && activate(synapse, profile()),
    clean: () => synapse?.[Symbol.asyncDispose](),
  }
}

interface Link {
  readonly path: string
  readonly target: string
}

/** The links of a ready tree, as a plain list. */
function linksOf(tree: string): Link[] {
  return fs
    .readdirSync(tree, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isSymbolicLink())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      return { path: path.slice(tree.length), target: fs.readlinkSync(path) }
    })
}

function makeLinks(links: readonly Link[], folder: string): void {
  for (const parent of new Set(links.map((link) => dirname(link.path)))) {
    fs.mkdirSync(join(folder, parent), { recursive: true })
  }
  for (const link of links) fs.symlinkSync(link.target, folder + link.path)
}

function treePeers(setup: Setup): Peer[] {
  const tree = setup.paths.view(UI, WHOLE)
  const links = linksOf(tree)
  const copy = join(setup.bench.folder, 'tree')
  const plain = join(setup.bench.folder, 'plain')
  makeLinks(
    links.map((link) => ({ ...link, target: join(dirname(tree + link.path), link.target) })),
    plain,
  )
  const clean = () => remove(copy)
  const run = (...line: [string, ...string[]]) => runProgram(line)
  return [
    { name: CP_A, needs: ['cp'], run: () => run('cp', '-a', tree, copy), clean },
    {
      name: 'cp -rs of plain folders',
      needs: ['cp'],
      run: () => run('cp', '-rs', plain, copy),
      clean,
    },
    { name: 'a loop of symlinkSync in Node', needs: [], run: () => makeLinks(links, copy), clean },
  ]
}

async function firstBuild(setup: Setup): Promise<Findings> {
  const { options } = setup.bench
  const { here, notes } = sortPeers(treePeers(setup))
  const rows = await compare([firstTime(setup, FIRST), ...here], settled(setup.bench))
  const first = rowOf(rows, FIRST)
  const count = options.links.toLocaleString('en-US')
  const title = `Activating a profile of ${count} links in ${setup.packs.length} packs`
  const more = 'Synapse writes each link into its ledger first and flushes folders and ledger.'
  const ratio = ratioOf(first, rowOf(rows, CP_A))
  return {
    tables: [ratioTable({ title, rows, ours: [first], notes: [...notes, more] })],
    goals: [
      {
        goal: `A profile of ${count} links, first time: no slower than \`cp -a\` of a ready tree`,
        figure: `${figure(ratio)} × its time`,
        met: ratio <= 1,
      },
    ],
  }
}

/** Takes files out of a pack, or puts them back, while the pack is not shown. */
async function changePack(setup: Setup, pack: PackName, count: number): Promise<void> {
  const { client } = setup.synapse
  await activate(setup.synapse, SMALL)
  const detail = await client.call('packs.show', { params: { name: pack } })
  const taken = setup.taken.get(pack) ?? []
  setup.taken.delete(pack)
  if (taken.length > 0) {
    await client.call('packs.edit', { params: { name: pack }, body: { add: taken } })
    return
  }
  const files = detail.files.slice(0, count)
  const add = files.map(({ dependency_id: id, kind, filename, sha256 }) => {
    return { id, kind, filename, sha256 } as DependencyInput
  })
  setup.taken.set(pack, add)
  const remove = files.map((file) => file.dependency_id)
  await client.call('packs.edit', { params: { name: pack }, body: { remove } })
}

/** A pack of which some files come or go before each run. */
interface Change {
  readonly name: string
  readonly pack: PackName | undefined
  readonly count: number
}

function changed(setup: Setup, { name, pack, count }: Change): Contender {
  return {
    name,
    prepare: () => pack !== undefined && changePack(setup, pack, count),
    run: () => activate(setup.synapse, WHOLE),
  }
}

function syncTree(setup: Setup): Peer {
  const tree = setup.paths.view(UI, WHOLE)
  const copy = join(setup.bench.folder, 'synced')
  return {
    name: 'rsync -a --delete, nothing changed',
    needs: ['rsync'],
    run: () => runProgram(['rsync', '-a', '--delete', `${tree}/`, copy]),
  }
}

async function buildAgain(setup: Setup): Promise<Findings> {
  const { synapse, packs, bench } = setup
  const again: Contender = {
    name: AGAIN,
    prepare: () => activate(synapse, WHOLE),
    run: () => activate(synapse, WHOLE),
  }
  const ours = [
    again,
    changed(setup, { name: ONE, pack: packs[1], count: 1 }),
    changed(setup, { name: FEW_CHANGED, pack: packs[2], count: CHANGED }),
  ]
  const { here, notes } = sortPeers([syncTree(setup)])
  const rows = await compare([...ours, firstTime(setup, 'first time'), ...here], settled(bench))
  const full = rowOf(rows, 'first time')
  const share = ratioOf(rowOf(rows, FEW_CHANGED), full)
  const mine = ours.map(({ name }) => rowOf(rows, name))
  const title = `Activating it again (${bench.options.links.toLocaleString('en-US')} links)`
  return {
    tables: [ratioTable({ title, rows, ours: mine, notes })],
    goals: [
      {
        goal: `${CHANGED} of ${bench.options.links.toLocaleString('en-US')} links changed: under 1 % of a full build`,
        figure: percent(share),
        met: share < 0.01,
      },
    ],
  }
}

/** Turns a link over as one must: made beside, renamed, its folder flushed. */
function flip(folder: string, target: string): void {
  const temporary = join(folder, 'next')
  fs.symlinkSync(target, temporary)
  fs.renameSync(temporary, join(folder, 'active'))
  const fd = fs.openSync(folder, 'r')
  fs.fsyncSync(fd)
  fs.closeSync(fd)
}

async function switches(setup: Setup): Promise<Findings> {
  const { synapse, packs, bench } = setup
  const { client } = synapse
  const pack = packs[3] ?? packs[0] ?? ''
  const use = () => client.call('profiles.use', { body: { pack, ui_set: UI } })
  const back = () => client.call('profiles.back', { body: { ui_set: UI } })
  const folder = join(bench.folder, 'flip')
  fs.mkdirSync(folder)
  await activate(synapse, WHOLE)
  await use()
  const contenders: Contender[] = [
    { name: USE, prepare: () => activate(synapse, WHOLE), run: use },
    {
      name: BACK,
      prepare: async () => {
        await activate(synapse, WHOLE)
        await use()
      },
      run: back,
    },
    { name: 'use, shown already', prepare: use, run: use },
    { name: FLIP, run: () => flip(folder, bench.folder) },
  ]
  const rows = await compare(contenders, {
    ...settled(bench),
    rounds: 4 * bench.options.rounds,
  })
  const ours = [USE, BACK].map((name) => rowOf(rows, name))
  const ratio = ratioOf(rowOf(rows, USE), rowOf(rows, FLIP))
  const title = `Switching between two built profiles of ${bench.options.links.toLocaleString('en-US')} links`
  return {
    tables: [ratioTable({ title, rows, ours })],
    goals: [
      {
        goal: 'Switch between two built profiles: one flip (within 10 × of a bare one)',
        figure: `${figure(ratio)} × its time`,
        met: ratio <= 10,
      },
    ],
  }
}

/** Measures trees of links beside `cp -a` and what else makes them. */
export async function measureViews(bench: Bench): Promise<Findings> {
  const setup = await makeSetup(bench)
  try {
    const parts = [await firstBuild(setup), await buildAgain(setup), await switches(setup)]
    return {
      tables: parts.flatMap((part) => part.tables),
      goals: parts.flatMap((part) => part.goals),
    }
  } finally {
    await setup.synapse[Symbol.asyncDispose]()
    remove(setup.root)
  }
}

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { AppError } from '../../../schemas/errors.ts'
import type { LocationId } from '../../../schemas/locations.ts'
import type { FileRecord } from '../../../schemas/records.ts'
import { createTestSynapse, type TestSynapse } from '../../_support/test-synapse.ts'
import { indexDifferences, rebuiltDump } from '../../safety/index-check.ts'

/** Something that is done to a store; `n` chooses what it is done to. */
type Action = (setup: TestSynapse, n: number) => unknown

const NAMES = [
  'plain.safetensors',
  'Příliš žluťoučký.safetensors',
  'with space & %_.gguf',
  '水彩.safetensors',
  'old.ckpt',
  'Juggernaut-XL_v9.safetensors',
]
const KINDS = ['loras', 'checkpoints', 'vae', 'clip_vision', 'no kind']
const PACKS = ['One', 'Two', 'Ťří']

const pick = <T>(items: readonly T[], n: number): T | undefined => items[n % items.length]

async function items(setup: TestSynapse) {
  return (await setup.client.call('inventory.list', { query: { limit: 200 } })).items
}

async function somePack(setup: TestSynapse, n: number): Promise<string> {
  const packs = (await setup.client.call('packs.list')).items
  return pick(packs, n)?.name ?? 'Nobody'
}

async function someBlob(setup: TestSynapse, n: number): Promise<string> {
  return pick(await items(setup), n)?.sha256 ?? '0'.repeat(64)
}

const blobPath = (setup: TestSynapse, sha256: string) =>
  join(setup.root, 'data/blobs/sha256', sha256.slice(0, 2), sha256)

const FOLDER = '0195d5b2-0000-7000-8000-000000000001' as LocationId
const SEEN = { size_bytes: 5, mtime_ns: '1700000000000000000', ctime_ns: '1', ino: '7' }

/** Writes down what became known of one of two files of a folder. */
async function recordFile(setup: TestSynapse, n: number, event: object): Promise<void> {
  const id = `0195d5b2-0000-7000-8000-00000000000${String(n % 2)}`
  const record = { id, at: '2026-01-01T00:00:00Z', seen: SEEN, ...event } as FileRecord
  await setup.synapse.services.store.transact('test', (tx) => tx.recordFiles(FOLDER, [record]))
}

/** Makes the folder known, or unknown. */
function putLocations(setup: TestSynapse, locations: readonly object[]): void {
  const path = join(setup.root, 'data/machine.json')
  const before = fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : '{}'
  const machine = { ...(JSON.parse(before) as object), locations }
  fs.writeFileSync(path, JSON.stringify(machine))
}

async function take(setup: TestSynapse, n: number, more: object): Promise<void> {
  const name = `${pick(KINDS, n) ?? ''}/${pick(NAMES, n) ?? ''}`
  const path = setup.file(`in/${String(n % 8)}/${name}`, `bytes ${String(n % 8)}`)
  const job = await setup.client.call('imports.start', { body: { paths: [path], ...more } })
  const { problem } = await setup.synapse.services.jobs.wait(job.id)
  assert.notEqual(problem?.code, 'internal', problem?.detail)
}

/** Changes made through Synapse: the index must follow at once. */
const OURS: Readonly<Record<string, Action>> = {
  'see a file': (w, n) =>
    recordFile(w, n, {
      event: 'seen',
      path: `loras/${pick(NAMES, n) ?? ''}`,
      seen: { ...SEEN, size_bytes: n },
    }),
  'hash a file': async (w, n) =>
    recordFile(w, n, { event: 'hashed', sha256: await someBlob(w, n >> 1) }),
  'miss a file': (w, n) => recordFile(w, n, { event: 'gone' }),
  import: (w, n) => take(w, n, {}),
  'import into a pack': (w, n) => take(w, n, { pack: pick(PACKS, n >> 3) }),
  'import by move': (w, n) => take(w, n, { mode: 'move' }),
  'create a pack': async (w, n) => {
    const dependencies = [{ sha256: await someBlob(w, n), filename: pick(NAMES, n >> 2) }]
    await w.client.call('packs.create', {
      body: { name: pick(PACKS, n) ?? '', dependencies },
    })
  },
  'add to a pack': async (w, n) => {
    const add = [{ sha256: await someBlob(w, n), kind: 'lora', filename: pick(NAMES, n >> 2) }]
    const params = { name: await somePack(w, n) }
    await w.client.call('packs.edit', { params, body: { add } })
  },
  'take out of a pack': async (w, n) => {
    const params = { name: await somePack(w, n) }
    const { files } = await w.client.call('packs.show', { params })
    const remove = files.slice(0, 1).map((one) => one.dependency_id)
    await w.client.call('packs.edit', { params, body: { remove } })
  },
  'rename a pack': async (w, n) =>
    w.client.call('packs.edit', {
      params: { name: await somePack(w, n) },
      body: { rename_to: `New ${String(n % 4)}` },
    }),
  'delete a pack': async (w, n) =>
    w.client.call('packs.delete', { params: { name: await somePack(w, n) } }),
  'delete a model': async (w, n) => {
    const sha256 = await someBlob(w, n)
    await w.client.call('inventory.delete', {
      params: { item: sha256 },
      query: { confirm_last_copy: sha256, confirm_impacts: true },
    })
  },
  'clean up': (w) =>
    w.client.call('inventory.cleanup', { body: { dry_run: false, include_only_copies: true } }),
  restore: async (w, n) => {
    const trash = await w.client.call('trash.list')
    const id = pick(trash.items, n)?.id ?? '01890a5d-ac96-774b-bcce-b302099a8057'
    await w.client.call('trash.restore', { params: { id } })
  },
  approve: async (w, n) =>
    w.client.call('inventory.approve', { params: { item: await someBlob(w, n) } }),
  revoke: async (w, n) =>
    w.client.call('inventory.revoke', { params: { item: await someBlob(w, n) } }),
  verify: async (w) => w.wait(await w.client.call('inventory.verify', { body: { all: true } })),
  use: async (w, n) => {
    const body = { pack: await somePack(w, n), only: n % 2 === 0 }
    await w.client.call('profiles.use', { body: body })
  },
  back: (w) => w.client.call('profiles.back', { body: {} }),
  reset: (w) => w.client.call('profiles.reset', { body: {} }),
  undo: async (w) => {
    const [last] = (await w.client.call('journal.list')).items.filter((one) => one.undoable)
    if (last !== undefined) await w.client.call('journal.undo', { params: { id: last.id } })
  },
}

function lockOf(setup: TestSynapse, name: string): string {
  return join(setup.root, 'state/packs', name, 'lock.json')
}

/** One that is there stays as it is: neither bytes nor manifests ever change. */
function putBlob(setup: TestSynapse, text: string, meta: object | string | null): void {
  const path = blobPath(setup, createHash('sha256').update(text).digest('hex'))
  if (fs.existsSync(path) || fs.existsSync(`${path}.meta`)) return
  fs.mkdirSync(dirname(path), { recursive: true })
  fs.writeFileSync(path, text)
  if (meta === null) return
  fs.writeFileSync(`${path}.meta`, typeof meta === 'string' ? meta : JSON.stringify(meta))
}

const META = { version: 1, created_at: '2026-01-01T00:00:00Z', kind: 'vae' }

/** What others do to the files: the index must follow a check. */
const FOREIGN: Readonly<Record<string, Action>> = {
  'tear a lock': async (w, n) => fs.truncateSync(lockOf(w, await somePack(w, n)), 20),
  'repair a lock': async (w, n) => {
    const name = await somePack(w, n)
    const artifact = { kind: 'lora', sha256: (await someBlob(w, n)).toUpperCase(), size_bytes: 7 }
    const lock = { pack: name, resolved: [{ dependency_id: 'by-hand', artifact }] }
    fs.writeFileSync(lockOf(w, name), JSON.stringify(lock))
  },
  'want a model that is not here': async (w, n) => {
    const name = await somePack(w, n)
    const artifact = { kind: 'vae', sha256: 'ab'.repeat(32), size_bytes: 5 }
    const resolved = [
      { dependency_id: 'far', artifact },
      { dependency_id: 'claimed', artifact: { kind: 'vae' } },
    ]
    fs.writeFileSync(lockOf(w, name), JSON.stringify({ pack: name, resolved }))
  },
  'tear a pack': async (w, n) =>
    fs.writeFileSync(join(w.root, 'state/packs', await somePack(w, n), 'pack.json'), '{'),
  'remove a pack': async (w, n) =>
    fs.rmSync(join(w.root, 'state/packs', await somePack(w, n)), { recursive: true }),
  'write a pack': (w, n) => {
    const folder = join(w.root, 'state/packs', `By hand ${String(n % 2)}`)
    fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(join(folder, 'pack.json'), JSON.stringify({ name: 'By hand' }))
  },
  'put a file among the packs': (w) =>
    fs.writeFileSync(join(w.root, 'state/packs/README.md'), 'hello'),
  'put a link in a loop among the packs': (w) =>
    fs.symlinkSync('Loop', join(w.root, 'state/packs/Loop')),
  'remove the loop': (w) => fs.rmSync(join(w.root, 'state/packs/Loop')),
  'remove a model': async (w, n) => fs.rmSync(blobPath(w, await someBlob(w, n))),
  'remove a folder of models': async (w, n) =>
    fs.rmSync(dirname(blobPath(w, await someBlob(w, n))), { recursive: true }),
  'remove all models': (w) => fs.rmSync(join(w.root, 'data/blobs/sha256'), { recursive: true }),
  'put a model': (w, n) => putBlob(w, `by hand ${String(n % 5)}`, null),
  'put a model with a manifest': (w, n) =>
    putBlob(w, `by hand ${String(n % 5)}`, { ...META, original_filename: 'found.pt' }),
  'put a model with a torn manifest': (w, n) => putBlob(w, `by hand ${String(n % 5)}`, '{"ver'),
  'remove a manifest': async (w, n) => fs.rmSync(`${blobPath(w, await someBlob(w, n))}.meta`),
  'tear the approvals': (w) => fs.writeFileSync(join(w.root, 'state/approvals.json'), '['),
  'approve by hand': async (w, n) => {
    const approved = [{ sha256: await someBlob(w, n), at: '2026-01-01T00:00:00Z' }]
    fs.writeFileSync(join(w.root, 'state/approvals.json'), JSON.stringify({ approved }))
  },
  'remove the approvals': (w) => fs.rmSync(join(w.root, 'state/approvals.json')),
  'tear runtime.json': (w) => fs.writeFileSync(join(w.root, 'data/runtime.json'), '{"ui":'),
  'set the stacks back': (w) => fs.rmSync(join(w.root, 'data/runtime.json')),
  'remove a ledger of links': (w) =>
    fs.rmSync(join(w.root, 'data/ledger/links/comfyui/global.jsonl')),
  'remove the ledger of copies': (w) => fs.rmSync(join(w.root, 'data/ledger/copies/store.jsonl')),
  'write proofs as 0.1.0 did': async (w, n) => {
    const proof = { sha256: await someBlob(w, n), location: 'local', good: n % 2 === 0 }
    const line = { ...proof, how: 'read_back', at: '2024-05-06T07:08:09Z' }
    fs.appendFileSync(join(w.root, 'data/ledger/proofs.jsonl'), `${JSON.stringify(line)}\n`)
  },
  'add a folder': (w) => {
    putLocations(w, [{ id: FOLDER, kind: 'folder', path: w.root }, { kind: 'of the future' }])
  },
  'forget all folders': (w) => {
    putLocations(w, [])
  },
  'remove the ledger of files': (w) => fs.rmSync(join(w.root, `data/ledger/files/${FOLDER}.jsonl`)),
  'remove the index': (w) => fs.rmSync(join(w.root, 'data/index.sqlite')),
}

/** Operations may be refused; they must never fail in another way. */
async function tolerant(work: () => unknown): Promise<void> {
  try {
    await work()
  } catch (error) {
    const refused = ['ENOENT', 'EEXIST'].includes((error as { code?: string }).code ?? '')
    if (refused || (error instanceof AppError && error.code !== 'internal')) return
    throw error
  }
}

async function perform(setup: TestSynapse, name: string, n: number): Promise<void> {
  const foreign = FOREIGN[name]
  if (foreign === undefined) await tolerant(() => OURS[name]?.(setup, n))
  else {
    await tolerant(() => foreign(setup, n))
    await setup.synapse.services.reconcile()
  }
}

async function differences(setup: TestSynapse): Promise<string[]> {
  const { index, store } = setup.synapse.services
  return indexDifferences(index.dump(), await rebuiltDump(store.paths))
}

async function runAll(
  setup: TestSynapse,
  actions: Iterable<readonly [string, number]>,
): Promise<void> {
  await setup.synapse.services.index.complete()
  let before = 'nothing'
  for (const [name, n] of actions) {
    await perform(setup, name, n)
    assert.deepEqual(await differences(setup), [], `after ${name}, which came after ${before}`)
    before = name
  }
}

const ACTIONS = [...Object.keys(OURS), ...Object.keys(FOREIGN)]
const FILLED: readonly (readonly [string, number])[] = [
  ['import into a pack', 0],
  ['import into a pack', 12],
  ['import', 3],
  ['add a folder', 0],
  ['see a file', 0],
  ['see a file', 1],
  ['use', 1],
]

test('the index equals a rebuilt one after each action', async (t) => {
  const setup = await createTestSynapse(t)
  for (const name of ACTIONS) await runAll(setup, [...FILLED, [name, 1], [name, 2]])
})

test('the index equals a rebuilt one after any sequence of actions', async (t) => {
  const action = fc.tuple(fc.constantFrom(...ACTIONS), fc.nat({ max: 63 }))
  const actions = fc.array(action, { minLength: 6, maxLength: 20, size: 'max' })
  const property = fc.asyncProperty(actions, async (chosen) => {
    const setup = await createTestSynapse(t)
    try {
      await runAll(setup, [...FILLED, ...chosen])
    } finally {
      await setup.synapse[Symbol.asyncDispose]()
    }
  })
  await fc.assert(property, { numRuns: 10, endOnFailure: true })
})

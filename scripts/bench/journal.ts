/** A store with a long journal beside one without: status, use and undo, as a command makes them. */
import fs from 'node:fs'
import { join } from 'node:path'
import { lineText } from '../../schemas/json.ts'
import { createSynapse } from '../../sidecar/http/create-synapse.ts'
import { uuidv7 } from '../../sidecar/platform/uuid.ts'
import { homeOf, openStore, remove, type Bench } from './bench-store.ts'
import { compare, median, type Contender } from './measure.ts'
import { figure, ratioTable, type Findings } from './report.ts'

const FILE_BYTES = 4 * 1024 * 1024

/** Lines of one import by move, as the publisher writes them. */
function linesOfImport(n: number): string {
  const id = uuidv7(Date.parse('2026-01-01') + n * 100)
  const sha256 = n.toString(16).padStart(64, '0')
  const at = '2026-01-01T00:00:00.000Z'
  const to = `data/blobs/sha256/${sha256.slice(0, 2)}/${sha256}`
  const from = `/models/loras/style number ${String(n)} v1.0.safetensors`
  const line = (path: string) => ({ do: 'line', path, text: `{"sha256":"${sha256}"}\n` })
  const steps = [
    line('data/ledger/digests.jsonl'),
    line('data/ledger/copies/store.jsonl'),
    { do: 'move', from, to },
    { do: 'mode', path: to, before: 0o644, after: 0o444 },
    { do: 'once', path: `${to}.meta`, text: '{"version":1}\n' },
  ]
  const about = { id, op: 'blob.import', at, actor: 'command' }
  const facts = { before: { path: from }, after: { sha256, how: 'moved' } }
  const end = { ...about, phase: 'end', before: {}, after: {} }
  return lineText({ ...about, ...facts, phase: 'begin', steps }) + lineText(end)
}

/** Puts a journal of so many operations before what a store has done itself. */
function putJournal(root: string, operations: number): void {
  const folder = join(root, 'data/journal')
  let lines: string[] = []
  let bytes = 0
  let number = 0
  const flush = () => {
    number += 1
    const name = `2026-01.${String(number).padStart(4, '0')}.jsonl`
    fs.writeFileSync(join(folder, name), lines.join(''))
    lines = []
    bytes = 0
  }
  for (let n = 0; n < operations; n += 1) {
    const text = linesOfImport(n)
    lines.push(text)
    bytes += text.length
    if (bytes >= FILE_BYTES) flush()
  }
  if (lines.length > 0) flush()
}

async function storeWith(bench: Bench, name: string, operations: number): Promise<string> {
  const root = join(bench.folder, name)
  const synapse = await openStore(bench, root)
  for (const pack of ['A', 'B']) {
    const path = join(bench.folder, `${name}-${pack}.safetensors`)
    fs.writeFileSync(path, `bytes of ${pack}`)
    const body = { paths: [path], kind: 'lora', pack }
    const job = await synapse.client.call('imports.start', { body })
    await synapse.services.jobs.wait(job.id)
  }
  await synapse[Symbol.asyncDispose]()
  putJournal(root, operations)
  return root
}

type Client = Awaited<ReturnType<typeof createSynapse>>['client']

const WORK: Readonly<Record<string, (client: Client) => Promise<unknown>>> = {
  status: (client) => client.call('store.status'),
  use: async (client) => {
    await client.call('profiles.use', { body: { pack: 'A', ui_set: 'comfyui' } })
    await client.call('profiles.use', { body: { pack: 'B', ui_set: 'comfyui' } })
  },
  'undo latest': async (client) => {
    await client.call('profiles.use', { body: { pack: 'A', ui_set: 'comfyui' } })
    await client.call('journal.undo', { params: { id: 'latest' }, body: {} })
  },
  'journal, first page': (client) => client.call('journal.list'),
  'history of a model': (client) =>
    client.call('journal.list', { query: { sha256: '5'.padStart(64, '0') } }),
}

/** What a long journal must not slow down. */
const AS_QUICK = new Set(['status', 'use', 'undo latest'])

/** A store, and what it is called in the table. */
interface Measured {
  readonly name: string
  readonly root: string
}

/** Opens the store anew each time, as a command does. */
function contender(bench: Bench, { name, root }: Measured, work: keyof typeof WORK): Contender {
  return {
    name,
    run: async () => {
      await using synapse = await createSynapse({ root, home: homeOf(bench) })
      await WORK[work]?.(synapse.client)
    },
  }
}

/** Opens a store whose index has not seen its journal yet. */
async function firstLook(bench: Bench, root: string): Promise<number> {
  for (const end of ['', '-wal', '-shm']) remove(join(root, `data/index.sqlite${end}`))
  const start = performance.now()
  await using synapse = await createSynapse({ root, home: homeOf(bench) })
  await synapse.client.call('store.status')
  return (performance.now() - start) / 1000
}

/** Measures a store with a long journal beside one with a short one. */
export async function measureJournal(bench: Bench): Promise<Findings> {
  const { operations, rounds, warmUps } = bench.options
  const short = await storeWith(bench, 'journal-short', 0)
  const long = await storeWith(bench, 'journal-long', operations)
  const first = await firstLook(bench, long)
  const count = operations.toLocaleString('en-US')
  const tables = []
  const goals = []
  for (const work of Object.keys(WORK)) {
    const rows = await compare(
      [
        contender(bench, { name: `${count} operations`, root: long }, work),
        contender(bench, { name: 'no such journal', root: short }, work),
      ],
      { rounds, warmUps: Math.max(1, warmUps) },
    )
    const [ours, other] = rows
    if (ours === undefined || other === undefined) continue
    tables.push(ratioTable({ title: `${work}, store opened anew`, rows, ours: [ours] }))
    if (!AS_QUICK.has(work)) continue
    const ratio = median(ours.samples) / median(other.samples)
    const goal = `${work} with a journal of ${count} operations as quick as without`
    goals.push({ goal, figure: `× ${figure(ratio)}`, met: ratio < 1.5 })
  }
  const note = `The index takes the whole journal over, once, in ${figure(first)} s.`
  const [head, ...rest] = tables
  for (const root of [short, long]) remove(root)
  return { tables: head === undefined ? [] : [{ ...head, notes: [note] }, ...rest], goals }
}

/** Queries of the index of a big library, of every kind that the page and the panel use. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { InventoryQuery } from '../../schemas/inventory-query.ts'
import type { Synapse } from '../../sidecar/http/create-synapse.ts'
import { SHARDS } from '../../sidecar/index/shards.ts'
import { startService, type Bench } from './bench-store.ts'
import { quantile } from './measure.ts'
import { Random } from './random.ts'
import { figure, type Findings, type Table } from './report.ts'

type Query = v.InferInput<typeof InventoryQuery>

/** One kind of question; a new one of it each time. */
interface Question {
  readonly name: string
  readonly next: (random: Random) => Query
}

const WORDS = ['juggernaut', 'portraits', 'ghibli', 'lineart', 'příběh', 'watercolor', 'pony']
const SORTS = ['name_asc', 'size_desc', 'created_desc', 'kind_asc', 'status_asc'] as const
const KINDS = ['lora', 'checkpoint', 'vae', 'controlnet', 'unet'] as const

/** The beginning of a word or of a number, as a user types it. */
function typed(random: Random): string {
  const word = random.chance(0.3) ? String(random.whole(1, 1_000_000)) : random.pick(WORDS)
  return word.slice(0, random.whole(1, word.length))
}

const deep = (random: Random, files: number) => random.whole(0, Math.max(0, files - 50))

const questions = (files: number, packs: readonly string[]): Question[] => [
  { name: 'first page, biggest first', next: () => ({}) },
  {
    name: 'a kind, any order',
    next: (random) => ({ kind: random.pick(KINDS), sort_by: random.pick(SORTS) }),
  },
  {
    name: 'orphans of a kind, any order',
    next: (random) => ({
      ...{ kind: random.pick(KINDS), status: 'orphan' },
      sort_by: random.pick(SORTS),
    }),
  },
  {
    name: 'any page, any order',
    next: (random) => ({ offset: deep(random, files), sort_by: random.pick(SORTS) }),
  },
  {
    name: 'search as you type',
    next: (random) => ({ search: typed(random), sort_by: random.pick(SORTS) }),
  },
  {
    name: 'search in a kind',
    next: (random) => ({ search: typed(random), kind: random.pick(KINDS) }),
  },
  {
    name: 'search of two words',
    next: (random) => ({ search: `${random.pick(WORDS)} ${typed(random)}` }),
  },
  {
    name: 'models of a pack',
    next: (random) => ({ pack: random.pick(packs) }),
  },
]

type Ask = (query: Query | null) => unknown

/** The ways to query: the index itself, the app in this process, a service over HTTP. */
type Askers = Readonly<Record<'index' | 'app' | 'http', Ask>>

function askers(synapse: Synapse, http: Synapse['client']): Askers {
  const { index } = synapse.services
  const ask = (client: Synapse['client']): Ask => {
    return (query) =>
      query === null ? client.call('inventory.summary') : client.call('inventory.list', { query })
  }
  return {
    index: (query) =>
      query === null ? index.summary() : index.list(v.parse(InventoryQuery, query)),
    app: ask(synapse.client),
    http: ask(http),
  }
}

type Samples = Record<keyof Askers, number[]>

const ASKERS = ['index', 'app', 'http'] as const
const FIRST_QUESTIONS = 20

/** Puts questions of one kind to all, in turn; never the same ones, since answers are remembered. */
async function askAll(
  all: Askers,
  count: number,
  next: (random: Random) => Query | null,
): Promise<Samples> {
  const samples: Samples = { index: [], app: [], http: [] }
  const randoms = { index: new Random(7), app: new Random(77), http: new Random(777) }
  for (let done = -FIRST_QUESTIONS; done < count; done += 1) {
    for (const asker of ASKERS) {
      const query = next(randoms[asker])
      const start = performance.now()
      await all[asker](query)
      if (done >= 0) samples[asker].push(performance.now() - start)
    }
  }
  return samples
}

const cellsOf = (samples: readonly number[]) =>
  `${figure(quantile(samples, 0.5))} / ${figure(quantile(samples, 0.99))}`

function pageGoals(asked: readonly Samples[], summary: Samples): Findings['goals'] {
  const worst = (asker: keyof Askers) =>
    Math.max(...asked.map((samples) => quantile(samples[asker], 0.99)))
  const rows = [
    ['Page of 50, any filter, order and search: p99 under 5 ms in the service', worst('app'), 5],
    ['The same over HTTP: p99 under 20 ms', worst('http'), 20],
    ['Summary: under 1 ms (median, in the service)', quantile(summary.app, 0.5), 1],
  ] as const
  return rows.map(([goal, ms, limit]) => ({ goal, figure: `${figure(ms)} ms`, met: ms < limit }))
}

/** Waits until the service has looked at every model once: it does so at its first start. */
async function allSeen({ services: { index, reconcile } }: Synapse): Promise<void> {
  while (SHARDS.some((shard) => index.unseen(shard).length > 0)) {
    await sleep(500)
    await reconcile()
  }
}

/** Pages of the service while it looks at every model for the first time. */
async function firstMinute(all: Askers, { next }: Question, count: number): Promise<string> {
  const nothing: Ask = () => undefined
  const { http } = await askAll({ index: nothing, app: nothing, http: all.http }, count, next)
  return `While the service records models that it sees for the first time, over HTTP: ${cellsOf(http)}.`
}

/** Measures pages and the summary: from the index, through the app, and over HTTP. */
export async function measurePages(
  bench: Bench,
  root: string,
  synapse: Synapse,
): Promise<Findings> {
  const { files, questions: count } = bench.options
  const service = await startService(bench, root)
  try {
    const all = askers(synapse, service.client)
    const kinds = questions(files, synapse.services.store.reader.packNames())
    const [first] = kinds
    const note = first && (await firstMinute(all, first, count))
    await allSeen(synapse)
    const summary = await askAll(all, count, () => null)
    const asked: Samples[] = []
    for (const { next } of kinds) asked.push(await askAll(all, count, next))
    const lines = [
      ['summary', summary] as const,
      ...kinds.map(({ name }, number) => [name, asked[number] ?? summary] as const),
    ]
    const table: Table = {
      title: `Pages of 50 out of ${files.toLocaleString('en-US')} models, p50 / p99 in ms`,
      head: ['', 'index', 'in the service', 'over HTTP'],
      cells: lines.map(([name, one]) => [
        name,
        cellsOf(one.index),
        cellsOf(one.app),
        cellsOf(one.http),
      ]),
      notes: [`${count} questions of each kind.`, ...(note === undefined ? [] : [note])],
    }
    return { tables: [table], goals: pageGoals(asked, summary) }
  } finally {
    await service.stop()
  }
}

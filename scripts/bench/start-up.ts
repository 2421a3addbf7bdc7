/** How long the service and the command take from their start to their answer. */
import { join } from 'node:path'
import { PROGRAM } from '../build/stamp.mjs'
import { homeOf, openStore, startService, type Bench } from './bench-store.ts'
import { compare, median, ratioOf, rowOf, type Contender, type Row } from './measure.ts'
import { runProgram, sortPeers, type Peer } from './programs.ts'
import { figure, ratioTable, type Findings, type Goal } from './report.ts'

const RUNNER = join(import.meta.dirname, '..', 'run.mjs')
const SERVICE = 'service, to the first page of the inventory'
const LIST = 'synapse list'
const EMPTY_LIST = 'synapse list, of an empty store'
const SERVED_LIST = 'synapse list, a service runs'
const VERSION = 'synapse version'
const BARE = 'node -e 0'
const PAGE_LIMIT_MS = 300
/** How many times as long as a bare start of Node a command may take. */
const LIMITS: Readonly<Record<string, number>> = {
  [VERSION]: 2.5,
  [EMPTY_LIST]: 4,
  [LIST]: 4,
  [SERVED_LIST]: 4,
}

/** A start of the service, and the requested path; null: the first call of a client. */
interface Start {
  readonly name: string
  readonly root: string
  readonly path: string | null
}

/** From exec to the answer, without the end of the process. */
function serviceStart(bench: Bench, { name, root, path }: Start): Contender {
  return {
    name,
    async run() {
      const start = performance.now()
      const service = await startService(bench, root)
      if (path === null) await service.client.call('inventory.list')
      else await (await fetch(service.url + path)).arrayBuffer()
      const ms = performance.now() - start
      await service.stop()
      return ms
    },
  }
}

function command(bench: Bench, name: string, args: readonly [string, ...string[]]): Contender {
  const line = [process.execPath, ...args] as const
  return {
    name,
    run: () => runProgram(line, { env: { SYNAPSE_HOME: homeOf(bench) } }),
  }
}

function withService(bench: Bench, root: string, contender: Contender): Contender {
  let service: Awaited<ReturnType<typeof startService>> | null = null
  return {
    ...contender,
    prepare: async () => {
      service = await startService(bench, root)
    },
    clean: () => service?.stop(),
  }
}

const peers: readonly Peer[] = [
  { name: BARE, needs: [], run: () => runProgram([process.execPath, '-e', '0']) },
  {
    name: "python3 -c 'import http.server'",
    needs: ['python3'],
    run: () => runProgram(['python3', '-c', 'import http.server']),
  },
]

function commandGoals(rows: readonly Row[], count: string): Goal[] {
  const bare = rowOf(rows, BARE)
  return Object.entries(LIMITS).map(([name, limit]) => {
    const ratio = ratioOf(rowOf(rows, name), bare)
    const models = name === LIST || name === SERVED_LIST ? `, ${count} known models` : ''
    return {
      goal: `${name}${models}: at most ${limit} × \`${BARE}\``,
      figure: `${figure(ratio)} × its time`,
      met: ratio <= limit,
    }
  })
}

/** Measures starts beside the bare start of Node and of a Python that could serve. */
export async function measureStartUp(bench: Bench): Promise<Findings> {
  const root = bench.library()
  const empty = join(bench.folder, 'empty-store')
  for (const store of [root, empty]) {
    const synapse = await openStore(bench, store)
    await synapse.client.call('inventory.list')
    await synapse[Symbol.asyncDispose]()
  }
  const list = ['list', '--limit', '10', '--root', root]
  const ours: Contender[] = [
    serviceStart(bench, { name: SERVICE, root, path: null }),
    serviceStart(bench, { name: 'service, to the page at /', root, path: '/' }),
    serviceStart(bench, {
      name: 'service of an empty store, to the page at /',
      root: empty,
      path: '/',
    }),
    command(bench, LIST, [PROGRAM, ...list]),
    command(bench, EMPTY_LIST, [PROGRAM, 'list', '--root', empty]),
    withService(bench, root, command(bench, SERVED_LIST, [PROGRAM, ...list])),
    command(bench, 'the same through the runner of npm', [RUNNER, 'synapse', ...list]),
    command(bench, VERSION, [PROGRAM, 'version']),
  ]
  const { here, notes } = sortPeers(peers)
  const rows = await compare([...ours, ...here], bench.options)
  const count = bench.options.files.toLocaleString('en-US')
  const title = `Starting with ${count} known models`
  const mine = [SERVICE, LIST].map((name) => rowOf(rows, name))
  const ms = median(rowOf(rows, SERVICE).samples)
  return {
    tables: [ratioTable({ title, rows, ours: mine, notes })],
    goals: [
      ...commandGoals(rows, count),
      {
        goal: `The inventory's first page within 300 ms of the start, ${count} known models`,
        figure: `${figure(ms)} ms`,
        met: ms <= PAGE_LIMIT_MS,
      },
    ],
  }
}

/** Making the index of a big library, and checking that it still holds. */
import fs from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { StorePaths } from '../../sidecar/store/store-paths.ts'
import { createSynapse, type Synapse } from '../../sidecar/http/create-synapse.ts'
import { homeOf, type Bench } from './bench-store.ts'
import { compare, median, ratioOf, rowOf, type Contender } from './measure.ts'
import { flushDisk, runProgram, sortPeers, type Peer } from './programs.ts'
import { figure, ratioTable, type Findings } from './report.ts'
import { walkBlobs } from './walk-disk.ts'

const OURS = 'Synapse'
const FIND = 'find -printf'

function findTree(root: string): Peer {
  return {
    name: FIND,
    needs: ['find'],
    run: () => runProgram(['find', root, '-printf', '%s %T@ %p\n']),
  }
}

/** Rebuilds the index; returns how long that took, and the longest time without yielding. */
async function makeIndex(bench: Bench, root: string): Promise<{ ms: number; gap: number }> {
  const { index } = new StorePaths(root)
  for (const path of [index, `${index}-wal`, `${index}-shm`]) fs.rmSync(path, { force: true })
  await using synapse = await createSynapse({ root, home: homeOf(bench) })
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const start = performance.now()
  await synapse.services.index.complete()
  const ms = performance.now() - start
  delay.disable()
  return { ms, gap: delay.max / 1e6 }
}

/** Measures how long an index takes from nothing. */
export async function measureMaking(bench: Bench, root: string): Promise<Findings> {
  const gaps: number[] = []
  const make: Contender = {
    name: OURS,
    async run() {
      const { ms, gap } = await makeIndex(bench, root)
      gaps.push(gap)
      return ms
    },
  }
  const paths = new StorePaths(root)
  const { here, notes } = sortPeers([
    findTree(paths.blobs),
    { name: 'reading every manifest in Node', needs: [], run: () => walkBlobs(paths) },
  ])
  const rounds = Math.min(2, bench.options.rounds)
  const rows = await compare([make, ...here], {
    rounds,
    warmUps: 0,
    settle: () => flushDisk(bench.folder),
  })
  const own = rowOf(rows, OURS)
  const count = bench.options.files.toLocaleString('en-US')
  const seconds = median(own.samples) / 1000
  const gap = `The longest time without a turn for others was ${figure(Math.max(...gaps))} ms.`
  const title = `Making the index of ${count} models anew`
  return {
    tables: [ratioTable({ title, rows, ours: [own], notes: [...notes, gap] })],
    goals: [
      {
        goal: `Index of ${count} models from disk: under 10 s`,
        figure: `${figure(seconds)} s`,
        met: seconds < 10,
      },
    ],
  }
}

/** Measures a check that finds no changes. */
export async function measureChecking(
  bench: Bench,
  root: string,
  synapse: Synapse,
): Promise<Findings> {
  const reconcile: Contender = {
    name: OURS,
    async run() {
      await synapse.services.reconcile()
    },
  }
  const { here, notes } = sortPeers([findTree(root)])
  const rows = await compare([reconcile, ...here], bench.options)
  const own = rowOf(rows, OURS)
  const table = ratioTable({
    title: 'Checking the whole store where nothing changed',
    rows,
    ours: [own],
    notes,
  })
  if (here.length === 0) return { tables: [table], goals: [] }
  const ratio = ratioOf(own, rowOf(rows, FIND))
  const goal = 'Whole check of nothing changed: under 2 × `find -printf`'
  return {
    tables: [table],
    goals: [{ goal, figure: `${figure(ratio)} × its time`, met: ratio < 2 }],
  }
}

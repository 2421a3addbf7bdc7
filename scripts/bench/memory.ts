/** Memory of the service: idle, with a big library, and while a big file is copied. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore, remove, startService, writeBigFile, type Bench } from './bench-store.ts'
import type { ServiceProcess } from './bench-store.ts'
import { median, type Row } from './measure.ts'
import { Random } from './random.ts'
import { figure, ratioTable, type Findings } from './report.ts'

const KIB = 1024
const SETTLE_MS = 1500
const SAMPLE_MS = 20
const PAGES = 200

/** Resident memory of a process in MiB. */
function residentMib(pid: number): number {
  const file = `/proc/${pid}/status`
  if (fs.existsSync(file)) {
    return Number(/^VmRSS:\s+(\d+)/mu.exec(fs.readFileSync(file, 'utf8'))?.[1]) / KIB
  }
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / KIB
}

async function askPages({ client }: ServiceProcess, files: number): Promise<void> {
  const random = new Random(11)
  await client.call('inventory.summary')
  for (let count = 0; count < PAGES; count += 1) {
    const offset = random.whole(0, files)
    const sort_by = random.pick(['name_asc', 'size_desc', 'created_desc'] as const)
    await client.call('inventory.list', { query: { offset, sort_by } })
    await client.call('inventory.list', { query: { search: random.pick(['pony', 'ink', 'v1']) } })
  }
}

/** The most memory while a file is imported, above what it was before. */
async function importedMib({ client, pid }: ServiceProcess, path: string): Promise<number> {
  const before = residentMib(pid)
  let most = before
  const body = { paths: [path], kind: 'checkpoint' }
  const job = await client.call('imports.start', { body })
  for (;;) {
    const { state } = await client.call('jobs.show', { params: { id: job.id } })
    most = Math.max(most, residentMib(pid))
    if (state === 'succeeded') return most - before
    if (state !== 'queued' && state !== 'running') throw new Error(`The import ended as ${state}`)
    await sleep(SAMPLE_MS)
  }
}

const IDLE = 'service of an empty store, idle'
const LIBRARY = 'service of the big library, idle'
const ASKED = 'the same after 400 pages'
const COPIED = 'added at most by copying a big file'

/** Measures resident memory of services in processes of their own. */
export async function measureMemory(bench: Bench): Promise<Findings> {
  const { files, bigBytes, rounds } = bench.options
  const root = bench.library()
  const samples = new Map<string, number[]>([IDLE, LIBRARY, ASKED, COPIED].map((n) => [n, []]))
  const keep = (name: string, mib: number) => samples.get(name)?.push(mib)
  const big = join(bench.folder, 'big.safetensors')
  writeBigFile(big, bigBytes, 3)
  for (let round = 0; round < Math.min(3, rounds); round += 1) {
    const empty = join(bench.folder, 'memory-store')
    await (await openStore(bench, empty))[Symbol.asyncDispose]()
    const small = await startService(bench, empty)
    await sleep(SETTLE_MS)
    keep(IDLE, residentMib(small.pid))
    keep(COPIED, await importedMib(small, big))
    await small.stop()
    remove(empty)

    const service = await startService(bench, root)
    await service.client.call('inventory.list')
    await sleep(SETTLE_MS)
    keep(LIBRARY, residentMib(service.pid))
    await askPages(service, files)
    keep(ASKED, residentMib(service.pid))
    await service.stop()
  }
  remove(big)
  const rows: Row[] = [...samples].map(([name, mib]) => ({ name, samples: mib }))
  const title = `Resident memory of the service, ${files.toLocaleString('en-US')} models`
  const limits = [
    [IDLE, 'Memory of an idle service: under 120 MB', 120],
    [ASKED, `Memory with ${files.toLocaleString('en-US')} models: under 200 MB`, 200],
    [COPIED, 'Copying a big file adds under 64 MB', 64],
  ] as const
  return {
    tables: [ratioTable({ title, rows, ours: [], unit: 'MiB' })],
    goals: limits.map(([name, goal, limit]) => {
      const mib = median(samples.get(name) ?? [])
      return { goal, figure: `${figure(mib)} MiB`, met: mib * 1.048_576 < limit }
    }),
  }
}

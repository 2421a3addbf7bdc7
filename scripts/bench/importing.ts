/** Taking files in: one big file in every way, many small ones, and looking before it. */
import fs from 'node:fs'
import { join } from 'node:path'
import type * as v from 'valibot'
import type { ImportRequest, ImportResult } from '../../schemas/imports.ts'
import type { Synapse } from '../../sidecar/http/create-synapse.ts'
import { openHashPool } from '../../sidecar/platform/hash-pool.ts'
import { openStore, remove, writeBigFile, type Bench } from './bench-store.ts'
import { generateFolder, generateModels } from './generate-library.ts'
import { bigFilePeers } from './import-peers.ts'
import { compare, ratioOf, rowOf, type Contender, type Row } from './measure.ts'
import { flushDisk, runProgram, runPrograms, sortPeers, type Peer } from './programs.ts'
import { figure, ratioTable, type Findings, type Goal } from './report.ts'

type Request = v.InferInput<typeof ImportRequest>

/** Imports and waits. @throws Error where a file could not be taken */
async function take({ client, services }: Synapse, request: Request): Promise<ImportResult> {
  const job = await client.call('imports.start', { body: request })
  const ended = await services.jobs.wait(job.id)
  const result = ended.result as ImportResult | null
  if (ended.state === 'succeeded' && result?.failed === 0) return result
  throw new Error(`The import failed: ${ended.problem?.detail ?? result?.files[0]?.detail ?? ''}`)
}

/** An import into a new store, which has taken one tiny file before: its threads run. */
function ours(
  bench: Bench,
  { name, ...request }: Omit<Request, 'paths'> & { readonly name: string },
  files: Files,
): Contender {
  let root = ''
  let synapse: Synapse | null = null
  return {
    name,
    async prepare() {
      files.renew()
      root = files.rounds?.next() ?? join(bench.folder, 'import-store')
      synapse = await openStore(bench, root)
      const tiny = join(bench.folder, 'tiny.safetensors')
      fs.writeFileSync(tiny, 'tiny')
      await take(synapse, { paths: [tiny], kind: 'lora' })
    },
    run: () => synapse && take(synapse, { ...request, paths: [files.path] }),
    async clean() {
      await synapse?.[Symbol.asyncDispose]()
      if (files.rounds === undefined) remove(root)
    },
  }
}

/**
 * A folder for each round, removed after the last one: ext4 makes files slowly for five seconds
 * after others were deleted.
 */
class RoundFolders {
  readonly #within: string
  #rounds = 0

  constructor(within: string) {
    this.#within = within
    fs.mkdirSync(within)
  }

  next(): string {
    this.#rounds += 1
    return join(this.#within, String(this.#rounds))
  }

  [Symbol.dispose](): void {
    remove(this.#within)
  }
}

/** What is imported, and how it comes back after it was taken away. */
interface Files {
  readonly path: string
  readonly renew: () => void
  /** Where the stores of all rounds are; without it each is removed after its round. */
  readonly rounds?: RoundFolders
}

const COPY = 'Synapse, copy'
const MOVE = 'Synapse, move'
const LINK = 'Synapse, hard link'
const CP_SYNC = 'cp, sync'
const READ = "one read at the hash pool's speed"

function copyFlushed(from: string, to: string): void {
  fs.copyFileSync(from, to)
  const fd = fs.openSync(to, 'r+')
  fs.fsyncSync(fd)
  fs.closeSync(fd)
}

const GOALS = [
  { peer: CP_SYNC, times: 1 / 1.1, goal: 'Import by copy: at most 1.1 × `cp` and `sync`' },
  { peer: 'rclone copyto', times: 2, goal: 'Import by copy: at least 2 × as fast as rclone' },
  { peer: 'cp, git annex add', times: 3, goal: 'Import by copy: at least 3 × git-annex' },
  { peer: 'restic backup', times: 4, goal: 'Import by copy: at least 4 × restic' },
] as const

function copyGoals(rows: readonly Row[]): Goal[] {
  return GOALS.filter(({ peer }) => rows.some((row) => row.name === peer)).map((one) => {
    const ratio = ratioOf(rowOf(rows, COPY), rowOf(rows, one.peer))
    const met = ratio * one.times <= 1
    return { goal: one.goal, figure: `${figure(ratio)} × its time`, met }
  })
}

async function bigFile(bench: Bench): Promise<Findings> {
  const { folder, options } = bench
  const original = join(folder, 'original.safetensors')
  const source = join(folder, 'source.safetensors')
  writeBigFile(original, options.bigBytes, 2)
  const files: Files = {
    path: source,
    renew: () => {
      fs.rmSync(source, { force: true })
      copyFlushed(original, source)
    },
  }
  const kind = 'checkpoint'
  await using pool = openHashPool()
  const own = [
    ours(bench, { name: COPY, kind, mode: 'copy' }, { path: original, renew: () => undefined }),
    ours(bench, { name: MOVE, kind, mode: 'move' }, files),
    ours(bench, { name: LINK, kind, mode: 'link', hard_link: true }, files),
    { name: READ, run: () => pool.hash(original) },
  ]
  const { here, notes } = sortPeers(bigFilePeers(folder, original, CP_SYNC))
  const rows = await compare([...own, ...here], { ...options, settle: () => flushDisk(folder) })
  remove(original)
  remove(source)
  const move = ratioOf(rowOf(rows, MOVE), rowOf(rows, READ))
  const link = ratioOf(rowOf(rows, LINK), rowOf(rows, READ))
  const table = ratioTable({
    title: `Importing a file of ${figure(options.bigBytes / 1024 ** 2)} MiB`,
    rows,
    ours: [COPY, MOVE, LINK].map((name) => rowOf(rows, name)),
    notes: [
      ...notes,
      'Synapse flushes file, folder, manifest, ledgers and journal to the disk, and knows both digests in the end.',
    ],
  })
  const goals = [
    ...copyGoals(rows),
    ...(
      [
        ['move', move],
        ['hard link', link],
      ] as const
    ).map(([way, ratio]) => ({
      goal: `Import by ${way}: the cost of one read at hashing speed (within a tenth)`,
      figure: `${figure(ratio)} × one read`,
      met: ratio <= 1.1,
    })),
  ]
  return { tables: [table], goals }
}

const CP_HASHED = 'cp -r, sync, sha256sum'

function smallFilePeers(rounds: RoundFolders, source: string): Peer[] {
  const names = fs.readdirSync(source)
  return [
    {
      name: CP_HASHED,
      needs: ['cp', 'sync', 'sha256sum'],
      run: () => {
        const target = rounds.next()
        const copies = names.map((name) => join(target, name))
        return runPrograms([
          ['cp', '-r', source, target],
          ['sync', ...copies],
          ['sha256sum', ...copies],
        ])
      },
    },
    {
      name: 'cp -r',
      needs: ['cp'],
      run: () => runProgram(['cp', '-r', source, rounds.next()]),
    },
  ]
}

/** A goal of at most so many times what a peer takes; none where the peer is not installed. */
function timesGoal(
  rows: readonly Row[],
  own: string,
  to: { peer: string; goal: string; most: number },
): Goal[] {
  const peer = rows.find((row) => row.name === to.peer)
  if (peer === undefined) return []
  const ratio = ratioOf(rowOf(rows, own), peer)
  return [{ goal: to.goal, figure: `${figure(ratio)} × its time`, met: ratio <= to.most }]
}

async function smallFiles(bench: Bench): Promise<Findings> {
  const { folder, options } = bench
  const source = join(folder, 'lora')
  fs.mkdirSync(source)
  for (const { name, head } of generateModels(options.smallFiles, {
    tiny: true,
    faults: false,
  })) {
    fs.writeFileSync(join(source, name), head.bytes)
  }
  using rounds = new RoundFolders(join(folder, 'small'))
  const files = { path: source, renew: () => undefined, rounds }
  const copy = ours(bench, { name: COPY, mode: 'copy' }, files)
  const { here, notes } = sortPeers(smallFilePeers(rounds, source))
  const rows = await compare([copy, ...here], { ...options, settle: () => flushDisk(folder) })
  remove(source)
  const title = `Importing ${options.smallFiles} small files`
  const own = rowOf(rows, COPY)
  const goal = `Import of ${options.smallFiles} small files: at most 3 × cp, sync and sha256sum`
  return {
    tables: [ratioTable({ title, rows, ours: [own], notes })],
    goals: timesGoal(rows, COPY, { peer: CP_HASHED, goal, most: 3 }),
  }
}

function walk(folder: string): void {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) fs.statSync(join(entry.parentPath, entry.name))
  }
}

async function lookBefore(bench: Bench): Promise<Findings> {
  const { folder, options } = bench
  const models = join(folder, 'models')
  generateFolder(models, { files: options.files })
  const root = join(folder, 'looking-store')
  await using synapse = await openStore(bench, root)
  const body = { paths: [models] }
  const look: Contender = {
    name: 'Synapse',
    run: () => synapse.client.call('imports.preview', { body }),
  }
  const { here, notes } = sortPeers([
    {
      name: 'find -printf',
      needs: ['find'],
      run: () => runProgram(['find', models, '-printf', '%s %p\n']),
    },
    { name: 'readdir and stat in Node', needs: [], run: () => walk(models) },
  ])
  const rows = await compare([look, ...here], options)
  remove(models)
  const title = `Looking over ${options.files.toLocaleString('en-US')} files before an import`
  const goal = 'A look before an import: at most 3 × `find -printf`'
  return {
    tables: [ratioTable({ title, rows, ours: [rowOf(rows, 'Synapse')], notes })],
    goals: timesGoal(rows, 'Synapse', { peer: 'find -printf', goal, most: 3 }),
  }
}

/** Measures imports beside `cp` and programs that keep files safe. */
export async function measureImporting(bench: Bench): Promise<Findings> {
  const parts = [await bigFile(bench), await smallFiles(bench), await lookBefore(bench)]
  return {
    tables: parts.flatMap((part) => part.tables),
    goals: parts.flatMap((part) => part.goals),
  }
}

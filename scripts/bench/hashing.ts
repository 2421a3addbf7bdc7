/** Hashing one big file whose bytes are in the page cache. */
import { createHash } from 'node:crypto'
import { copyFileSync, createReadStream } from 'node:fs'
import { join } from 'node:path'
import { openHashPool } from '../../sidecar/platform/hash-pool.ts'
import { remove, writeBigFile, type Bench } from './bench-store.ts'
import { compare, median, ratioOf, rowOf, type Contender } from './measure.ts'
import { runProgram, sortPeers, type CommandLine, type Peer } from './programs.ts'
import { figure, ratioTable, type Findings } from './report.ts'

const ALONE = 'SHA-256'
const BOTH = 'SHA-256 and BLAKE3'
const ONE_THREAD = 'SHA-256 and BLAKE3, one thread'
const TWO_FILES = 'SHA-256 and BLAKE3, two such files'
const OPENSSL = 'openssl dgst -sha256'

async function hashStream(path: string): Promise<void> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  hash.digest('hex')
}

function peersOf(file: string): Peer[] {
  const peer = (name: string, ...line: CommandLine): Peer => ({
    name,
    needs: [line[0]],
    run: () => runProgram(line),
  })
  return [
    peer(OPENSSL, 'openssl', 'dgst', '-sha256', file),
    peer('sha256sum', 'sha256sum', file),
    peer('b3sum, all cores', 'b3sum', file),
    { name: "Node's createHash of a stream", needs: [], run: () => hashStream(file) },
  ]
}

/** Measures the hash pool beside programs and beside a plain stream. */
export async function measureHashing({ options, folder }: Bench): Promise<Findings> {
  const file = join(folder, 'hashed')
  const second = join(folder, 'hashed-too')
  writeBigFile(file, options.bigBytes, 1)
  copyFileSync(file, second)
  await using pool = openHashPool()
  await using thread = openHashPool({ workers: 1 })
  const ours: Contender[] = [
    { name: ALONE, run: () => pool.hash(file, { blake3: false }) },
    { name: BOTH, run: () => pool.hash(file) },
    { name: ONE_THREAD, run: () => thread.hash(file) },
    { name: TWO_FILES, run: () => Promise.all([pool.hash(file), pool.hash(second)]) },
  ]
  const { here, notes } = sortPeers(peersOf(file))
  const rows = await compare([...ours, ...here], options)
  remove(file)
  remove(second)

  const [alone, both, oneThread, twoFiles] = [ALONE, BOTH, ONE_THREAD, TWO_FILES].map((name) =>
    rowOf(rows, name),
  ) as [(typeof rows)[0], (typeof rows)[0], (typeof rows)[0], (typeof rows)[0]]
  const mib = options.bigBytes / 1024 ** 2
  const speed = (1000 * mib) / median(both.samples)
  const table = ratioTable({
    title: `Hashing a file of ${figure(mib)} MiB`,
    rows,
    ours: [alone, both],
    notes: [...notes, `Both digests together: ${figure(speed)} MiB/s.`],
  })
  const gain = 2 * ratioOf(oneThread, twoFiles)
  const goals = [
    {
      goal: 'Two files on two cores: at least 1.8 × the speed of one core',
      figure: `${figure(gain)} ×`,
      met: gain >= 1.8,
    },
  ]
  if (here.some((peer) => peer.name === OPENSSL)) {
    for (const row of [alone, both]) {
      const ratio = ratioOf(row, rowOf(rows, OPENSSL))
      goals.unshift({
        goal: `${row.name}: no slower than \`openssl dgst -sha256\``,
        figure: `${figure(ratio)} × its time`,
        met: ratio <= 1,
      })
    }
  }
  return { tables: [table], goals }
}

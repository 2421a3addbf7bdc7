/** The index of a big library: making it, checking it, and what it saves. */
import Database from 'better-sqlite3'
import type { Synapse } from '../../sidecar/http/create-synapse.ts'
import { StorePaths } from '../../sidecar/store/store-paths.ts'
import { openStore, type Bench } from './bench-store.ts'
import { measureChecking, measureMaking } from './index-file.ts'
import { compare, rowOf } from './measure.ts'
import { measurePages } from './pages.ts'
import { ratioTable, type Findings } from './report.ts'
import { walkAndSort } from './walk-disk.ts'

async function otherWays(bench: Bench, root: string, synapse: Synapse): Promise<Findings> {
  const paths = new StorePaths(root)
  const sqlite = new Database(paths.index, { readonly: true })
  const sql = (text: string) => {
    const statement = sqlite.prepare(text)
    return () => void statement.all()
  }
  const query = { kind: 'lora', sort_by: 'size_desc' } as const
  const page = 'Synapse, page of loras'
  const rows = await compare(
    [
      { name: page, run: () => synapse.client.call('inventory.list', { query }) },
      { name: 'Synapse, summary', run: () => synapse.client.call('inventory.summary') },
      { name: 'SQL, plain count', run: sql('SELECT count(*) FROM blobs') },
      {
        name: 'SQL, sums by kind and status',
        run: sql('SELECT kind, status, count(*), sum(size_bytes) FROM blobs GROUP BY 1, 2'),
      },
      {
        name: "SQL, LIKE '%portraits%'",
        run: sql("SELECT * FROM blobs WHERE display_name LIKE '%portraits%' LIMIT 50"),
      },
      { name: 'walk of the disk', run: () => void walkAndSort(paths) },
    ],
    bench.options,
  )
  sqlite.close()
  const ours = [page, 'Synapse, summary'].map((name) => rowOf(rows, name))
  return { tables: [ratioTable({ title: 'The same questions otherwise', rows, ours })], goals: [] }
}

/** Measures the index beside walks of the disk and plain SQL. */
export async function measureInventory(bench: Bench): Promise<Findings> {
  const root = bench.library()
  const made = await measureMaking(bench, root)
  await using synapse = await openStore(bench, root)
  const parts = [
    made,
    await measureChecking(bench, root, synapse),
    await measurePages(bench, root, synapse),
    await otherWays(bench, root, synapse),
  ]
  return {
    tables: parts.flatMap((part) => part.tables),
    goals: parts.flatMap((part) => part.goals),
  }
}

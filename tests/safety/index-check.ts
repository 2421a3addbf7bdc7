/** Invariant 7: the index held against one that is made again from the same disk. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { Synapse } from '../../sidecar/http/create-synapse.ts'
import type { Dump } from '../../sidecar/index/dump-tables.ts'
import { openIndex } from '../../sidecar/index/index-file.ts'
import { StoreReader } from '../../sidecar/store/store-reader.ts'
import { createCache } from '../../sidecar/store/store-cache.ts'
import type { StorePaths } from '../../sidecar/store/store-paths.ts'
import { FAST } from './sandbox.ts'
import { COUNTED } from '../../sidecar/index/filters.ts'

/** Returns what an index of this store would hold that never saw an earlier state of it. */
export async function rebuiltDump(paths: StorePaths): Promise<Dump> {
  const folder = fs.mkdtempSync(join(FAST, 'synapse-index-'))
  const reader = new StoreReader(paths, createCache(paths))
  try {
    using index = openIndex({
      path: join(folder, 'index.sqlite'),
      reader,
      clock: { now: () => Date.now() },
    })
    await index.reconcile(reader)
    return index.dump()
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

type Row = Readonly<Record<string, unknown>>

/** Columns that identify the rows of a table. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  blobs: ['item'],
  refs: ['pack', 'ordinal'],
  visible: ['ui', 'sha256'],
  locations: ['id'],
  copies: ['sha256', 'location'],
  files: ['id', 'location'],
  digests: ['sha256'],
  approved: ['sha256'],
  unreadable: ['path'],
  operations: ['id'],
  operation_blobs: ['sha256', 'id'],
  group_ops: ['grp', 'op'],
  groups: COUNTED,
  words: ['term'],
}

function byKey(table: string, rows: readonly unknown[]): Map<string, Row> {
  const keys = KEYS[table]
  if (keys === undefined) throw new Error(`The table ${table} of the index has no key here`)
  return new Map((rows as Row[]).map((row) => [keys.map((key) => String(row[key])).join(' '), row]))
}

function differencesIn(table: string, live: Map<string, Row>, anew: Map<string, Row>): string[] {
  const tooMany = [...live.keys()].filter((key) => !anew.has(key))
  const missing = [...anew.keys()].filter((key) => !live.has(key))
  const wrong = [...anew].flatMap(([key, row]) =>
    Object.entries(row).flatMap(([column, value]) => {
      const there = live.get(key)
      if (there === undefined || there[column] === value) return []
      const reported = `${JSON.stringify(there[column])}, the disk ${JSON.stringify(value)}`
      return [`7: ${column} of ${key} in ${table} says ${reported}`]
    }),
  )
  return [
    ...tooMany.map((key) => `7: ${table} has ${key}, the disk has not`),
    ...missing.map((key) => `7: ${table} lacks ${key}`),
    ...wrong,
  ]
}

/** Returns one sentence for each difference between an index and a rebuilt one. */
export function indexDifferences(live: Dump, anew: Dump): string[] {
  return Object.keys(anew).flatMap((table) =>
    differencesIn(table, byKey(table, live[table] ?? []), byKey(table, anew[table] ?? [])),
  )
}

/**
 * Everything in which the live index differs from a rebuilt one. One that knows to be stale, as
 * after a crash, repairs itself first, as it does before it answers anything.
 */
export async function indexProblems({ services }: Synapse): Promise<string[]> {
  await services.index.complete()
  return indexDifferences(services.index.dump(), await rebuiltDump(services.store.paths))
}

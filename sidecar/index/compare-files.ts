/**
 * Comparing the blobs themselves with their rows: one `stat` each finds what was written to in
 * place, which changes no folder.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import type { IndexDatabase } from './database.ts'
import { saveState, savedState, type RefreshContext } from './sources.ts'
import { statement } from './statement.ts'
import type { BlobRow } from './rows.ts'

/**
 * A comparison may take 1/100 of the time: after one that took a second, the next is due in 100
 * seconds.
 */
const PAUSE_PER_MS = 100
/** With no more blobs than this, a comparison is always due. */
const MIN_KEPT = 4096

const SOURCE = { source: 'comparison', name: '' } as const

/** The time and duration of the last comparison; both in milliseconds. */
interface LastComparison {
  readonly at: number
  readonly took: number
}

/** Reports whether a comparison is due. */
export function isComparisonDue(db: IndexDatabase): boolean {
  const known = savedState(db, SOURCE)
  if (known === null) return true
  const { at, took } = JSON.parse(known) as LastComparison
  const since = Date.now() - at
  return since < 0 || since >= took * PAUSE_PER_MS
}

type FileRow = Pick<BlobRow, 'item' | 'size_bytes' | 'mtime_ns' | 'mode'>

const FILE_ROWS = statement((q, { from, until }: { from: string; until: string }) =>
  q
    .selectFrom('blobs')
    .select(['item', 'size_bytes', 'mtime_ns', 'mode'])
    .where('item', '>=', from)
    .where('item', '<', until)
    .where('present', '=', 1),
)

function isAsKnown(folder: string, row: FileRow): boolean {
  const path = join(folder, row.item)
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  if (stat?.isFile() !== true) return false
  const mode = Number(stat.mode) & 0o777
  const sameTime = String(stat.mtimeNs) === row.mtime_ns
  return Number(stat.size) === row.size_bytes && sameTime && mode === row.mode
}

/** Marks each blob whose file differs from its row; yields after each of the 256 folders. */
export function* compareFiles(
  { db, reader, mark }: RefreshContext,
  shards: readonly string[],
): Generator<void> {
  let took = 0
  let compared = 0
  for (const shard of shards) {
    const began = performance.now()
    const folder = join(reader.paths.blobs, shard)
    for (const row of db.all(FILE_ROWS, { from: shard, until: `${shard}g` })) {
      compared += 1
      if (!isAsKnown(folder, row)) mark(row.item)
    }
    took += performance.now() - began
    yield
  }
  const last: LastComparison = { at: Date.now(), took }
  saveState(db, SOURCE, compared > MIN_KEPT ? JSON.stringify(last) : null)
}

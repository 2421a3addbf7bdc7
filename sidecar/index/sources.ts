/** Sources of the index: in which state each was read last, and which rows hang on it. */
import type { IndexDatabase } from './database.ts'

/** What the index is made from, besides the blobs themselves. */
export type Source =
  'absent' | 'pack' | 'view' | 'shard' | 'approvals' | 'proofs' | 'digests' | 'files' | 'journal'

/** Called with a digest whose row must be made anew. */
export type Mark = (sha256: string) => void

/** A file of lines, some of which are no records. */
export interface BrokenLines {
  /** Relative to the root. */
  readonly path: string
  readonly lines: number
}

/** The stamp that a source had when it was read last; null where it never was. */
export function knownStamp(db: IndexDatabase, source: Source, name: string): string | null {
  const sql = 'SELECT stamp FROM cache_sources WHERE source = ? AND name = ?'
  return db.row<{ stamp: string }>(sql, source, name)?.stamp ?? null
}

/** The stamps of all sources of a kind that were ever read, by name. */
export function knownStamps(db: IndexDatabase, source: Source): Map<string, string> {
  const sql = 'SELECT name, stamp FROM cache_sources WHERE source = ? ORDER BY name'
  const rows = db.rows<{ name: string; stamp: string }>(sql, source)
  return new Map(rows.map(({ name, stamp }) => [name, stamp]))
}

/** Names of the sources of a kind that were ever read. */
export function knownNames(db: IndexDatabase, source: Source): string[] {
  const sql = 'SELECT name FROM cache_sources WHERE source = ? ORDER BY name'
  return db.rows<{ name: string }>(sql, source).map((row) => row.name)
}

/** Remembers the stamp of a source, null where the source is gone. */
export function keepStamp(
  db: IndexDatabase,
  source: Source,
  name: string,
  stamp: string | null,
): void {
  if (stamp === null) {
    db.run('DELETE FROM cache_sources WHERE source = ? AND name = ?', source, name)
  } else db.run('INSERT OR REPLACE INTO cache_sources VALUES (?, ?, ?)', source, name, stamp)
}

/** Forgets in which state a source was read: it will be read from its beginning. */
export function forgetStamp(db: IndexDatabase, source: Source): void {
  db.run('DELETE FROM cache_sources WHERE source = ?', source)
}

/** Writes down that a row must be made anew, so that a crash does not forget it. */
export function markDirty(db: IndexDatabase): Mark {
  return (sha256) => {
    db.run('INSERT OR IGNORE INTO cache_dirty VALUES (?)', sha256)
  }
}

/** Says whether a document is missing that may refer to blobs: then nothing is an orphan. */
export function mayHideReferences(db: IndexDatabase): boolean {
  return db.row('SELECT 1 FROM unreadable WHERE refers = 1 LIMIT 1') !== undefined
}

/** What cannot be read: its place in the store, and whether it may refer to blobs. */
export interface Unreadable {
  readonly path: string
  readonly refers: boolean
}

/**
 * Replaces what is known to be unreadable among `paths`. Where that changes whether anything can
 * be an orphan, every blob that nobody is known to use is marked.
 */
export function keepUnreadable(
  db: IndexDatabase,
  paths: readonly string[],
  found: readonly Unreadable[],
  mark: Mark,
): void {
  const before = mayHideReferences(db)
  for (const path of paths) db.run('DELETE FROM unreadable WHERE path = ?', path)
  for (const { path, refers } of found) {
    db.run('INSERT INTO unreadable VALUES (?, ?)', path, refers ? 1 : 0)
  }
  if (before === mayHideReferences(db)) return
  const unused = 'SELECT sha256 FROM blobs WHERE present = 1 AND ref_count = 0'
  for (const row of db.rows<{ sha256: string }>(unused)) mark(row.sha256)
}

/** Sources of the index: the state in which each was last read, and the rows that depend on it. */
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import { statement } from './statement.ts'

/** The kinds of sources of the index, besides the blobs themselves. */
export type Source =
  | 'absent'
  | 'pack'
  | 'view'
  | 'shard'
  | 'approvals'
  | 'copies'
  | 'digests'
  | 'files'
  | 'comparison'
  | 'journal'

/** Called with the digest, or the id of a file without one, whose row must be made again. */
export type Mark = (item: string) => void

/** The dependencies of reading a source into the index. */
export interface RefreshContext {
  readonly db: IndexDatabase
  readonly reader: StoreReader
  readonly mark: Mark
}

/** A file with lines that are not records. */
export interface BrokenLines {
  /** Relative to the root. */
  readonly path: string
  readonly lines: number
}

/** Names a source. */
export interface SourceKey {
  readonly source: Source
  readonly name: string
}

const STATE = statement((q, { source, name }: SourceKey) =>
  q
    .selectFrom('cache_sources')
    .select('state')
    .where('source', '=', source)
    .where('name', '=', name),
)
const STATES = statement((q, given: { source: Source }) =>
  q
    .selectFrom('cache_sources')
    .select(['name', 'state'])
    .where('source', '=', given.source)
    .orderBy('name'),
)
const KEEP = statement((q, given: SourceKey & { state: string }) =>
  q
    .replaceInto('cache_sources')
    .values({ source: given.source, name: given.name, state: given.state }),
)
const DROP = statement((q, { source, name }: SourceKey) =>
  q.deleteFrom('cache_sources').where('source', '=', source).where('name', '=', name),
)
const DROP_ALL = statement((q, given: { source: Source }) =>
  q.deleteFrom('cache_sources').where('source', '=', given.source),
)

/** Returns the state in which a source was last read; null where it never was. */
export function savedState(db: IndexDatabase, { source, name }: SourceKey): string | null {
  return db.first(STATE, { source, name })?.state ?? null
}

/** Returns the saved states of all sources of a kind, by name. */
export function savedStates(db: IndexDatabase, source: Source): Map<string, string> {
  return new Map(db.all(STATES, { source }).map(({ name, state }) => [name, state]))
}

/** Returns the names of the sources of a kind that were ever read. */
export function knownNames(db: IndexDatabase, source: Source): string[] {
  return db.all(STATES, { source }).map((row) => row.name)
}

/** Saves the state in which a source was read: a fingerprint, or how far its lines were read; null where it is gone. */
export function saveState(
  db: IndexDatabase,
  { source, name }: SourceKey,
  state: string | null,
): void {
  if (state === null) db.run(DROP, { source, name })
  else db.run(KEEP, { source, name, state })
}

/** Forgets the states of the sources of a kind: they will be read from the beginning. */
export function forgetStates(db: IndexDatabase, source: Source): void {
  db.run(DROP_ALL, { source })
}

const MARK = statement((q, given: { item: string }) =>
  q
    .insertInto('cache_dirty')
    .values({ item: given.item })
    .onConflict((conflict) => conflict.doNothing()),
)

/**
 * Returns the function that records that a row must be rebuilt, so that a crash does not lose it.
 */
export function markDirty(db: IndexDatabase): Mark {
  return (item) => {
    db.run(MARK, { item })
  }
}

const HIDING = statement((q) =>
  q.selectFrom('unreadable').select('path').where('refers', '=', 1).orderBy('path'),
)
const READABLE = statement((q, given: { path: string }) =>
  q.deleteFrom('unreadable').where('path', '=', given.path),
)
const UNREADABLE = statement((q, given: { path: string; refers: 0 | 1 }) =>
  q.insertInto('unreadable').values({ path: given.path, refers: given.refers }),
)
const UNUSED = statement((q) =>
  q.selectFrom('blobs').select('item').where('present', '=', 1).where('ref_count', '=', 0),
)

/** Paths of documents that may refer to blobs and cannot be read, in order. */
export function hidingPaths(db: IndexDatabase): string[] {
  return db.all(HIDING).map((row) => row.path)
}

/** Reports whether a document that may refer to blobs is missing: then nothing is an orphan. */
export function mayMissReferences(db: IndexDatabase): boolean {
  return db.first(HIDING) !== undefined
}

/** An unreadable document: its path in the store, and whether it may refer to blobs. */
export interface Unreadable {
  readonly path: string
  readonly refers: boolean
}

/**
 * Replaces the record of which of `paths` are unreadable. If that changes whether anything can be
 * an orphan, every blob without a known user is marked.
 */
export function keepUnreadable(
  { db, mark }: Pick<RefreshContext, 'db' | 'mark'>,
  paths: readonly string[],
  found: readonly Unreadable[],
): void {
  const before = mayMissReferences(db)
  for (const path of paths) db.run(READABLE, { path })
  for (const { path, refers } of found) {
    db.run(UNREADABLE, { path, refers: refers ? 1 : 0 })
  }
  if (before === mayMissReferences(db)) return
  for (const row of db.all(UNUSED)) mark(row.item)
}

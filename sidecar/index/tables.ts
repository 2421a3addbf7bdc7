/** The tables of the index. Whoever changes one raises {@link VERSION}: old files are rebuilt. */
import type { Integrity } from '../../schemas/inventory.ts'
import { COUNTS } from './row-counts.ts'

/** Stands in `user_version`. A file with another number is thrown away and filled anew. */
export const VERSION = 6

/** A row of `blobs`: all that a list shows of one model file, whether it is here or only wanted. */
export interface BlobRow {
  readonly id: number
  readonly sha256: string
  readonly present: 0 | 1
  /** Whether a manifest lies beside it, be it one that cannot be read. */
  readonly has_meta: 0 | 1
  readonly size_bytes: number | null
  readonly kind: string
  readonly display_name: string
  readonly sort_name: string
  readonly name_source: 'pack' | 'manifest' | 'digest'
  /** JSON: names that other packs give it. */
  readonly other_names: string
  readonly status: 'referenced' | 'orphan' | 'backup_only' | 'missing'
  readonly where_: 'local_only' | 'both' | 'backup_only' | 'nowhere'
  readonly ref_count: number
  /** JSON: names of packs. */
  readonly used_by: string
  readonly held_back: 0 | 1
  readonly verified: 0 | 1 | null
  /** `none` where the blob is not here. */
  readonly integrity: Integrity | 'none'
  /** Of the file, as decimal nanoseconds; null where the blob is not here. */
  readonly mtime_ns: string | null
  readonly mode: number | null
  readonly last_verified: string | null
  readonly created_at: string | null
  /** JSON, or null. */
  readonly origin: string | null
  /** Folded words of all names, of the packs and the digest, each after one space. */
  readonly search: string
  /** Kind, status and where as words that nobody can type; see search-words.ts. */
  readonly facets: string
}

/** A row of `refs`: one entry of a lock that names a digest. */
export interface RefRow {
  readonly pack: string
  readonly ordinal: number
  readonly dependency_id: string
  readonly sha256: string
  readonly filename: string | null
  readonly kind: string
  readonly size_bytes: number | null
}

/** A row of `counters`, which triggers on `blobs` keep. */
export interface CounterRow {
  readonly status: BlobRow['status']
  readonly where_: BlobRow['where_']
  readonly kind: string
  readonly integrity: BlobRow['integrity']
  readonly blobs: number
  readonly bytes: number
}

/** What kysely knows of the file. */
export interface Tables {
  readonly blobs: BlobRow
  readonly refs: RefRow
  readonly counters: CounterRow
  readonly visible: { readonly ui: string; readonly sha256: string }
}

/** Columns of `blobs` save `id`, which tells nothing. */
export const BLOB_COLUMNS = [
  'sha256',
  'present',
  'has_meta',
  'size_bytes',
  'kind',
  'display_name',
  'sort_name',
  'name_source',
  'other_names',
  'status',
  'where_',
  'ref_count',
  'used_by',
  'held_back',
  'verified',
  'integrity',
  'mtime_ns',
  'mode',
  'last_verified',
  'created_at',
  'origin',
  'search',
  'facets',
] as const

const TABLES = `
CREATE TABLE blobs (
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE,
  present INTEGER NOT NULL,
  has_meta INTEGER NOT NULL,
  size_bytes INTEGER,
  kind TEXT NOT NULL,
  display_name TEXT NOT NULL,
  sort_name TEXT NOT NULL,
  name_source TEXT NOT NULL,
  other_names TEXT NOT NULL,
  status TEXT NOT NULL,
  where_ TEXT NOT NULL,
  ref_count INTEGER NOT NULL,
  used_by TEXT NOT NULL,
  held_back INTEGER NOT NULL,
  verified INTEGER,
  integrity TEXT NOT NULL,
  mtime_ns TEXT,
  mode INTEGER,
  last_verified TEXT,
  created_at TEXT,
  origin TEXT,
  search TEXT NOT NULL,
  facets TEXT NOT NULL
);
CREATE TABLE refs (
  pack TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  dependency_id TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  filename TEXT,
  kind TEXT NOT NULL,
  size_bytes INTEGER,
  PRIMARY KEY (pack, ordinal)
) WITHOUT ROWID;
CREATE INDEX refs_of_blob ON refs (sha256, pack, ordinal);
CREATE TABLE visible (
  ui TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (sha256, ui)
) WITHOUT ROWID;
CREATE INDEX visible_in_ui ON visible (ui, sha256);
CREATE TABLE proofs (
  sha256 TEXT PRIMARY KEY,
  good INTEGER,
  at TEXT,
  seen_bytes INTEGER,
  seen_mtime TEXT
) WITHOUT ROWID;
CREATE TABLE digests (
  sha256 TEXT PRIMARY KEY,
  size_bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE approved (sha256 TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE unreadable (
  path TEXT PRIMARY KEY,
  refers INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE counters (
  status TEXT NOT NULL,
  where_ TEXT NOT NULL,
  kind TEXT NOT NULL,
  integrity TEXT NOT NULL,
  blobs INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (status, where_, kind, integrity)
) WITHOUT ROWID;
CREATE TABLE operations (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  grp BLOB,
  leads INTEGER NOT NULL,
  op TEXT NOT NULL,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  file TEXT NOT NULL,
  start INTEGER NOT NULL,
  length INTEGER NOT NULL,
  ended_at TEXT,
  undone_at TEXT,
  kept TEXT
);
CREATE INDEX operations_leading ON operations (id) WHERE leads = 1;
CREATE INDEX operations_of_group ON operations (grp, id) WHERE grp IS NOT NULL;
CREATE INDEX operations_of_op ON operations (op, id);
CREATE TABLE operation_blobs (
  sha256 BLOB NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (sha256, seq)
) WITHOUT ROWID;
CREATE TABLE group_ops (
  grp BLOB NOT NULL,
  op TEXT NOT NULL,
  parts INTEGER NOT NULL,
  open INTEGER NOT NULL,
  undone INTEGER NOT NULL,
  PRIMARY KEY (grp, op)
) WITHOUT ROWID;
CREATE TABLE cache_sources (
  source TEXT NOT NULL,
  name TEXT NOT NULL,
  stamp TEXT NOT NULL,
  PRIMARY KEY (source, name)
) WITHOUT ROWID;
CREATE TABLE cache_dirty (sha256 TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE cache_behind (token TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE cache_counts (name TEXT PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (
  search, facets,
  content = 'blobs', content_rowid = 'id', prefix = '1 2 3',
  tokenize = 'unicode61 remove_diacritics 2'
);
`

const bump = (row: 'old' | 'new', by: 1 | -1): string => `
  INSERT INTO counters VALUES (${row}.status, ${row}.where_, ${row}.kind, ${row}.integrity,
    ${by}, ${by} * coalesce(${row}.size_bytes, 0))
  ON CONFLICT DO UPDATE SET blobs = blobs + excluded.blobs, bytes = bytes + excluded.bytes;`
const dropEmpty = `
  DELETE FROM counters
  WHERE status = old.status AND where_ = old.where_ AND kind = old.kind
    AND integrity = old.integrity AND blobs = 0;`

const isOpen = (row: 'old' | 'new') => `(${row}.ended_at IS NULL AND ${row}.undone_at IS NULL)`
const isUndone = (row: 'old' | 'new') => `(${row}.undone_at IS NOT NULL)`

const GROUP_TRIGGERS = `
CREATE TRIGGER operation_begun AFTER INSERT ON operations WHEN new.grp IS NOT NULL BEGIN
  INSERT INTO group_ops VALUES (new.grp, new.op, 1, ${isOpen('new')}, ${isUndone('new')})
  ON CONFLICT DO UPDATE SET parts = parts + 1,
    open = open + excluded.open, undone = undone + excluded.undone;
END;
CREATE TRIGGER operation_ended AFTER UPDATE ON operations WHEN new.grp IS NOT NULL BEGIN
  UPDATE group_ops SET open = open + ${isOpen('new')} - ${isOpen('old')},
    undone = undone + ${isUndone('new')} - ${isUndone('old')}
  WHERE grp = new.grp AND op = new.op;
END;
`

const TRIGGERS = `
CREATE TRIGGER blob_added AFTER INSERT ON blobs BEGIN ${bump('new', 1)} END;
CREATE TRIGGER blob_gone AFTER DELETE ON blobs BEGIN ${bump('old', -1)} ${dropEmpty} END;
CREATE TRIGGER blob_recounted AFTER UPDATE ON blobs
  WHEN (old.status, old.where_, old.kind, old.integrity, old.size_bytes)
    IS NOT (new.status, new.where_, new.kind, new.integrity, new.size_bytes)
  BEGIN ${bump('old', -1)} ${bump('new', 1)} ${dropEmpty} END;
`

/** What a list may be sorted by, as a column. */
export type SortColumn = 'sort_name' | 'size_bytes' | 'created_at' | 'kind' | 'status' | 'where_'

/** Columns by which a list is narrowed before it is sorted. */
export type Prefix = 'kind' | 'status'

/** Sort columns for which an index begins with this prefix, null being no prefix. */
const INDEXED: readonly (readonly [Prefix | null, SortColumn])[] = [
  [null, 'sort_name'],
  [null, 'size_bytes'],
  [null, 'created_at'],
  [null, 'kind'],
  [null, 'status'],
  [null, 'where_'],
  ['kind', 'sort_name'],
  ['kind', 'size_bytes'],
  ['kind', 'created_at'],
  ['kind', 'status'],
  ['status', 'sort_name'],
  ['status', 'size_bytes'],
  ['status', 'created_at'],
  ['status', 'kind'],
]

/** The name of the index for a prefix and a sort column; null where there is none. */
export function indexFor(prefix: Prefix | null, column: SortColumn): string | null {
  const known = INDEXED.some(([one, other]) => one === prefix && other === column)
  return known ? `blobs_${prefix ?? 'all'}_${column}` : null
}

/** Each covers the filters, so that walking it touches no row of the table. */
function indexText([prefix, column]: readonly [Prefix | null, SortColumn]): string {
  const leading = [...(prefix === null ? [] : [prefix]), column]
  const filters = ['kind', 'status', 'where_', 'integrity'].filter(
    (one) => !leading.includes(one as Prefix),
  )
  const columns = [...leading, 'sha256', ...filters].join(', ')
  return `CREATE INDEX IF NOT EXISTS ${indexFor(prefix, column) ?? ''} ON blobs (${columns})`
}

/** What makes the indexes of lists; made once all rows are there, which is ten times cheaper. */
export const LIST_INDEXES = INDEXED.map(indexText)

/** Placeholder of `unreadable` in a file whose packs have not all been read yet. */
export const NOT_READ_YET = 'state/packs'

/** What makes an empty file the index; nothing in it counts as an orphan until a whole check. */
export const SCHEMA = [
  TABLES,
  GROUP_TRIGGERS,
  TRIGGERS,
  `INSERT INTO unreadable VALUES ('${NOT_READ_YET}', 1);`,
  `INSERT INTO cache_behind VALUES ('new');`,
  COUNTS,
  `PRAGMA user_version = ${VERSION};`,
].join('\n')

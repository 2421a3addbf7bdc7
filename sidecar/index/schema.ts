/** The schema of the index. Every change must raise {@link VERSION}: old files are then rebuilt. */
import { COUNTED } from './filters.ts'
import { COUNTS } from './row-counts.ts'

/** Stored in `user_version`. A file with another number is discarded and filled again. */
export const VERSION = 12

const TABLES = `
CREATE TABLE blobs (
  id INTEGER PRIMARY KEY,
  item TEXT NOT NULL UNIQUE,
  tie INTEGER NOT NULL,
  grp INTEGER NOT NULL,
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
  location_ids TEXT NOT NULL,
  ref_count INTEGER NOT NULL,
  used_by TEXT NOT NULL,
  blocked INTEGER NOT NULL,
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
CREATE TABLE visible (
  ui TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (sha256, ui)
) WITHOUT ROWID;
CREATE INDEX visible_in_ui ON visible (ui, sha256);
CREATE TABLE locations (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  path TEXT,
  label TEXT
) WITHOUT ROWID;
CREATE TABLE copies (
  sha256 TEXT NOT NULL,
  location TEXT NOT NULL,
  good INTEGER,
  at TEXT,
  seen_bytes INTEGER,
  seen_mtime TEXT,
  PRIMARY KEY (sha256, location)
) WITHOUT ROWID;
CREATE TABLE files (
  id TEXT NOT NULL,
  location TEXT NOT NULL,
  path TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  mtime_ns TEXT NOT NULL,
  ctime_ns TEXT NOT NULL,
  ino TEXT NOT NULL,
  sha256 TEXT,
  PRIMARY KEY (id, location)
) WITHOUT ROWID;
CREATE INDEX files_of_blob ON files (sha256, location, path);
CREATE TABLE digests (
  sha256 TEXT PRIMARY KEY,
  size_bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE approved (sha256 TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE unreadable (
  path TEXT PRIMARY KEY,
  refers INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE groups (
  id INTEGER PRIMARY KEY,
  ${COUNTED.map((column) => `${column} TEXT NOT NULL,`).join(' ')}
  blobs INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  UNIQUE (${COUNTED.join(', ')})
);
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
  state TEXT NOT NULL,
  PRIMARY KEY (source, name)
) WITHOUT ROWID;
CREATE TABLE cache_dirty (item TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE cache_changes (
  begun INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  seen INTEGER NOT NULL
);
CREATE TABLE cache_counts (name TEXT PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (
  search, facets,
  content = 'blobs', content_rowid = 'id', prefix = '1 2 3',
  tokenize = 'ascii', detail = none
);
`

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

const bump = (row: 'old' | 'new', sign: '+' | '-') => `
  UPDATE groups SET blobs = blobs ${sign} 1, bytes = bytes ${sign} coalesce(${row}.size_bytes, 0)
  WHERE id = ${row}.grp;`

/** The last definition in a file: a file that has it has all. */
export const LAST_DEFINED = 'blob_recounted'

const TRIGGERS = `
CREATE TRIGGER blob_added AFTER INSERT ON blobs BEGIN ${bump('new', '+')} END;
CREATE TRIGGER blob_gone AFTER DELETE ON blobs BEGIN ${bump('old', '-')} END;
CREATE TRIGGER ${LAST_DEFINED} AFTER UPDATE ON blobs
  WHEN (old.grp, old.size_bytes) IS NOT (new.grp, new.size_bytes)
  BEGIN ${bump('old', '-')} ${bump('new', '+')} END;
`

/** Finds the references to a blob; made once all packs are read, which is cheaper. */
export const REFS_INDEX = 'CREATE INDEX IF NOT EXISTS refs_of_blob ON refs (sha256, pack, ordinal)'

/** Placeholder of `unreadable` in a file whose packs have not all been read yet. */
export const NOT_READ_YET = 'state/packs'

/**
 * The statements that turn an empty file into an index; nothing in it counts as an orphan until a
 * complete check.
 */
export const SCHEMA = [
  TABLES,
  GROUP_TRIGGERS,
  TRIGGERS,
  `INSERT INTO unreadable VALUES ('${NOT_READ_YET}', 1);`,
  // As if a change had been missed, which the first reconciliation covers.
  `INSERT INTO cache_changes VALUES (1, 1, 1, 0);`,
  COUNTS,
  `PRAGMA user_version = ${VERSION};`,
].join('\n')

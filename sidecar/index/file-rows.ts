/** Rows for the files of a location, from its ledger. */
import { fileItemId, type RelativePath, type Sha256, type Uuid } from '../../schemas/ids.ts'
import type { LocationId } from '../../schemas/locations.ts'
import { FileRecord } from '../../schemas/records.ts'
import { fileAfter, type KnownFile } from '../store/file-ledger.ts'
import { parseLine } from '../store/lines.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import type { AppendedLedger } from './appended-ledger.ts'
import type { FileRow } from './rows.ts'
import { statement } from './statement.ts'

interface FileKey {
  readonly id: string
  readonly location: string
}

const ONE = statement((q, given: FileKey) =>
  q
    .selectFrom('files')
    .selectAll()
    .where('id', '=', given.id)
    .where('location', '=', given.location),
)
const PUT = statement((q, given: FileRow) =>
  q
    .insertInto('files')
    .values({
      id: given.id,
      location: given.location,
      path: given.path,
      size_bytes: given.size_bytes,
      mtime_ns: given.mtime_ns,
      ctime_ns: given.ctime_ns,
      ino: given.ino,
      sha256: given.sha256,
    })
    .onConflict((conflict) =>
      conflict.columns(['id', 'location']).doUpdateSet((eb) => ({
        path: eb.ref('excluded.path'),
        size_bytes: eb.ref('excluded.size_bytes'),
        mtime_ns: eb.ref('excluded.mtime_ns'),
        ctime_ns: eb.ref('excluded.ctime_ns'),
        ino: eb.ref('excluded.ino'),
        sha256: eb.ref('excluded.sha256'),
      })),
    ),
)
const DROP = statement((q, given: FileKey) =>
  q.deleteFrom('files').where('id', '=', given.id).where('location', '=', given.location),
)
const ALL = statement((q, given: { location: string }) =>
  q.selectFrom('files').select(['id', 'sha256']).where('location', '=', given.location),
)
const DROP_ALL = statement((q, given: { location: string }) =>
  q.deleteFrom('files').where('location', '=', given.location),
)

function knownFile({ id, path, sha256, ...seen }: FileRow): KnownFile {
  const { size_bytes, mtime_ns, ctime_ns, ino } = seen
  return {
    id: id as Uuid,
    path: path as RelativePath,
    seen: { size_bytes, mtime_ns, ctime_ns, ino },
    sha256: sha256 as Sha256 | null,
  }
}

function rowOf({ id, path, seen, sha256 }: KnownFile, location: LocationId): FileRow {
  const { size_bytes, mtime_ns, ctime_ns, ino } = seen
  return { id, location, path, size_bytes, mtime_ns, ctime_ns, ino, sha256 }
}

/** The items whose rows depend on a file: the file itself and its digest. */
function itemsOf({ id, sha256 }: Pick<FileRow, 'id' | 'sha256'>): string[] {
  const item = fileItemId(id as Uuid)
  return sha256 === null ? [item] : [item, sha256]
}

function takeFile(db: IndexDatabase, location: LocationId, record: FileRecord): string[] {
  const key = { id: record.id, location }
  const before = db.first(ONE, key)
  const now = fileAfter(before === undefined ? null : knownFile(before), record)
  if (now === null) db.run(DROP, key)
  else db.run(PUT, rowOf(now, location))
  return [...(before === undefined ? [] : itemsOf(before)), ...(now === null ? [] : itemsOf(now))]
}

/** Returns the ledger of the files of a location. */
export function fileLedger(reader: StoreReader, location: LocationId): AppendedLedger {
  return {
    source: 'files',
    paths: [reader.paths.files(location)],
    take: (db, line) => {
      const record = parseLine(line, FileRecord)
      return record === null ? null : takeFile(db, location, record)
    },
    forget: (db, mark) => {
      for (const row of db.all(ALL, { location })) for (const item of itemsOf(row)) mark(item)
      db.run(DROP_ALL, { location })
    },
  }
}

/** How lines of the ledgers become rows. */
import { STORE_LOCATION, type LocationId } from '../../schemas/locations.ts'
import { CopyRecord, DigestRecord, StoreCopyRecord } from '../../schemas/records.ts'
import { parseLine } from '../store/lines.ts'
import type { StoreReader } from '../store/store-reader.ts'
import type { AppendedLedger } from './appended-ledger.ts'
import type { IndexDatabase } from './database.ts'
import { fileLedger } from './file-rows.ts'
import type { CopyRow } from './rows.ts'
import type { RefreshContext } from './sources.ts'
import { statement } from './statement.ts'

const copy = ({ sha256, location, good, at, seen_bytes, seen_mtime }: CopyRow): CopyRow => ({
  sha256,
  location,
  good,
  at,
  seen_bytes,
  seen_mtime,
})

const PUT_READING = statement((q, given: CopyRow) =>
  q
    .insertInto('copies')
    .values(copy(given))
    .onConflict((conflict) =>
      conflict.columns(['sha256', 'location']).doUpdateSet((eb) => ({
        good: eb.ref('excluded.good'),
        at: eb.ref('excluded.at'),
        seen_bytes: eb.ref('excluded.seen_bytes'),
        seen_mtime: eb.ref('excluded.seen_mtime'),
      })),
    ),
)

/** A baseline adds a row where no reading is recorded. */
const PUT_BASELINE = statement((q, given: CopyRow) =>
  q
    .insertInto('copies')
    .values(copy(given))
    .onConflict((conflict) =>
      conflict
        .columns(['sha256', 'location'])
        .doUpdateSet((eb) => ({
          seen_bytes: eb.ref('excluded.seen_bytes'),
          seen_mtime: eb.ref('excluded.seen_mtime'),
        }))
        .where('copies.seen_mtime', 'is', null),
    ),
)
const DROP_COPY = statement((q, given: { sha256: string; location: string }) =>
  q.deleteFrom('copies').where('sha256', '=', given.sha256).where('location', '=', given.location),
)
const COPIES = statement((q, given: { location: string }) =>
  q.selectFrom('copies').select('sha256').where('location', '=', given.location),
)
const DROP_COPIES = statement((q, given: { location: string }) =>
  q.deleteFrom('copies').where('location', '=', given.location),
)

const AS_SEEN = statement((q, given: { sha256: string; bytes: number; mtime: string }) =>
  q
    .selectFrom('blobs')
    .select('id')
    .where('item', '=', given.sha256)
    .where('integrity', 'in', ['good', 'unverified'])
    .where('size_bytes', '=', given.bytes)
    .where('mtime_ns', '=', given.mtime),
)

type Baseline = Extract<CopyRecord, { event: 'seen' }>

/** A baseline that agrees with the row changes nothing. */
function takeBaseline(
  db: IndexDatabase,
  location: LocationId,
  record: Baseline,
): readonly string[] {
  const { sha256, seen } = record
  const { size_bytes: bytes, mtime_ns: mtime } = seen
  const row = { sha256, location, seen_bytes: bytes, seen_mtime: mtime }
  db.run(PUT_BASELINE, { ...row, good: null, at: null })
  return db.first(AS_SEEN, { sha256, bytes, mtime }) === undefined ? [sha256] : []
}

function takeCopy(db: IndexDatabase, location: LocationId, record: CopyRecord): readonly string[] {
  const { sha256, at } = record
  if (record.event === 'gone') {
    db.run(DROP_COPY, { sha256, location })
    return [sha256]
  }
  if (record.event === 'seen') return takeBaseline(db, location, record)
  const { size_bytes: seen_bytes = null, mtime_ns: seen_mtime = null } = record.seen ?? {}
  const reading = { sha256, location, good: record.good ? 1 : 0, at } as const
  db.run(PUT_READING, { ...reading, seen_bytes, seen_mtime })
  return [sha256]
}

/** The ledger of the copies of a location. */
function copyLedger(reader: StoreReader, location: LocationId): AppendedLedger {
  const isStore = location === STORE_LOCATION
  return {
    source: 'copies',
    paths: isStore ? reader.paths.storeCopies : [reader.paths.copies(location)],
    take: (db, line) => {
      const record = parseLine(line, isStore ? StoreCopyRecord : CopyRecord)
      return record === null ? null : takeCopy(db, location, record)
    },
    forget: (db, mark) => {
      for (const row of db.all(COPIES, { location })) mark(row.sha256)
      db.run(DROP_COPIES, { location })
    },
  }
}

const PUT_DIGEST = statement((q, given: { sha256: string; size_bytes: number }) =>
  q
    .insertInto('digests')
    .values({ sha256: given.sha256, size_bytes: given.size_bytes })
    .onConflict((conflict) =>
      conflict
        .column('sha256')
        .doUpdateSet((eb) => ({ size_bytes: eb.ref('excluded.size_bytes') })),
    ),
)
const DIGESTS = statement((q) => q.selectFrom('digests').select('sha256'))
const DROP_DIGESTS = statement((q) => q.deleteFrom('digests'))

function takeDigest(db: IndexDatabase, line: string): readonly string[] | null {
  const record = parseLine(line, DigestRecord)
  if (record === null) return null
  const { sha256, size_bytes } = record
  if (size_bytes === undefined) return []
  db.run(PUT_DIGEST, { sha256, size_bytes })
  return [sha256]
}

function digestLedger({ paths }: StoreReader): AppendedLedger {
  return {
    source: 'digests',
    paths: [paths.digests],
    take: takeDigest,
    forget: (db, mark) => {
      for (const row of db.all(DIGESTS)) mark(row.sha256)
      db.run(DROP_DIGESTS)
    },
  }
}

const LOCATIONS = statement((q) => q.selectFrom('locations').select('id').orderBy('id'))

/** Returns the ledgers of a location besides the store. */
export function ledgersOfLocation(reader: StoreReader, location: LocationId): AppendedLedger[] {
  return [copyLedger(reader, location), fileLedger(reader, location)]
}

/** Returns all ledgers: those of the store, then those of each location that the index knows. */
export function allLedgers({
  db,
  reader,
}: Pick<RefreshContext, 'db' | 'reader'>): AppendedLedger[] {
  const ids = db.all(LOCATIONS).map((row) => row.id as LocationId)
  const others = ids.flatMap((id) => ledgersOfLocation(reader, id))
  return [copyLedger(reader, STORE_LOCATION), digestLedger(reader), ...others]
}

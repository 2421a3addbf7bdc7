/** What is known of blobs: the file, its manifest, the references to it and the ledgers. */
import type { Sha256, Uuid } from '../../schemas/ids.ts'
import { STORE_LOCATION } from '../../schemas/locations.ts'
import type { BlobMeta } from '../../schemas/records.ts'
import { BLOB_META } from '../store/document-kinds.ts'
import { parseDocument, readText } from '../store/documents.ts'
import type { BlobFile, StoreReader } from '../store/store-reader.ts'
import type { IndexDatabase } from './database.ts'
import type { CopyRow, FileRow, RefRow } from './rows.ts'
import { mayMissReferences } from './sources.ts'
import { listed, statement } from './statement.ts'

/** Whether a manifest exists, and its content where it can be read. */
export interface Manifest {
  readonly there: boolean
  readonly meta: BlobMeta | null
}

/** Everything that a row is made of. */
export interface Known {
  readonly sha256: Sha256
  readonly file: BlobFile | null
  readonly manifest: Manifest
  readonly refs: readonly RefRow[]
  /** Files of other locations with its bytes, by location and path. */
  readonly files: readonly FileRow[]
  /** The last reading of the store's copy. */
  readonly proof: CopyRow | undefined
  /** The size in the ledger of digests. */
  readonly recordedBytes: number | undefined
  readonly approved: boolean
  /** False where a document that may refer to it cannot be read. */
  readonly allRefsKnown: boolean
}

/** Bypasses the cache of the reader: each manifest is read once, and there may be many. */
function manifestOf(reader: StoreReader, sha256: Sha256): Manifest {
  const path = reader.paths.meta(sha256)
  try {
    const text = readText(path)
    if (text === null) return { there: false, meta: null }
    return { there: true, meta: parseDocument(path, text, BLOB_META) }
  } catch {
    return { there: true, meta: null }
  }
}

/** Digests of blobs, as JSON. */
interface Among {
  readonly among: string
}

const REFS = statement((q, { among }: Among) =>
  q
    .selectFrom('refs')
    .selectAll()
    .where('sha256', 'in', listed<string>(among))
    .orderBy('pack')
    .orderBy('ordinal'),
)
const FILES = statement((q, { among }: Among) =>
  q
    .selectFrom('files')
    .selectAll()
    .where('sha256', 'in', listed<string>(among))
    .orderBy('location')
    .orderBy('path'),
)
const PROOFS = statement((q, { among }: Among) =>
  q
    .selectFrom('copies')
    .selectAll()
    .where('sha256', 'in', listed<string>(among))
    .where('location', '=', STORE_LOCATION),
)
const DIGESTS = statement((q, { among }: Among) =>
  q.selectFrom('digests').selectAll().where('sha256', 'in', listed<string>(among)),
)
const APPROVED = statement((q, { among }: Among) =>
  q.selectFrom('approved').select('sha256').where('sha256', 'in', listed<string>(among)),
)

/** Reads what is known of some blobs. */
export function knownOf(
  db: IndexDatabase,
  reader: StoreReader,
  digests: readonly Sha256[],
): Known[] {
  const among = JSON.stringify(digests)
  const refs = Map.groupBy(db.all(REFS, { among }), (row) => row.sha256)
  const files = Map.groupBy(db.all(FILES, { among }), (row) => row.sha256)
  const proofs = new Map(db.all(PROOFS, { among }).map((row) => [row.sha256, row]))
  const sizes = new Map(db.all(DIGESTS, { among }).map((row) => [row.sha256, row.size_bytes]))
  const approved = new Set(db.all(APPROVED, { among }).map((row) => row.sha256))
  const allRefsKnown = !mayMissReferences(db)
  return digests.map((sha256) => ({
    sha256,
    file: reader.blob(sha256),
    manifest: manifestOf(reader, sha256),
    refs: refs.get(sha256) ?? [],
    files: files.get(sha256) ?? [],
    proof: proofs.get(sha256),
    recordedBytes: sizes.get(sha256),
    approved: approved.has(sha256),
    allRefsKnown,
  }))
}

const UNHASHED = statement((q, { among }: Among) =>
  q
    .selectFrom('files')
    .selectAll()
    .where('id', 'in', listed<string>(among))
    .where('sha256', 'is', null)
    .orderBy('location', 'desc'),
)

/** Returns the files without a digest among `ids`, by id. */
export function unhashedOf(db: IndexDatabase, ids: readonly Uuid[]): Map<string, FileRow> {
  if (ids.length === 0) return new Map()
  return new Map(db.all(UNHASHED, { among: JSON.stringify(ids) }).map((row) => [row.id, row]))
}

/** Rows of blobs: from the file, its manifest, the references to it and the ledgers. */
import type { Sha256 } from '../../schemas/ids.ts'
import type { Integrity } from '../../schemas/inventory.ts'
import { isPickleName, kindOf } from '../../schemas/kinds.ts'
import type { BlobMeta } from '../../schemas/records.ts'
import { integrityOf, type BlobRecords } from '../store/blob-integrity.ts'
import { BLOB_META } from '../store/document-kinds.ts'
import { parseDocument, readText } from '../store/documents.ts'
import type { BlobFile, StoreReader } from '../store/store-reader.ts'
import type { Cell, IndexDatabase } from './database.ts'
import { facetWord, searchText } from './search-words.ts'
import { mayHideReferences } from './sources.ts'
import { BLOB_COLUMNS, type BlobRow, type RefRow } from './tables.ts'

const SHORT_DIGEST = 12

type NewRow = Omit<BlobRow, 'id'>

interface Manifest {
  readonly there: boolean
  readonly meta: BlobMeta | null
}

interface Proof {
  readonly sha256: string
  readonly good: 0 | 1 | null
  readonly at: string | null
  readonly seen_bytes: number | null
  readonly seen_mtime: string | null
}

/** All that a row is made of. */
interface Known {
  readonly sha256: Sha256
  readonly file: BlobFile | null
  readonly manifest: Manifest
  readonly refs: readonly RefRow[]
  readonly proof: Proof | undefined
  /** By the ledger of digests. */
  readonly recordedBytes: number | undefined
  readonly approved: boolean
  /** False where a document that may refer to it cannot be read. */
  readonly allRefsKnown: boolean
}

/** Reads past the memory of the reader: a manifest is read once, and there may be many. */
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

const AMONG = 'WHERE sha256 IN (SELECT value FROM json_each(?))'
const REFS = `SELECT * FROM refs ${AMONG} ORDER BY pack, ordinal`
const PROOFS = `SELECT * FROM proofs ${AMONG}`
const DIGESTS = `SELECT * FROM digests ${AMONG}`
const APPROVED = `SELECT sha256 FROM approved ${AMONG}`

/** Reads what is known of some blobs; `among` names them as JSON. */
function gather(
  db: IndexDatabase,
  reader: StoreReader,
  digests: readonly Sha256[],
  among: string,
): Known[] {
  const refs = Map.groupBy(db.rows<RefRow>(REFS, among), (row) => row.sha256)
  const proofs = new Map(db.rows<Proof>(PROOFS, among).map((row) => [row.sha256, row]))
  const digestRows = db.rows<{ sha256: string; size_bytes: number }>(DIGESTS, among)
  const sizes = new Map(digestRows.map((row) => [row.sha256, row.size_bytes]))
  const approved = new Set(db.rows<{ sha256: string }>(APPROVED, among).map((row) => row.sha256))
  const allRefsKnown = !mayHideReferences(db)
  return digests.map((sha256) => ({
    sha256,
    file: reader.blob(sha256),
    manifest: manifestOf(reader, sha256),
    refs: refs.get(sha256) ?? [],
    proof: proofs.get(sha256),
    recordedBytes: sizes.get(sha256),
    approved: approved.has(sha256),
    allRefsKnown,
  }))
}

type Naming = Pick<NewRow, 'display_name' | 'sort_name' | 'name_source' | 'other_names'>

function nameOf({ sha256, refs, manifest: { meta } }: Known): Naming {
  const given = [...new Set(refs.flatMap((ref) => ref.filename ?? []))]
  const original = refs.length === 0 ? meta?.original_filename : undefined
  const named = given[0] ?? (original === '' ? undefined : original)
  const display = named ?? sha256.slice(0, SHORT_DIGEST)
  return {
    display_name: display,
    sort_name: display.normalize('NFC').toLowerCase(),
    name_source: given.length > 0 ? 'pack' : named === undefined ? 'digest' : 'manifest',
    other_names: JSON.stringify(given.slice(1)),
  }
}

function kindIn({ refs, manifest: { meta } }: Known): string {
  const referred = refs.find((ref) => ref.kind !== 'unknown')?.kind
  return referred ?? (meta === null ? 'unknown' : kindOf(meta))
}

type Standing = Pick<NewRow, 'status' | 'where_'>

function standingOf({ file, refs, allRefsKnown }: Known): Standing {
  if (file === null) return { status: 'missing', where_: 'nowhere' }
  const orphan = refs.length === 0 && allRefsKnown
  return { status: orphan ? 'orphan' : 'referenced', where_: 'local_only' }
}

function recordsOf({ proof, recordedBytes, manifest: { meta } }: Known): BlobRecords {
  const { good = null, at = null, seen_bytes = null, seen_mtime = null } = proof ?? {}
  const seen =
    seen_bytes === null || seen_mtime === null
      ? null
      : { size_bytes: seen_bytes, mtime_ns: seen_mtime }
  const size_bytes = recordedBytes ?? meta?.size_bytes ?? null
  return { good: good === null ? null : good === 1, at, seen, size_bytes }
}

type Trust = Pick<NewRow, 'verified' | 'last_verified' | 'integrity' | 'mtime_ns' | 'mode'>

/** `verified` holds for the bytes as they are now: of a file that changed since, nobody knows. */
const VERIFIED: Readonly<Record<Integrity, 0 | 1 | null>> = {
  good: 1,
  bad: 0,
  changed: null,
  unverified: null,
}

function trustOf(known: Known): Trust {
  const { file, proof } = known
  if (file === null) {
    return { verified: null, last_verified: null, integrity: 'none', mtime_ns: null, mode: null }
  }
  const integrity = integrityOf(file, recordsOf(known))
  return {
    verified: VERIFIED[integrity],
    last_verified: proof?.at ?? null,
    integrity,
    mtime_ns: file.mtime_ns,
    mode: file.mode,
  }
}

function createdAt({ file, manifest: { meta } }: Known): string | null {
  if (meta !== null) return meta.created_at
  return file === null ? null : new Date(file.modified_ms).toISOString()
}

function originOf({ meta }: Manifest): string | null {
  const origin = meta?.origin ?? null
  return origin === null ? null : JSON.stringify(origin)
}

function rowOf(known: Known): NewRow {
  const { sha256, file, refs, manifest } = known
  const original = manifest.meta?.original_filename ?? ''
  const names = [...refs.flatMap((ref) => ref.filename ?? []), original]
  const packs = [...new Set(refs.map((ref) => ref.pack))]
  const kind = kindIn(known)
  const standing = standingOf(known)
  const trust = trustOf(known)
  const heldBack = !known.approved && names.some(isPickleName)
  const facets = [
    facetWord('kind', kind),
    facetWord('status', standing.status),
    facetWord('where', standing.where_),
    facetWord('integrity', trust.integrity),
  ]
  const wanted = refs.find((ref) => ref.size_bytes !== null)?.size_bytes
  return {
    sha256,
    present: file === null ? 0 : 1,
    has_meta: manifest.there ? 1 : 0,
    size_bytes: file?.size_bytes ?? wanted ?? null,
    kind,
    ...nameOf(known),
    ...standing,
    ref_count: refs.length,
    used_by: JSON.stringify(packs),
    held_back: heldBack ? 1 : 0,
    ...trust,
    created_at: createdAt(known),
    origin: originOf(manifest),
    search: searchText([...names, ...packs, sha256]),
    facets: facets.join(' '),
  }
}

const VALUES = BLOB_COLUMNS.filter((column) => column !== 'sha256')
const PUT = `
  INSERT INTO blobs (${BLOB_COLUMNS.join(', ')})
  VALUES (${BLOB_COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (sha256) DO UPDATE SET
    (${VALUES.join(', ')}) = (${VALUES.map((column) => `excluded.${column}`).join(', ')})
  WHERE (${VALUES.map((column) => `blobs.${column}`).join(', ')})
    IS NOT (${VALUES.map((column) => `excluded.${column}`).join(', ')})`

const FORGET = `DELETE FROM cache_dirty ${AMONG}`
const OLD_WORDS = `SELECT sha256, search, facets FROM blobs ${AMONG}`
const DROP_WORDS = `
  INSERT INTO words (words, rowid, search, facets)
  SELECT 'delete', id, search, facets FROM blobs ${AMONG}`
const ADD_WORDS = `
  INSERT INTO words (rowid, search, facets) SELECT id, search, facets FROM blobs ${AMONG}`

type Words = Pick<BlobRow, 'sha256' | 'search' | 'facets'>

/** Of a blob, and the row that it shall have; null where it is neither here nor wanted. */
interface Renewed {
  readonly sha256: Sha256
  readonly row: NewRow | null
}

/** Which blobs' words go, and which ones' come. */
function rewordedAmong(
  db: IndexDatabase,
  renewed: readonly Renewed[],
  among: string,
): { readonly going: Sha256[]; readonly coming: Sha256[] } {
  const old = new Map(db.rows<Words>(OLD_WORDS, among).map((row) => [row.sha256, row]))
  const reworded = renewed.filter(({ sha256, row }) => {
    const was = old.get(sha256)
    return was?.search !== row?.search || was?.facets !== row?.facets
  })
  return {
    going: reworded.map((one) => one.sha256).filter((sha256) => old.has(sha256)),
    coming: reworded.filter((one) => one.row !== null).map((one) => one.sha256),
  }
}

function put(db: IndexDatabase, { sha256, row }: Renewed): boolean {
  if (row === null) return db.run('DELETE FROM blobs WHERE sha256 = ?', sha256) > 0
  const cells: Cell[] = BLOB_COLUMNS.map((column) => row[column])
  return db.run(PUT, ...cells) > 0
}

/**
 * Makes the rows of blobs anew; a blob that is neither here nor wanted has none. The words of all
 * are written at once: the full-text index writes out what it holds whenever another statement
 * that may be taken back comes between.
 * @returns how many rows were others before
 */
export function refreshBlobs(
  db: IndexDatabase,
  reader: StoreReader,
  digests: readonly Sha256[],
): number {
  const among = JSON.stringify(digests)
  const renewed = gather(db, reader, digests, among).map((known) => {
    const unknown = known.file === null && known.refs.length === 0
    return { sha256: known.sha256, row: unknown ? null : rowOf(known) }
  })
  db.run(FORGET, among)
  const { going, coming } = rewordedAmong(db, renewed, among)
  if (going.length > 0) db.run(DROP_WORDS, JSON.stringify(going))
  const changed = renewed.filter((one) => put(db, one)).length
  if (coming.length > 0) db.run(ADD_WORDS, JSON.stringify(coming))
  return changed
}

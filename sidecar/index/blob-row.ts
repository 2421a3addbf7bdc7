/** Builds the row of a blob from what is known of it. */
import { fileItemId, type Uuid } from '../../schemas/ids.ts'
import { isPickleName, kindOf } from '../../schemas/kinds.ts'
import type { Integrity } from '../../schemas/inventory.ts'
import { STORE_ON_WIRE } from '../../schemas/locations.ts'
import { integrityOf, type BlobRecords } from '../store/blob-integrity.ts'
import type { Known, Manifest } from './blob-facts.ts'
import { COUNTED } from './filters.ts'
import type { GroupKey } from './groups.ts'
import type { BlobRow, FileRow } from './rows.ts'
import { facetWord, searchText } from './search-words.ts'

const SHORT_DIGEST = 12
/** How many hexadecimal digits a number holds exactly. */
const TIE_DIGITS = 12

/** A row that is not in the table yet: without a number and a group. */
export type NewRow = Omit<BlobRow, 'id' | 'grp'>

type Naming = Pick<NewRow, 'display_name' | 'sort_name' | 'name_source' | 'other_names'>

const baseName = ({ path }: FileRow) => path.slice(path.lastIndexOf('/') + 1)

const sortName = (name: string) => name.normalize('NFC').toLowerCase()

type Name = readonly [name: string, source: Naming['name_source']]

function displayName({ sha256, refs, files: [file], manifest: { meta } }: Known): Name {
  const given = refs.find((ref) => ref.filename !== null)?.filename
  if (typeof given === 'string') return [given, 'pack']
  const original = refs.length === 0 ? (meta?.original_filename ?? '') : ''
  if (original !== '') return [original, 'manifest']
  return file === undefined ? [sha256.slice(0, SHORT_DIGEST), 'digest'] : [baseName(file), 'file']
}

function nameOf(known: Known): Naming {
  const [display_name, name_source] = displayName(known)
  const given = new Set(known.refs.flatMap((ref) => ref.filename ?? []))
  return {
    display_name,
    sort_name: sortName(display_name),
    name_source,
    other_names: JSON.stringify([...given].slice(1)),
  }
}

function kindIn({ refs, manifest: { meta } }: Known): string {
  const referred = refs.find((ref) => ref.kind !== 'unknown')?.kind
  return referred ?? (meta === null ? 'unknown' : kindOf(meta))
}

type Standing = Pick<NewRow, 'status' | 'where_' | 'location_ids'>

function statusOf({ file, files, refs, allRefsKnown }: Known): NewRow['status'] {
  if (file !== null) return refs.length === 0 && allRefsKnown ? 'orphan' : 'referenced'
  if (files.length === 0) return 'missing'
  return refs.length === 0 ? 'library' : 'referenced'
}

function standingOf(known: Known): Standing {
  const { file, files } = known
  const store = file === null ? [] : [STORE_ON_WIRE]
  const location_ids = [...new Set([...store, ...files.map(({ location }) => location)])].join(' ')
  return {
    status: statusOf(known),
    where_: location_ids === '' ? 'nowhere' : 'local_only',
    location_ids,
  }
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

/** `verified` refers to the current bytes: it is unknown for a file that has changed since. */
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

const NS_PER_MS = 1_000_000n

/** Null for a time that a date cannot represent. */
function timestamp(ms: number): string | null {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

const modifiedAt = ({ mtime_ns }: FileRow) => timestamp(Number(BigInt(mtime_ns) / NS_PER_MS))

function createdAt({ file, files: [other], manifest: { meta } }: Known): string | null {
  if (meta !== null) return meta.created_at
  if (file !== null) return timestamp(file.modified_ms)
  return other === undefined ? null : modifiedAt(other)
}

function originOf({ meta }: Manifest): string | null {
  const origin = meta?.origin ?? null
  return origin === null ? null : JSON.stringify(origin)
}

const tieOf = (hex: string) => Number.parseInt(hex.slice(0, TIE_DIGITS), 16)

const facetsOf = (key: GroupKey) =>
  COUNTED.map((column) => facetWord(column, key[column])).join(' ')

function sizeOf({ file, files: [other], refs }: Known): number | null {
  const wanted = refs.find((ref) => ref.size_bytes !== null)?.size_bytes
  return file?.size_bytes ?? other?.size_bytes ?? wanted ?? null
}

/** Makes the row of a blob. */
export function rowOf(known: Known): NewRow {
  const { sha256, file, files, refs, manifest } = known
  const original = manifest.meta?.original_filename ?? ''
  const given = refs.flatMap((ref) => ref.filename ?? [])
  const names = [...given, original, ...files.map(baseName)]
  const packs = [...new Set(refs.map((ref) => ref.pack))]
  const kind = kindIn(known)
  const standing = standingOf(known)
  const trust = trustOf(known)
  return {
    item: sha256,
    tie: tieOf(sha256),
    present: file === null ? 0 : 1,
    has_meta: manifest.there ? 1 : 0,
    size_bytes: sizeOf(known),
    kind,
    ...nameOf(known),
    ...standing,
    ref_count: refs.length,
    used_by: JSON.stringify(packs),
    blocked: !known.approved && names.some(isPickleName) ? 1 : 0,
    ...trust,
    created_at: createdAt(known),
    origin: originOf(manifest),
    search: searchText([...names, ...packs, sha256]),
    facets: facetsOf({ kind, ...standing, ...trust }),
  }
}

/** Returns the row of a file of a location whose digest is not known yet. */
export function rowOfFile(file: FileRow): NewRow {
  const name = baseName(file)
  const key = {
    kind: 'unknown',
    status: 'library_unhashed',
    where_: 'local_only',
    location_ids: file.location,
    integrity: 'none',
  } as const
  return {
    ...key,
    item: fileItemId(file.id as Uuid),
    tie: tieOf(file.id.replaceAll('-', '')),
    present: 0,
    has_meta: 0,
    size_bytes: file.size_bytes,
    display_name: name,
    sort_name: sortName(name),
    name_source: 'file',
    other_names: '[]',
    ref_count: 0,
    used_by: '[]',
    blocked: isPickleName(name) ? 1 : 0,
    verified: null,
    mtime_ns: null,
    mode: null,
    last_verified: null,
    created_at: modifiedAt(file),
    origin: null,
    search: searchText([name]),
    facets: facetsOf(key),
  }
}

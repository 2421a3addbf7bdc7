/** The row of a blob, from what is known of it. */
import { isPickleName, kindOf } from '../../schemas/kinds.ts'
import type { Integrity } from '../../schemas/inventory.ts'
import { integrityOf, type BlobRecords } from '../store/blob-integrity.ts'
import type { Known, Manifest } from './blob-facts.ts'
import { COUNTED } from './filters.ts'
import type { GroupKey } from './groups.ts'
import type { BlobRow } from './rows.ts'
import { facetWord, searchText } from './search-words.ts'

const SHORT_DIGEST = 12
/** Digits that a number holds exactly. */
const TIE_DIGITS = 12

/** A row that is not in the table yet: it has no number, and is in no group. */
export type NewRow = Omit<BlobRow, 'id' | 'grp'>

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

const tieOf = (sha256: string) => Number.parseInt(sha256.slice(0, TIE_DIGITS), 16)

const facetsOf = (key: GroupKey) =>
  COUNTED.map((column) => facetWord(column, key[column])).join(' ')

function sizeOf({ file, refs }: Known): number | null {
  const wanted = refs.find((ref) => ref.size_bytes !== null)?.size_bytes
  return file?.size_bytes ?? wanted ?? null
}

/** Makes the row of a blob. */
export function rowOf(known: Known): NewRow {
  const { sha256, file, refs, manifest } = known
  const original = manifest.meta?.original_filename ?? ''
  const names = [...refs.flatMap((ref) => ref.filename ?? []), original]
  const packs = [...new Set(refs.map((ref) => ref.pack))]
  const kind = kindIn(known)
  const standing = standingOf(known)
  const trust = trustOf(known)
  return {
    sha256,
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

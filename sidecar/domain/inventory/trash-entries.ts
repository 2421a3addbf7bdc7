/**
 * The entries of the trash: from their records or, if these are damaged or gone, from the journal
 * and the manifest.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { isSha256 } from '../../../schemas/ids.ts'
import { BlobMeta } from '../../../schemas/records.ts'
import { type TrashEntry, type TrashRecord } from '../../../schemas/trash.ts'
import { parseJson } from '../../../schemas/json.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { AppError } from '../../../schemas/errors.ts'

function recordOf(reader: StoreReader, id: string): TrashRecord | null {
  try {
    return reader.trash(id)
  } catch {
    return null
  }
}

/** The name in the manifest that was trashed with the bytes. */
function nameInMeta(reader: StoreReader, folder: string): string | null {
  try {
    const meta = v.safeParse(BlobMeta, parseJson(reader.text(join(folder, 'meta')) ?? 'null'))
    return meta.success ? meta.output.original_filename : null
  } catch {
    return null
  }
}

/** An entry without a record: its bytes, and what the journal and the manifest say of them. */
function withoutRecord(reader: StoreReader, id: string): TrashEntry[] {
  const folder = reader.trashEntryFolder(id)
  const blob = fs.statSync(join(folder, 'blob'), { throwIfNoEntry: false })
  if (blob === undefined) return []
  const before =
    reader.journal.operations().find(({ begin }) => begin.id === id)?.begin.before ?? {}
  const { sha256, display_name } = before
  const named = typeof display_name === 'string' ? display_name : nameInMeta(reader, folder)
  return [
    {
      id,
      sha256: isSha256(sha256) ? sha256 : null,
      display_name: named ?? id,
      size_bytes: blob.size,
      deleted_at: new Date(fs.statSync(folder).mtimeMs).toISOString(),
      expires_at: null,
      bad: false,
    },
  ]
}

/** Returns every entry, oldest first: each folder of the trash that holds bytes of a model. */
export function trashEntries(reader: StoreReader): TrashEntry[] {
  return reader.trashIds().flatMap((id) => {
    const record = recordOf(reader, id)
    if (record === null) return withoutRecord(reader, id)
    const { sha256, display_name, size_bytes, deleted_at, expires_at } = record
    const bad = record.bad === true
    return [{ id, sha256, display_name, size_bytes, deleted_at, expires_at, bad }]
  })
}

/** Entries whose records are damaged or gone. */
export function damagedEntries(reader: StoreReader): TrashEntry[] {
  return trashEntries(reader).filter((entry) => entry.expires_at === null)
}
/** Returns an entry of the trash. @throws trash.not_found */
export function requireTrashEntry(reader: StoreReader, id: string): TrashEntry {
  const entry = trashEntries(reader).find((one) => one.id === id)
  if (entry === undefined) throw new AppError('trash.not_found', `No such entry: ${id}`)
  return entry
}

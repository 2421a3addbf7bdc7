/** Preview of an import: what it would do, and why it would fail. */
import fs from 'node:fs'
import type { PreviewedFile, ImportPreview, ImportRequest } from '../../../schemas/imports.ts'
import { AppError } from '../../../schemas/errors.ts'
import { DISK_KINDS } from '../../../schemas/kinds.ts'
import { BUILT_IN_LAYOUTS } from '../../../schemas/layouts.ts'
import { blobsVolume } from '../../store/blobs-volume.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { truncated, MAX_LISTED } from '../truncate-list.ts'
import { assertPackWritable } from '../packs/add-to-pack.ts'
import type { Alias, NamedFile } from './aliases.ts'
import type { ScopedImportRequest } from './source-folders.ts'
import { findSources, namedSources, type FindContext } from './search-mounts.ts'
import { notesOn } from './import-notes.ts'
import { bytesNeeded, requireRoom } from './import-room.ts'

/** Kinds of the store's format and of the built-in layouts. */
const KNOWN_KINDS: readonly string[] = [
  ...DISK_KINDS,
  ...Object.values(BUILT_IN_LAYOUTS).flatMap((layout) => Object.keys(layout)),
]

/**
 * Throws for an import that is known to fail before any folder is searched.
 * @throws store.not_initialized, store.document_broken, store.newer_format, pack.name_taken
 * @throws import.source_not_found, import.inside_store, input.invalid for an unknown kind
 * @throws path.offline for a path that does not answer
 * @throws disk.full where there is not even enough space for the requested files
 */
export async function checkImport(ctx: FindContext, request: ScopedImportRequest): Promise<void> {
  const { paths, reader } = ctx.store
  reader.requireInitialized()
  assertKnownKind(reader, request)
  if (request.pack !== undefined) assertPackWritable(reader, request.pack)
  await ctx.store.recover('import')
  const needed = bytesNeeded(await namedSources(ctx, request), request, paths)
  await requireRoom(ctx.store, 'import', needed)
}

/**
 * Returns what an import would take. Only folders and file sizes are read.
 * @throws store.not_initialized, store.document_broken, store.newer_format, pack.name_taken
 * @throws import.source_not_found, import.inside_store
 */
export async function previewImport(
  ctx: FindContext,
  request: ScopedImportRequest,
): Promise<ImportPreview> {
  const { paths, reader } = ctx.store
  reader.requireInitialized()
  assertKnownKind(reader, request)
  if (request.pack !== undefined) assertPackWritable(reader, request.pack)
  const { signal } = new AbortController()
  const found = await findSources(ctx, request, { signal, gone: 'refused' })
  const needed = bytesNeeded(found.files, request, paths)
  const space = fs.statfsSync(blobsVolume(paths))
  const free = space.bavail * space.bsize
  const names = found.files.flatMap(candidatesOf)
  const bytes = found.files.reduce((sum, file) => sum + file.size_bytes, 0)
  return {
    mode: request.mode,
    files: { total: names.length, items: names.slice(0, MAX_LISTED) },
    skipped: truncated(found.skipped),
    bytes,
    bytes_needed: needed,
    bytes_if_copied: bytes - needed,
    disk_free: free,
    fits: needed < free,
    notes: notesOn(found, request),
  }
}

/** A file and its further names, as a preview lists them. */
function candidatesOf(file: NamedFile): PreviewedFile[] {
  const { copied_because, size_bytes } = file
  const listed = ({ path, name, kind, kind_from, blocked }: NamedFile | Alias) => {
    return { path, name, kind, kind_from, size_bytes, blocked }
  }
  const own = { ...listed(file), ...(copied_because === undefined ? {} : { copied_because }) }
  return [own, ...file.aliases.map((alias) => ({ ...listed(alias), alias_of: file.path }))]
}

/** Throws for a kind that no interface and no pack can know. @throws input.invalid */
function assertKnownKind(reader: StoreReader, { kind }: ImportRequest): void {
  if (kind === undefined) return
  const mapped = Object.values(reader.config().ui.kind_map).flatMap((map) => Object.keys(map))
  const known = new Set([...KNOWN_KINDS, ...mapped])
  if (known.has(kind)) return
  throw new AppError('input.invalid', `"${kind}" is not a kind of model`, {
    hint: `Known are: ${[...known].sort().join(', ')}.`,
  })
}

/** Importing files and folders, into a pack where asked. */
import fs from 'node:fs'
import { dirname } from 'node:path'
import type {
  CopyReason,
  ImportCandidate,
  ImportPreview,
  ImportRequest,
  ImportResult,
  ImportedFile,
} from '../../../schemas/imports.ts'
import { AppError, isAppError } from '../../../schemas/errors.ts'
import { DISK_KINDS } from '../../../schemas/kinds.ts'
import { BUILT_IN_LAYOUTS } from '../../../schemas/layouts.ts'
import { requireSpace } from '../../platform/copy-file.ts'
import { blobsVolume, mayRenameToBlob } from '../../store/blobs-volume.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { refuseUnfillable } from '../packs/change-packs.ts'
import { withRoom } from '../../store/abandoned-partials.ts'
import { group, LISTED } from '../listed.ts'
import { checkCancelled, type Work } from '../progress.ts'
import type { FoundFile, ImportOrder } from './find-files.ts'
import { findSources, namedSources, type FindContext } from './find-sources.ts'
import { reservedPaths, type Displaced } from '../packs/place-exposures.ts'
import type { Alias, NamedFile, NamedFiles } from './aliases.ts'
import { Publisher } from './publisher.ts'
import { aliasesLeft, isApproved, isHardLinked } from './select-files.ts'
import { countUnseen, unseenRule, withUnseen } from './unseen.ts'
import { discardTaken, type ImportContext, type Taken } from './take-file.ts'
import { takeSource } from './take-source.ts'

const AT_ONCE = 2

/** Kinds of the store's format and of the built-in layouts. */
const KNOWN_KINDS: readonly string[] = [
  ...DISK_KINDS,
  ...Object.values(BUILT_IN_LAYOUTS).flatMap((layout) => Object.keys(layout)),
]

/** Whether a file may become a part of the store where it is asked to. */
const canStay = (file: FoundFile) => file.copied_because === undefined && file.place === undefined

/** Bytes that are sure to be written: those of files that cannot be renamed or linked. */
function bytesNeeded(
  files: readonly FoundFile[],
  request: ImportRequest,
  paths: StorePaths,
): number {
  const renames = new Map<string, boolean>()
  const mayRenameFrom = (source: string) => {
    const folder = dirname(source)
    const known = renames.get(folder) ?? mayRenameToBlob(paths, source)
    renames.set(folder, known)
    return known
  }
  return files.reduce((sum, file) => {
    const inPlace = request.mode === 'move' || request.hard_link
    const stays = inPlace && canStay(file) && mayRenameFrom(file.source)
    return sum + (stays ? 0 : file.size_bytes)
  }, 0)
}

/**
 * Refuses an import of which is known, before any folder is searched, that it must fail.
 * @throws store.not_initialized, store.document_broken, store.newer_format, pack.name_taken
 * @throws import.source_not_found, import.inside_store, input.invalid for an unknown kind
 * @throws path.offline for a path that does not answer
 * @throws disk.full where the files that were named have no room already
 */
export async function checkImport(ctx: FindContext, request: ImportOrder): Promise<void> {
  const { paths, reader } = ctx.store
  reader.requireInitialized()
  refuseUnknownKind(reader, request)
  if (request.pack !== undefined) refuseUnfillable(reader, request.pack)
  await ctx.store.recover('import')
  const needed = bytesNeeded(await namedSources(ctx, request), request, paths)
  if (needed > 0) {
    await withRoom(ctx.store, 'import', () => {
      requireSpace(blobsVolume(paths), needed)
    })
  }
}

/**
 * Says what an import would take. Nothing is read but folders and sizes.
 * @throws store.not_initialized, store.document_broken, store.newer_format, pack.name_taken
 * @throws import.source_not_found, import.inside_store
 */
export async function previewImport(
  ctx: FindContext,
  request: ImportOrder,
): Promise<ImportPreview> {
  const { paths, reader } = ctx.store
  reader.requireInitialized()
  refuseUnknownKind(reader, request)
  if (request.pack !== undefined) refuseUnfillable(reader, request.pack)
  const found = await findSources(ctx, request, new AbortController().signal, 'refused')
  const needed = bytesNeeded(found.files, request, paths)
  const space = fs.statfsSync(blobsVolume(paths))
  const free = space.bavail * space.bsize
  const names = found.files.flatMap(candidatesOf)
  const bytes = found.files.reduce((sum, file) => sum + file.size_bytes, 0)
  return {
    mode: request.mode,
    files: { total: names.length, items: names.slice(0, LISTED) },
    skipped: group(found.skipped),
    bytes,
    bytes_needed: needed,
    bytes_if_copied: bytes - needed,
    disk_free: free,
    fits: needed < free,
    notes: notesOn(found, request),
  }
}

/** A file and its further names, as a preview lists them. */
function candidatesOf(file: NamedFile): ImportCandidate[] {
  const { copied_because, size_bytes } = file
  const listed = ({ path, name, kind, kind_from, held_back }: NamedFile | Alias) => {
    return { path, name, kind, kind_from, size_bytes, held_back }
  }
  const own = { ...listed(file), ...(copied_because === undefined ? {} : { copied_because }) }
  return [own, ...file.aliases.map((alias) => ({ ...listed(alias), alias_of: file.path }))]
}

const isLink = ({ target }: Alias) => target !== null

/** Every name of every file. */
const namesOf = (files: readonly NamedFile[]) => files.flatMap((file) => [file, ...file.aliases])

/** Why files are not taken over as they are, or what it means that they are. */
function wayNotes(files: readonly NamedFile[], request: ImportRequest): string[] {
  const copied = (reason: CopyReason) =>
    files.filter((file) => file.copied_because === reason).length
  const shared = request.hard_link
    ? files.filter((file) => canStay(file) && isHardLinked(file.source)).length
    : 0
  const linked = request.mode === 'move' ? files.filter(({ aliases }) => aliases.some(isLink)) : []
  const sentences: readonly (readonly [number, string])[] = [
    [copied('hard_linked'), 'copied since further hard-linked names could change them'],
    [copied('just_written'), 'copied since they were written to just now'],
    [linked.length, 'with symbolic links that go with them; undo makes the links again'],
    [shared, 'with further hard-linked names that share the bytes and become read-only too'],
  ]
  return sentences.flatMap(([count, words]) =>
    count === 0 ? [] : [`${count === 1 ? '1 file' : `${String(count)} files`} ${words}.`],
  )
}

/** Refuses a kind that no interface and no pack can know. @throws input.invalid */
function refuseUnknownKind(reader: StoreReader, { kind }: ImportRequest): void {
  if (kind === undefined) return
  const mapped = Object.values(reader.config().ui.kind_map).flatMap((map) => Object.keys(map))
  const known = new Set([...KNOWN_KINDS, ...mapped])
  if (known.has(kind)) return
  throw new AppError('input.invalid', `"${kind}" is not a kind of model`, {
    hint: `Known are: ${[...known].sort().join(', ')}.`,
  })
}

function notesOn(found: NamedFiles, request: ImportRequest): string[] {
  const held = found.files.filter((file) => file.held_back).length
  const unsure = found.files.filter((file) => file.kind_from === 'none').length
  return [
    ...(held > 0
      ? [
          `${held === 1 ? '1 pickle file' : `${String(held)} pickle files`} can run code when opened; no interface sees one before you approve it.`,
        ]
      : []),
    ...(unsure > 0
      ? [
          `${unsure === 1 ? '1 file lies' : `${String(unsure)} files lie`} in no folder that tells the kind.`,
        ]
      : []),
    ...wayNotes(found.files, request),
    ...(request.pack === undefined && found.files.length > 0
      ? ['No pack is named: no interface sees the files until a pack has them.']
      : []),
    ...(request.hard_link
      ? [
          'With a hard link the original and the store are one file: the original becomes read-only.',
        ]
      : []),
    ...(request.mode === 'link' && !request.hard_link
      ? ['Where the volume cannot share blocks, the bytes are copied.']
      : []),
  ]
}

/**
 * Takes files into the store and, where asked, into a pack. One failing file is told and the rest
 * goes on. After an interruption each file is where it was, or in the store and in its pack;
 * repeating the import takes what is left.
 * @throws import.inside_store, disk.full, job.cancelled
 */
export async function importFiles(
  ctx: ImportContext & FindContext,
  actor: string,
  request: ImportOrder,
  work: Work,
): Promise<ImportResult> {
  ctx.store.reader.requireInitialized()
  await ctx.store.recover(actor)
  work.report({ stage: 'looking', done: 0, total: null, unit: 'files' })
  const found = await findSources(ctx, request, work.signal, 'passed over')
  const needed = bytesNeeded(found.files, request, ctx.store.paths)
  if (needed > 0) {
    await withRoom(ctx.store, actor, () => {
      requireSpace(blobsVolume(ctx.store.paths), needed)
    })
  }
  const notes = wayNotes(found.files, request)
  const { files, displaced, skipped } = await importAll(ctx, actor, found.files, request, work)
  const count = (outcome: ImportedFile['outcome']) =>
    files.filter((file) => file.outcome === outcome).length
  return {
    imported: count('imported'),
    already_there: count('already_there'),
    failed: count('failed'),
    bytes: files.reduce(
      (sum, file) => sum + (file.outcome === 'imported' ? file.size_bytes : 0),
      0,
    ),
    files,
    skipped: [...found.skipped, ...skipped],
    pack: files.some((file) => file.exposed_as !== null) ? (request.pack ?? null) : null,
    displaced: displaced.map(({ from, to }) => ({ from, to })),
    unseen: countUnseen(files),
    notes,
  }
}

/** What became of the files that were taken. */
interface Imported extends Pick<ImportResult, 'files' | 'skipped'> {
  readonly displaced: readonly Displaced[]
}

async function importAll(
  ctx: ImportContext & FindContext,
  actor: string,
  files: readonly NamedFile[],
  request: ImportRequest,
  work: Work,
): Promise<Imported> {
  const total = files.reduce((sum, file) => sum + file.size_bytes, 0)
  const done = files.map(() => 0)
  const publisher = new Publisher(ctx, actor, request.pack, reservedPaths(namesOf(files)))
  const skipped: ImportResult['skipped'] = []
  const waiting = [...files.entries()]
  async function lane(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      checkCancelled(work.signal)
      const [index, file] = next
      const onBytes = (count: number) => {
        done[index] = count
        const bytes = done.reduce((sum, one) => sum + one, 0)
        work.report({ stage: 'importing', done: bytes, total, unit: 'bytes' })
      }
      const options = { signal: work.signal, onBytes }
      const taken = await takeSource(ctx, file, request, options).catch((error: unknown) => {
        publisher.fail(index, file, error)
      })
      if (taken !== undefined && leavesPickle(ctx, file, request, taken)) {
        await discardTaken(taken)
        skipped.push({ path: file.path, reason: 'waits_for_approval' })
        skipped.push(...aliasesLeft(file, request))
      } else if (taken !== undefined) await publisher.add({ index, file, taken })
      onBytes(file.size_bytes)
    }
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, lane)).finally(() => publisher.flush())
  } catch (error) {
    throw stoppedMidway(error, publisher.held, files.length)
  }
  const unseen = unseenRule(ctx.store.reader)
  const results = publisher.results().map((file) => withUnseen(file, unseen(file)))
  return { files: results, displaced: publisher.displaced(), skipped }
}

/** The error of an import that stopped, with how far it came: what is left may be taken later. */
function stoppedMidway(error: unknown, imported: number, total: number): unknown {
  if (!isAppError(error)) return error
  const far =
    imported === 0
      ? 'No file had been imported by then.'
      : `${String(imported)} of ${String(total)} files had been imported by then; ` +
        'repeating the import takes the rest.'
  return new AppError(error.code, error.message, {
    hint: error.hint === undefined ? far : `${error.hint} ${far}`,
    details: { ...error.details, imported, total },
    cause: error,
  })
}

/** A pickle that nobody has approved stays where it can be loaded. */
function leavesPickle(
  { store }: ImportContext,
  file: FoundFile,
  request: ImportRequest,
  taken: Taken,
): boolean {
  const moves = request.mode === 'move' && file.held_back
  return moves && !isApproved(store.reader, taken.digests.sha256)
}

/** Imports files and folders, into a pack if requested. */
import type { ImportResult, ImportedFile } from '../../../schemas/imports.ts'
import { AppError, isAppError } from '../../../schemas/errors.ts'
import { findDevices } from '../../platform/find-devices.ts'
import { checkCancelled, type ActorWork } from '../progress.ts'
import { reservedPaths, type Displaced } from '../packs/exposure.ts'
import type { NamedFile } from './aliases.ts'
import type { ScopedImportRequest } from './source-folders.ts'
import { findSources, type FindContext } from './search-mounts.ts'
import type { IdentifiedFile } from './identify.ts'
import { wayNotes } from './import-notes.ts'
import { bytesNeeded, requireRoom } from './import-room.ts'
import type { ImportRun } from './import-run.ts'
import { Publisher } from './publisher.ts'
import { ReadQueue } from './read-queue.ts'
import { aliasesLeft, isApproved } from './select-files.ts'
import { countUnseen, unseenRule, withUnseen } from './unseen.ts'
import type { ImportContext, StagedImport } from './stage-import.ts'
import { stageSource } from './stage-source.ts'
import { discardStaged } from './staged-file.ts'

/** Every name of every file. */
const namesOf = (files: readonly NamedFile[]) => files.flatMap((file) => [file, ...file.aliases])

const AT_ONCE = 2

/**
 * Imports files into the store and, if requested, into a pack. A failing file is reported and the
 * others continue. After an interruption each file is either where it was, or in the store and in
 * its pack; repeating the import takes the rest.
 * @throws import.inside_store, disk.full, job.cancelled
 */
export async function importFiles(
  ctx: ImportContext & FindContext,
  work: ActorWork,
  request: ScopedImportRequest,
): Promise<ImportResult> {
  ctx.store.reader.requireInitialized()
  await ctx.store.recover(work.actor)
  work.report({ stage: 'looking', done: 0, total: null, unit: 'files' })
  const found = await findSources(ctx, request, { signal: work.signal, gone: 'passed over' })
  const needed = bytesNeeded(found.files, request, ctx.store.paths)
  await requireRoom(ctx.store, work.actor, needed)
  const notes = wayNotes(found.files, request)
  const { files, displaced, skipped } = await importAll({ ctx, work, request }, found.files)
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

/** The outcome for the imported files. */
interface Imported extends Pick<ImportResult, 'files' | 'skipped'> {
  readonly displaced: readonly Displaced[]
}

async function importAll(run: ImportRun, files: readonly NamedFile[]): Promise<Imported> {
  const { ctx, work, request } = run
  const total = files.reduce((sum, file) => sum + file.size_bytes, 0)
  const done = files.map(() => 0)
  const publisher = new Publisher(run, reservedPaths(namesOf(files)))
  const skipped: ImportResult['skipped'] = []
  const indexes = new Map(files.map((file, index) => [file, index]))
  const queue = await ReadQueue.of(files, ctx.devicesBehind ?? findDevices(ctx.mounts))
  const stop = new AbortController()
  const signal = AbortSignal.any([work.signal, stop.signal])
  async function lane(): Promise<void> {
    for (let turn = await queue.next(); turn !== null; turn = await queue.next()) {
      checkCancelled(signal)
      const { file } = turn
      const index = indexes.get(file) ?? 0
      const onBytes = (count: number) => {
        done[index] = count
        const bytes = done.reduce((sum, one) => sum + one, 0)
        work.report({ stage: 'importing', done: bytes, total, unit: 'bytes' })
      }
      const options = { signal, onBytes }
      const staged = await stageSource(ctx, { file, request, options })
        .catch((error: unknown) => {
          publisher.fail(index, file, error)
        })
        .finally(turn.done)
      if (staged !== undefined && leavesPickle(run, file, staged)) {
        await discardStaged(staged)
        skipped.push({ path: file.path, reason: 'waits_for_approval' })
        skipped.push(...aliasesLeft(file, request))
      } else if (staged !== undefined) await publisher.add({ index, file, staged })
      onBytes(file.size_bytes)
    }
  }
  try {
    await finishAll(Array.from({ length: AT_ONCE }, lane), stop).finally(() => publisher.flush())
  } catch (error) {
    throw stoppedMidway(error, publisher.held, files.length)
  }
  const unseen = unseenRule(ctx.store.reader)
  const results = publisher.results().map((file) => withUnseen(file, unseen(file)))
  return { files: results, displaced: publisher.displaced(), skipped }
}

/**
 * Waits for all lanes, even after one has failed: what another one still publishes would be missing
 * in the count. The first failure stops the others. @throws the first failure
 */
async function finishAll(lanes: readonly Promise<void>[], stop: AbortController): Promise<void> {
  const failures: unknown[] = []
  const noted = lanes.map((lane) =>
    lane.catch((error: unknown) => {
      failures.push(error)
      stop.abort(error)
    }),
  )
  await Promise.all(noted)
  if (failures.length > 0) throw failures[0]
}

/** The error of an import that stopped, with its progress: the rest may be imported later. */
function stoppedMidway(error: unknown, imported: number, total: number): unknown {
  if (!isAppError(error)) return error
  const far =
    imported === 0
      ? 'No file was imported.'
      : `${String(imported)} of ${String(total)} files were imported; ` +
        'repeat the import for the rest.'
  return new AppError(error.code, error.message, {
    hint: error.hint === undefined ? far : `${error.hint} ${far}`,
    details: { ...error.details, imported, total },
    cause: error,
  })
}

/** Reports whether a pickle stays where it can be loaded, since it is not approved. */
function leavesPickle(
  { ctx, request }: ImportRun,
  file: IdentifiedFile,
  staged: StagedImport,
): boolean {
  const moves = request.mode === 'move' && file.blocked
  return moves && !isApproved(ctx.store.reader, staged.digests.sha256)
}

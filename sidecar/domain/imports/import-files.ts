/** Importing files and folders, into a pack where asked. */
import fs from 'node:fs'
import { isAppError } from '../../../schemas/errors.ts'
import type { PackName, PortableName } from '../../../schemas/ids.ts'
import { toPortableName } from '../../../schemas/ids.ts'
import type {
  ImportPreview,
  ImportRequest,
  ImportResult,
  ImportedFile,
} from '../../../schemas/imports.ts'
import type { DependencyInput } from '../../../schemas/pack.ts'
import { requireSpace } from '../../platform/copy-file.ts'
import type { StoreContext } from '../context.ts'
import { addToPack } from '../packs/change-packs.ts'
import { followChanges } from '../profiles/follow-changes.ts'
import { checkCancelled, type Work } from '../progress.ts'
import { findFiles, type FoundFile, type FoundFiles } from './find-files.ts'
import { deviceOf, takeFile, type ImportContext } from './take-file.ts'

const AT_ONCE = 2
const LISTED = 200

function bytesNeeded(found: FoundFiles, request: ImportRequest, device: number): number {
  return found.files.reduce((sum, file) => {
    const inPlace = request.mode === 'move' || request.hard_link
    return sum + (inPlace && file.dev === device ? 0 : file.size_bytes)
  }, 0)
}

/**
 * Says what an import would take. Nothing is read but folders and sizes.
 * @throws import.source_not_found, import.inside_store
 */
export async function previewImport(
  ctx: StoreContext,
  request: ImportRequest,
): Promise<ImportPreview> {
  const { paths, reader } = ctx.store
  reader.requireInitialized()
  const found = await findFiles(paths, request, new AbortController().signal)
  const needed = bytesNeeded(found, request, deviceOf(paths.data))
  const space = fs.statfsSync(paths.data)
  const free = space.bavail * space.bsize
  const items = found.files.slice(0, LISTED).map((file) => ({
    path: file.path,
    name: file.name,
    kind: file.kind,
    kind_from: file.kind_from,
    size_bytes: file.size_bytes,
    held_back: file.held_back,
  }))
  return {
    mode: request.mode,
    files: { total: found.files.length, items },
    skipped: { total: found.skipped.length, items: found.skipped.slice(0, LISTED) },
    bytes: found.files.reduce((sum, file) => sum + file.size_bytes, 0),
    bytes_needed: needed,
    disk_free: free,
    fits: needed < free,
    notes: notesOn(found, request),
  }
}

function notesOn(found: FoundFiles, request: ImportRequest): string[] {
  const held = found.files.filter((file) => file.held_back).length
  const unsure = found.files.filter((file) => file.kind_from === 'none').length
  return [
    ...(held > 0
      ? [
          `${String(held)} pickle files can run code when opened; no interface sees them until you approve them.`,
        ]
      : []),
    ...(unsure > 0 ? [`${String(unsure)} files lie in no folder that tells their kind.`] : []),
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

function failed(file: FoundFile, error: unknown): ImportedFile {
  const known = isAppError(error)
  return {
    path: file.path,
    outcome: 'failed',
    sha256: null,
    name: file.name,
    kind: file.kind,
    size_bytes: file.size_bytes,
    how: null,
    held_back: file.held_back,
    code: known ? error.code : 'internal',
    detail: error instanceof Error ? error.message : String(error),
  }
}

/** An error that makes going on with other files pointless. */
function endsAll(error: unknown): boolean {
  return (
    isAppError(error, 'job.cancelled') ||
    isAppError(error, 'disk.full') ||
    isAppError(error, 'disk.read_only') ||
    isAppError(error, 'store.locked')
  )
}

/**
 * Takes files into the store and, where asked, into a pack. One failing file is told and the rest
 * goes on; repeating the import after an interruption takes what is left.
 * @throws import.source_not_found, import.inside_store, disk.full, job.cancelled
 */
export async function importFiles(
  ctx: ImportContext,
  actor: string,
  request: ImportRequest,
  work: Work,
): Promise<ImportResult> {
  ctx.store.reader.requireInitialized()
  work.report({ stage: 'looking', done: 0, total: null, unit: 'files' })
  const found = await findFiles(ctx.store.paths, request, work.signal)
  const needed = bytesNeeded(found, request, deviceOf(ctx.store.paths.data))
  if (needed > 0) requireSpace(ctx.store.paths.data, needed)
  const files = await importAll(ctx, actor, found.files, request, work)
  await showTaken(ctx, actor, files, request.pack)
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
    skipped: [...found.skipped],
    pack: request.pack ?? null,
  }
}

/** Puts what was taken into its pack; views follow, also those that had been missing a model. */
async function showTaken(
  ctx: ImportContext,
  actor: string,
  files: readonly ImportedFile[],
  pack: PackName | undefined,
): Promise<void> {
  if (!files.some((file) => file.sha256 !== null)) return
  const style = await ctx.linkStyle()
  await ctx.store.transact(actor, async (tx) => {
    if (pack !== undefined) await addToPack(tx, pack, dependenciesOf(files))
    await followChanges(tx, style)
  })
}

async function importAll(
  ctx: ImportContext,
  actor: string,
  files: readonly FoundFile[],
  request: ImportRequest,
  work: Work,
): Promise<ImportedFile[]> {
  const total = files.reduce((sum, file) => sum + file.size_bytes, 0)
  const done = files.map(() => 0)
  const results: ImportedFile[] = []
  const report = () => {
    const bytes = done.reduce((sum, count) => sum + count, 0)
    work.report({ stage: 'importing', done: bytes, total, unit: 'bytes' })
  }
  const waiting = [...files.entries()]
  async function lane(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      checkCancelled(work.signal)
      const [index, file] = next
      const onBytes = (count: number) => {
        done[index] = count
        report()
      }
      try {
        results[index] = await takeFile(ctx, actor, file, request, {
          signal: work.signal,
          onBytes,
        })
      } catch (error) {
        if (endsAll(error)) throw error
        results[index] = failed(file, error)
      }
      onBytes(file.size_bytes)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return results
}

/** The files as dependencies, each with a name of its own within its kind. */
function dependenciesOf(files: readonly ImportedFile[]): DependencyInput[] {
  const names = new Set<string>()
  const digests = new Set<string>()
  return files.flatMap((file) => {
    if (file.sha256 === null || digests.has(file.sha256)) return []
    digests.add(file.sha256)
    const filename = freeName(toPortableName(file.name), (name) =>
      names.has(`${file.kind}/${name.toLowerCase()}`),
    )
    names.add(`${file.kind}/${filename.toLowerCase()}`)
    return [
      {
        kind: file.kind,
        filename: filename as PortableName,
        sha256: file.sha256 as DependencyInput['sha256'] & string,
        required: true,
      },
    ]
  })
}

function freeName(name: string, taken: (name: string) => boolean): string {
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  let free = name
  for (let count = 2; taken(free); count += 1) free = `${stem} (${String(count)})${ending}`
  return free
}

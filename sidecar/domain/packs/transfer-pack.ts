/** One document that carries a pack without the bytes of its models, and the way back. */
import { isUtf8 } from 'node:buffer'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { AppError, isAppError } from '../../../schemas/errors.ts'
import { NewPackName, RelativePath, unportableReason, type PackName } from '../../../schemas/ids.ts'
import { scanJson } from '../../../schemas/json-scan.ts'
import type { Lock, Pack, PackExport, PackRestoreResult } from '../../../schemas/pack.ts'
import type { Clock } from '../../platform/clock.ts'
import { errnoOf } from '../../platform/disk-calls.ts'
import { ensureFolder, isTemporaryName, removeName, replaceFile } from '../../platform/disk.ts'
import { writeStep, type Step } from '../../store/steps.ts'
import * as kinds from '../../store/document-kinds.ts'
import { parseDocument } from '../../store/documents.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { ReadingContext, StoreContext } from '../context.ts'
import { previewSteps } from '../profiles/preview-views.ts'
import { digestOf } from '../../store/lock-entries.ts'
import { intoGlobal, assertNameFree } from './change-packs.ts'
import { assertNoCycle } from './pack-dependencies.ts'

const LARGEST_FILE = 32 * 1024 * 1024
/** An export that a request can carry back again. */
const LARGEST_EXPORT = 64 * 1024 * 1024
const MAX_FILES = 10_000

const DOCUMENTS = ['pack.json', 'lock.json'] as const
const FOLDERS = ['resources', 'workflows'] as const
/** Most faults of a document that are told. */
const MAX_ISSUES = 50
/** Most levels of folders in a pack: the check of each file looks at all that lie above it. */
const DEEPEST = 32
/** Most values in a document of an export: those of a pack of 100,000 files. */
const MAX_VALUES = 4_000_000

type ExportFile = PackExport['files'][number]

function tooLarge(what: string): AppError {
  return new AppError('input.too_large', what, {
    hint: 'Move large previews out of the pack folder, or copy that folder itself.',
  })
}

/** Regular files below a folder of a pack, relative to the pack; links are not followed. */
function filesBelow(pack: string, folder: string): string[] {
  const path = join(pack, folder)
  if (fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return []
  return fs.readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const place = `${folder}/${entry.name}`
    if (entry.isDirectory()) return filesBelow(pack, place)
    return entry.isFile() && !isTemporaryName(entry.name) ? [place] : []
  })
}

function filesOfPack(folder: string): string[] {
  const documents = DOCUMENTS.filter((name) => fs.existsSync(join(folder, name)))
  return [...documents, ...FOLDERS.flatMap((name) => filesBelow(folder, name))].sort()
}

function exportedFile(folder: string, place: string): ExportFile {
  const path = v.safeParse(RelativePath, place)
  if (!path.success) {
    throw new AppError('input.invalid', `${place} has a name that no export can carry`)
  }
  const size = fs.statSync(join(folder, place)).size
  if (size > LARGEST_FILE) throw tooLarge(`${place} has ${size} bytes, more than ${LARGEST_FILE}`)
  const bytes = fs.readFileSync(join(folder, place))
  const encoding = isUtf8(bytes) ? 'utf8' : 'base64'
  return { path: path.output, encoding, content: bytes.toString(encoding) }
}

/**
 * Returns a pack as one document: the exact text of its documents, and its previews and workflows.
 * Also a pack that cannot be read is exported as it is.
 * @throws pack.not_found; input.too_large for a file above 32 MiB or more than 64 MiB together
 */
export function exportPack(
  ctx: Pick<StoreContext, 'store'> & { readonly clock: Clock },
  name: PackName,
): PackExport {
  const folder = ctx.store.paths.packFolder(name)
  const places = filesOfPack(folder)
  if (!DOCUMENTS.some((document) => places.includes(document))) {
    throw new AppError('pack.not_found', `There is no pack "${name}"`)
  }
  if (places.length > MAX_FILES) throw tooLarge(`The pack has ${places.length} files`)
  let total = 0
  const files = places.map((place) => {
    const file = exportedFile(folder, place)
    total += file.content.length
    if (total > LARGEST_EXPORT) throw tooLarge(`The pack has more than ${LARGEST_EXPORT} bytes`)
    return file
  })
  const exported_at = new Date(ctx.clock.now()).toISOString()
  return { schema: 'synapse.pack_export.v1', exported_at, name, files }
}

/** A file of an export, decoded. */
interface PackedFile {
  readonly path: string
  readonly bytes: Buffer
}

function invalid(what: string): AppError {
  return new AppError('export.invalid', what)
}

/** Why a path of an export is refused, or null. A leading dot is taken: `.gitkeep` is common. */
function pathReason(path: string): string | null {
  const parts = path.split('/')
  const [top = ''] = parts
  const document = parts.length === 1 && (DOCUMENTS as readonly string[]).includes(top)
  const below = parts.length > 1 && (FOLDERS as readonly string[]).includes(top)
  if (!document && !below) return 'is not a file of a pack'
  if (parts.length > DEEPEST) return `lies more than ${DEEPEST} folders deep`
  for (const part of parts) {
    const reason = unportableReason((part.startsWith('.') ? part.slice(1) : part).normalize('NFC'))
    if (reason !== null) return reason
    if (isTemporaryName(part)) return 'is the name of a temporary file'
  }
  return null
}

function decoded({ path, encoding, content }: ExportFile): PackedFile {
  const reason = pathReason(path)
  if (reason !== null) throw invalid(`${path}: ${reason}`)
  const bytes = Buffer.from(content, encoding)
  if (bytes.toString(encoding) !== content) throw invalid(`${path} is not proper ${encoding}`)
  return { path, bytes }
}

/** @throws export.invalid */
function decodedFiles(files: readonly ExportFile[]): Map<string, PackedFile> {
  const all = new Map<string, PackedFile>()
  for (const file of files) {
    if (all.has(file.path)) throw invalid(`${file.path} stands there twice`)
    all.set(file.path, decoded(file))
  }
  for (const path of all.keys()) {
    for (let above = dirname(path); above !== '.'; above = dirname(above)) {
      if (all.has(above)) throw invalid(`${above} is a file and a folder at once`)
    }
  }
  return all
}

interface Documents {
  readonly pack: Pack
  readonly lock: Lock | null
}

/** Refuses a document that would fill the memory. @throws export.invalid */
function assertBounded({ path, bytes }: PackedFile): void {
  const fault = scanJson(bytes, { values: MAX_VALUES, depth: DEEPEST })
  if (fault?.fault === 'too_many_values') throw invalid(`${path} holds too many values`)
  if (fault?.fault === 'too_deep') throw invalid(`${path} is nested too deeply`)
}

/** @throws export.invalid, store.newer_format */
function documentsOf(files: ReadonlyMap<string, PackedFile>): Documents {
  const pack = files.get('pack.json')
  const lock = files.get('lock.json')
  if (pack === undefined) throw invalid('There is no pack.json in it')
  for (const file of [pack, lock]) if (file !== undefined) assertBounded(file)
  try {
    return {
      pack: parseDocument('pack.json', pack.bytes.toString('utf8'), kinds.PACK),
      lock: lock ? parseDocument('lock.json', lock.bytes.toString('utf8'), kinds.LOCK) : null,
    }
  } catch (error) {
    if (!isAppError(error, 'store.document_broken')) throw error
    const issues = error.issues?.slice(0, MAX_ISSUES)
    throw new AppError('export.invalid', error.message, { issues, cause: error })
  }
}

/** Bytes of a file; `taken` where something else stands there, null where nothing does. */
function bytesAt(path: string): Buffer | 'taken' | null {
  try {
    return fs.readFileSync(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    if (['EISDIR', 'ENOTDIR'].includes(errnoOf(error))) return 'taken'
    throw error
  }
}

interface Comparison {
  readonly fresh: PackedFile[]
  readonly same: string[]
  readonly other: string[]
}

function compare(folder: string, files: Iterable<PackedFile>): Comparison {
  const result: Comparison = { fresh: [], same: [], other: [] }
  for (const file of files) {
    const there = bytesAt(join(folder, file.path))
    if (there === null) result.fresh.push(file)
    else if (there !== 'taken' && there.equals(file.bytes)) result.same.push(file.path)
    else result.other.push(file.path)
  }
  return result
}

/** @throws pack.name_taken naming what differs */
function assertSame(name: PackName, other: readonly string[]): void {
  if (other.length === 0) return
  const listed = other.slice(0, 10).join(', ')
  throw new AppError(
    'pack.name_taken',
    `The pack "${name}" is here with other content: ${listed}`,
    {
      hint: 'Rename or delete that pack first; nothing was changed.',
      details: { differs: other },
    },
  )
}

/** Where a file waits until the operation gives it its name; `clean` knows the form. */
async function staged(
  tx: StoreTx,
  folder: string,
  files: readonly PackedFile[],
): Promise<Extract<Step, { do: 'move' }>[]> {
  const id = tx.newId()
  await ensureFolder(tx.paths.temporary)
  const steps = files.map((file, index) => ({
    do: 'move' as const,
    from: tx.paths.place(join(tx.paths.temporary, `${id}-${index}.part`)),
    to: tx.paths.place(join(folder, file.path)),
  }))
  try {
    for (const [index, step] of steps.entries()) {
      await replaceFile(tx.paths.at(step.from), files[index]?.bytes ?? '')
    }
  } catch (error) {
    await unstage(tx, steps)
    throw error
  }
  return steps
}

async function unstage(
  tx: StoreTx,
  steps: readonly Extract<Step, { do: 'move' }>[],
): Promise<void> {
  try {
    for (const step of steps) await removeName(tx.paths.at(step.from), false)
  } catch {
    // `clean` finds what is left.
  }
}

/** What is here of the models that a pack wants, and what is not. */
function modelsOf(
  reader: StoreReader,
  { pack, lock }: Documents,
): Pick<PackRestoreResult, 'files_here' | 'missing'> {
  const resolved = (lock?.resolved ?? []).map((entry) => ({
    dependency_id: entry.dependency_id,
    sha256: digestOf(entry),
  }))
  const known = new Set(resolved.map((one) => one.dependency_id))
  const unresolved = pack.dependencies
    .filter((dependency) => !known.has(dependency.id))
    .map((dependency) => ({ dependency_id: dependency.id, sha256: null }))
  const missing = resolved.filter((one) => one.sha256 === null || !reader.hasBlob(one.sha256))
  return {
    files_here: resolved.length - missing.length,
    missing: [...missing, ...unresolved],
  }
}

/** A restore that nobody has made yet. */
interface RestorePlan {
  readonly name: PackName
  readonly isNew: boolean
  readonly fresh: readonly PackedFile[]
  readonly result: PackRestoreResult
}

/** @throws export.invalid, store.newer_format, pack.name_taken (`details.differs`), pack.cycle */
function planRestore(reader: StoreReader, data: PackExport): RestorePlan {
  const { name } = data
  const files = decodedFiles(data.files)
  const documents = documentsOf(files)
  const isNew = reader.text(reader.paths.pack(name)) === null
  if (isNew) {
    const result = v.safeParse(NewPackName, name)
    if (!result.success) throw invalid(`"${name}": ${result.issues[0].message}`)
    assertNameFree(reader, name)
    assertNoCycle(reader, documents.pack)
  }
  const { fresh, same, other } = compare(reader.paths.packFolder(name), files.values())
  assertSame(name, other)
  const result = {
    dry_run: false,
    pack: name,
    written: fresh.map((file) => file.path).sort(),
    unchanged: same.sort(),
    ...modelsOf(reader, documents),
  }
  return { name, isNew, fresh, result }
}

/**
 * Returns what {@link restorePack} would do; nothing is changed.
 * @throws store.not_initialized, export.invalid, store.newer_format, pack.name_taken, pack.cycle
 */
export async function previewRestoredPack(
  ctx: ReadingContext,
  data: PackExport,
): Promise<PackRestoreResult> {
  const { reader, paths } = ctx.store
  reader.requireInitialized()
  const { name, isNew, fresh, result } = planRestore(reader, data)
  const documents = fresh.filter(({ path }) => (DOCUMENTS as readonly string[]).includes(path))
  const steps = documents.flatMap(
    ({ path, bytes }) => writeStep(paths, join(paths.packFolder(name), path), String(bytes)) ?? [],
  )
  const global = isNew ? intoGlobal(reader, name).map(({ step }) => step) : []
  return { ...result, dry_run: true, views: await previewSteps(ctx, [...steps, ...global]) }
}

/**
 * Makes a pack from an export, exact to the byte, and appends it to the global profile; files that
 * are there already with the same bytes stay. Repeating it changes nothing. The bytes wait in
 * `data/tmp` and get their names in one operation, `pack.json` last; `clean` removes what an operation that
 * failed leaves there.
 * @throws export.invalid, store.newer_format, pack.name_taken with `details.differs`, pack.cycle
 * @throws disk.*
 */
export async function restorePack(tx: StoreTx, data: PackExport): Promise<PackRestoreResult> {
  const plan = planRestore(tx, data)
  if (plan.fresh.length > 0) await bringIn(tx, plan)
  return plan.result
}

async function bringIn(tx: StoreTx, { name, fresh, isNew }: RestorePlan): Promise<void> {
  const last = fresh.filter((file) => file.path === 'pack.json')
  const ordered = [...fresh.filter((file) => file.path !== 'pack.json'), ...last]
  const moves = await staged(tx, tx.paths.packFolder(name), ordered)
  const global = isNew ? intoGlobal(tx, name) : []
  const steps = [...moves, ...global.map(({ step }) => step)]
  await tx.perform({ op: 'pack.restore', after: { pack: name }, syncViews: true }, steps)
}

/** Restores a pack from an export. */
import fs from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { type PackName, NewPackName } from '../../../schemas/ids.ts'
import type { PackRestoreResult, PackExport } from '../../../schemas/pack-export.ts'
import { AppError } from '../../../schemas/errors.ts'
import { errnoOf } from '../../platform/disk-calls.ts'
import { digestOf } from '../../store/pack-lock-entries.ts'
import { writeStep } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { ReadingContext } from '../context.ts'
import { previewSteps } from '../profiles/preview-views.ts'
import { DOCUMENTS } from './export-pack.ts'
import { assertNoCycle } from './pack-dependencies.ts'
import { assertNameFree } from './pack-names.ts'
import {
  type PackedFile,
  type ExportedDocuments,
  decodedFiles,
  documentsOf,
  invalid,
} from './read-export.ts'
import { intoGlobal } from './profile-changes.ts'
import { stageFiles } from './stage-export.ts'

/** Bytes of a file; `taken` for anything else, null for a missing one. */
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
  throw new AppError('pack.name_taken', `The pack "${name}" exists with other content: ${listed}`, {
    hint: 'Rename or delete that pack first; nothing was changed.',
    details: { differs: other },
  })
}

/** Which of the models that a pack wants are present, and which are missing. */
function modelsOf(
  reader: StoreReader,
  { pack, lock }: ExportedDocuments,
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

/** A planned restore. */
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
  const global = isNew ? intoGlobal(reader, name) : []
  return { ...result, dry_run: true, views: await previewSteps(ctx, [...steps, ...global]) }
}

/**
 * Restores a pack from an export, exact to the byte, and appends it to the global profile; existing
 * files with the same bytes are kept. Repeating it changes nothing. The files are staged in
 * `data/tmp` and renamed in one operation, `pack.json` last; `clean` removes what a failed
 * operation leaves there.
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
  const moves = await stageFiles(tx, tx.paths.packFolder(name), ordered)
  const global = isNew ? intoGlobal(tx, name) : []
  const steps = [...moves, ...global]
  await tx.perform({ op: 'pack.restore', after: { pack: name }, syncViews: true }, steps)
}

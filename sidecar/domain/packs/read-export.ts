/** Reads an untrusted export: each path and document is checked. */
import { dirname } from 'node:path'
import { unportableReason } from '../../../schemas/ids.ts'
import { scanJson } from '../../../schemas/json-scan.ts'
import type { Pack, Lock } from '../../../schemas/pack.ts'
import { AppError, isAppError } from '../../../schemas/errors.ts'
import { isTemporaryName } from '../../platform/temporary-names.ts'
import * as kinds from '../../store/document-kinds.ts'
import { parseDocument } from '../../store/documents.ts'
import { DOCUMENTS, FOLDERS, type ExportFile } from './export-pack.ts'

/** The maximum number of reported faults of a document. */
const MAX_ISSUES = 50

/** The maximum depth of folders in a pack: the check of each file visits all folders above it. */
const DEEPEST = 32

/** The maximum number of values in a document of an export: those of a pack of 100,000 files. */
const MAX_VALUES = 4_000_000

/** A file of an export, decoded. */
export interface PackedFile {
  readonly path: string
  readonly bytes: Buffer
}

/** Returns the error for an invalid export. */
export function invalid(what: string): AppError {
  return new AppError('export.invalid', what)
}

/** Why a path of an export is refused, or null. A leading dot is allowed: `.gitkeep` is common. */
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
  if (bytes.toString(encoding) !== content) throw invalid(`${path} is not valid ${encoding}`)
  return { path, bytes }
}

/** Returns the files of an export by their paths. @throws export.invalid */
export function decodedFiles(files: readonly ExportFile[]): Map<string, PackedFile> {
  const all = new Map<string, PackedFile>()
  for (const file of files) {
    if (all.has(file.path)) throw invalid(`${file.path} appears twice`)
    all.set(file.path, decoded(file))
  }
  for (const path of all.keys()) {
    for (let above = dirname(path); above !== '.'; above = dirname(above)) {
      if (all.has(above)) throw invalid(`${above} is a file and a folder at once`)
    }
  }
  return all
}

/** The documents of an export. */
export interface ExportedDocuments {
  readonly pack: Pack
  readonly lock: Lock | null
}

/** Throws for a document that would fill the memory. @throws export.invalid */
function assertBounded({ path, bytes }: PackedFile): void {
  const fault = scanJson(bytes, { values: MAX_VALUES, depth: DEEPEST })
  if (fault?.fault === 'too_many_values') throw invalid(`${path} holds too many values`)
  if (fault?.fault === 'too_deep') throw invalid(`${path} is nested too deeply`)
}

/**
 * Returns the documents among the files of an export.
 * @throws export.invalid, store.newer_format
 */
export function documentsOf(files: ReadonlyMap<string, PackedFile>): ExportedDocuments {
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

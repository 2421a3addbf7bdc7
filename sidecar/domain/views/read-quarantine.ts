/** The content of quarantine: every folder with bytes, with or without records. */
import fs from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import { parseJson } from '../../../schemas/json.ts'
import type { QuarantineEntry } from '../../../schemas/quarantine.ts'
import { isTemporaryName } from '../../platform/temporary-names.ts'
import { listBelow } from '../../platform/list-below.ts'
import type { StoreReader } from '../../store/store-reader.ts'

const ORIGIN_FILE = 'origin.json'

/** An entry of quarantine by its id. */
export interface QuarantineId {
  readonly id: string
}

interface Origin {
  readonly from: string | null
  readonly at: string | null
}

function namesIn(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : []
}

/**
 * Reports whether an origin is a path in a view; others are not trusted, since any program can
 * write records.
 */
function isViewPath(path: unknown): path is string {
  if (typeof path !== 'string' || !path.startsWith('data/views/')) return false
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

function originOf(reader: StoreReader, id: string): Origin {
  try {
    const text = reader.text(join(reader.paths.quarantine, id, ORIGIN_FILE))
    const record = (text === null ? null : parseJson(text)) as Record<string, unknown> | null
    const at = record?.['at']
    if (isViewPath(record?.['from'])) {
      return { from: record['from'], at: typeof at === 'string' ? at : null }
    }
  } catch {
    // For a damaged record, the journal may still know the origin.
  }
  const operation = reader.journal.operations().find((one) => one.begin.id === id)
  const from = operation?.begin.before['path']
  return { from: isViewPath(from) ? from : null, at: operation?.begin.at ?? null }
}

/** Returns regular files and links below a path, absolute; the path itself if it is one. */
export function filesBelow(path: string): string[] {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return []
  if (!stat.isDirectory()) return [path]
  return listBelow(path).flatMap((entry) => (entry.kind === 'folder' ? [] : [entry.path]))
}

/** Returns the content of an entry without its records: absolute paths. */
export function contentOf(reader: StoreReader, id: string): string[] {
  const path = join(reader.paths.quarantine, id)
  if (fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path]
  return namesIn(path)
    .filter((name) => name !== ORIGIN_FILE && !isTemporaryName(name))
    .map((name) => join(path, name))
}

/** Returns the absolute path of an entry's record; null where it has none. */
export function originFileOf(reader: StoreReader, id: string): string | null {
  const path = join(reader.paths.quarantine, id, ORIGIN_FILE)
  return fs.existsSync(path) ? path : null
}

function entryAt(reader: StoreReader, id: string): QuarantineEntry | null {
  const content = contentOf(reader, id)
  const files = content.flatMap(filesBelow)
  const [only] = content
  if (only === undefined || files.length === 0) return null
  const isFolder = content.length > 1 || fs.lstatSync(only).isDirectory()
  const sizes = files.map((path) => fs.lstatSync(path, { throwIfNoEntry: false })?.size ?? 0)
  return {
    id,
    name: content.length > 1 ? id : (only.split(/[\\/]/u).at(-1) ?? id),
    kind: isFolder ? 'folder' : 'file',
    ...originOf(reader, id),
    files: files.length,
    size_bytes: sizes.reduce((sum, size) => sum + size, 0),
    path: reader.paths.relative(content.length > 1 ? join(reader.paths.quarantine, id) : only),
  }
}

/** Returns everything in quarantine that holds bytes, oldest first. */
export function quarantineEntries(reader: StoreReader): QuarantineEntry[] {
  return namesIn(reader.paths.quarantine)
    .filter((name) => !isTemporaryName(name))
    .flatMap((id) => entryAt(reader, id) ?? [])
}

/** Returns the number of entries in quarantine, and their bytes. */
export function quarantineTotals(reader: StoreReader): { entries: number; bytes: number } {
  const entries = quarantineEntries(reader)
  return {
    entries: entries.length,
    bytes: entries.reduce((sum, entry) => sum + entry.size_bytes, 0),
  }
}

/** Returns the entry of an id. @throws quarantine.not_found */
export function requireEntry(reader: StoreReader, id: string): QuarantineEntry {
  const known = namesIn(reader.paths.quarantine).includes(id)
  const entry = known ? entryAt(reader, id) : null
  if (entry !== null) return entry
  throw new AppError('quarantine.not_found', `No such entry in quarantine: ${id}`)
}

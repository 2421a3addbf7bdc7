/** Opens and checks the file of an index, and discards an unusable one. */
import fs from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { isAppError } from '../../schemas/errors.ts'
import { errnoOf, unlink } from '../platform/disk-calls.ts'
import { diskError } from '../platform/disk-error.ts'
import { IndexDatabase } from './database.ts'
import { COUNTING } from './row-counts.ts'
import { LAST_DEFINED, SCHEMA, VERSION } from './schema.ts'

const BUSY_MS = 5000
const CHECKPOINT_PAGES = 16_384
const SQLITE_HEADER_BYTES = 100

/**
 * Reports whether an error means that the file itself is unusable. If SQLite rejects one of our
 * statements, the tables are not ours.
 */
export function isDamage(error: unknown): boolean {
  const code = errnoOf(error)
  return code.startsWith('SQLITE_CORRUPT') || ['SQLITE_NOTADB', 'SQLITE_ERROR'].includes(code)
}

function connect(path: string): Database.Database {
  const sqlite = new Database(path, { timeout: BUSY_MS })
  try {
    sqlite.pragma('journal_mode = WAL')
    sqlite.pragma('synchronous = NORMAL')
    sqlite.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    // What a statement needs to be undone by is else written to a file, page by page.
    sqlite.pragma('temp_store = MEMORY')
    return sqlite
  } catch (error) {
    sqlite.close()
    throw error
  }
}

/** Makes a connection to a file of ours maintain the counts of its rows. */
function configured(sqlite: Database.Database): Database.Database {
  sqlite.exec(COUNTING)
  return sqlite
}

const versionOf = (sqlite: Database.Database) =>
  sqlite.pragma('user_version', { simple: true }) as number

function isEmpty(sqlite: Database.Database): boolean {
  return sqlite.prepare('SELECT 1 FROM sqlite_master').get() === undefined
}

/** Reports whether a file with our version number has our tables. */
function isOurs(sqlite: Database.Database): boolean {
  if (versionOf(sqlite) !== VERSION) return false
  const last = sqlite.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(LAST_DEFINED)
  return last !== undefined
}

/** Reports whether the file is an index of this version; an empty file is made one. */
function prepare(sqlite: Database.Database): boolean {
  const create = () => {
    if (isEmpty(sqlite)) sqlite.exec(SCHEMA)
    return isOurs(sqlite)
  }
  return isOurs(sqlite) || sqlite.transaction(create).immediate()
}

function tryOpen(path: string): Database.Database | null {
  let sqlite: Database.Database | null = null
  try {
    sqlite = connect(path)
    if (prepare(sqlite)) return configured(sqlite)
  } catch (error) {
    if (!isDamage(error)) throw error
  }
  sqlite?.close()
  return null
}

function removeIfThere(path: string): void {
  try {
    unlink(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

/** Removes the file of an index, which is only a copy. Connections to it must be closed. */
export function removeDatabase(path: string): void {
  for (const name of [path, `${path}-wal`, `${path}-shm`]) removeIfThere(name)
}

/**
 * Opens the index at a path; one that is damaged or of another version is replaced by an empty one.
 */
export function openDatabase(path: string): IndexDatabase {
  const first = tryOpen(path)
  if (first !== null) return new IndexDatabase(first)
  removeDatabase(path)
  const second = tryOpen(path)
  if (second === null) throw new Error(`${path} cannot be made an index`)
  return new IndexDatabase(second)
}

/** Used as the inode of an index without a file. */
export const IN_MEMORY = -1n

/** An open index, and the inode of its file. */
export interface OpenedDatabase {
  readonly db: IndexDatabase
  readonly ino: bigint
}

/** Reports whether an error means that the disk is not writable: full, read-only or denied. */
export function isUnwritable(error: unknown): boolean {
  const known = diskError(error, '')
  const codes = ['disk.full', 'disk.read_only', 'disk.denied'] as const
  return codes.some((code) => isAppError(known, code)) || errnoOf(error) === 'SQLITE_CANTOPEN'
}

/** Opens the content of an index file in memory; null where it is not of this version. */
function openBytes(bytes: Buffer): Database.Database | null {
  if (bytes.length < SQLITE_HEADER_BYTES) return null
  // In memory there is no write-ahead log: https://sqlite.org/fileformat2.html#file_format_version_numbers
  bytes.fill(1, 18, 20)
  const sqlite = new Database(bytes)
  try {
    if (isOurs(sqlite)) return configured(sqlite)
  } catch (error) {
    if (!isDamage(error)) throw error
  }
  sqlite.close()
  return null
}

/** The bytes of an index file without writes since its last checkpoint, else null. */
function settledBytes(path: string): Buffer | null {
  const logged = fs.statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (logged > 0 || !fs.existsSync(path)) return null
  return fs.readFileSync(path)
}

/**
 * An index in memory with the rows of the one at `path`, or an empty one where that has unsaved
 * writes.
 */
function openCopy(path: string): OpenedDatabase {
  const bytes = settledBytes(path)
  const copy = bytes === null ? null : openBytes(bytes)
  return { db: copy === null ? openDatabase(':memory:') : new IndexDatabase(copy), ino: IN_MEMORY }
}

/** Returns an index in memory with all rows of an open one, whose file is not writable any more. */
export function copyToMemory(db: IndexDatabase): OpenedDatabase {
  const copy = openBytes(db.bytes())
  return { db: copy === null ? openDatabase(':memory:') : new IndexDatabase(copy), ino: IN_MEMORY }
}

/**
 * Opens the index at a path. Where the disk is not writable it is a copy in memory, so that reading
 * needs no writes.
 */
export function openSomewhere(path: string): OpenedDatabase {
  try {
    fs.accessSync(dirname(path), fs.constants.W_OK)
    const db = openDatabase(path)
    const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
    return { db, ino: stat?.ino ?? 0n }
  } catch (error) {
    if (!isUnwritable(error)) throw error
    return openCopy(path)
  }
}

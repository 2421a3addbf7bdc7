/** The file of an index: opened, judged, thrown away where it is no good. */
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
 * Reports whether an error means that the file itself is no good. Our statements being what they
 * are, one that SQLite does not understand shows tables that are not ours.
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
    return sqlite
  } catch (error) {
    sqlite.close()
    throw error
  }
}

/** Makes a connection to a file of ours keep the counts of its rows. */
function configured(sqlite: Database.Database): Database.Database {
  sqlite.exec(COUNTING)
  return sqlite
}

const versionOf = (sqlite: Database.Database) =>
  sqlite.pragma('user_version', { simple: true }) as number

function isEmpty(sqlite: Database.Database): boolean {
  return sqlite.prepare('SELECT 1 FROM sqlite_master').get() === undefined
}

/** Reports whether a file of our version holds what one of ours does. */
function isOurs(sqlite: Database.Database): boolean {
  if (versionOf(sqlite) !== VERSION) return false
  const last = sqlite.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(LAST_DEFINED)
  return last !== undefined
}

/** True where the file is the index of this version, made now if it was empty. */
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

/** Opens the index at a path; one that is damaged or of another version makes way to an empty one. */
export function openDatabase(path: string): IndexDatabase {
  const first = tryOpen(path)
  if (first !== null) return new IndexDatabase(first)
  removeDatabase(path)
  const second = tryOpen(path)
  if (second === null) throw new Error(`${path} cannot be made an index`)
  return new IndexDatabase(second)
}

/** Stands for the inode of an index that has no file. */
export const IN_MEMORY = -1n

/** An index that was opened, and the inode of its file. */
export interface OpenedDatabase {
  readonly db: IndexDatabase
  readonly ino: bigint
}

/** Reports whether an error means that the disk takes no writes: it is full, read-only or denied. */
export function isUnwritable(error: unknown): boolean {
  const known = diskError(error, '')
  const codes = ['disk.full', 'disk.read_only', 'disk.denied'] as const
  return codes.some((code) => isAppError(known, code)) || errnoOf(error) === 'SQLITE_CANTOPEN'
}

/** Opens the content of an index file in memory; null where it is none of this version. */
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

/** The bytes of an index file that nobody has written to since its last checkpoint, else null. */
function settledBytes(path: string): Buffer | null {
  const logged = fs.statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (logged > 0 || !fs.existsSync(path)) return null
  return fs.readFileSync(path)
}

/** An index in memory with the rows of the one at `path`, or an empty one where that is unsettled. */
function openCopy(path: string): OpenedDatabase {
  const bytes = settledBytes(path)
  const copy = bytes === null ? null : openBytes(bytes)
  return { db: copy === null ? openDatabase(':memory:') : new IndexDatabase(copy), ino: IN_MEMORY }
}

/** Returns an index in memory with all rows of an open one, whose file takes no writes any more. */
export function copyToMemory(db: IndexDatabase): OpenedDatabase {
  const copy = openBytes(db.bytes())
  return { db: copy === null ? openDatabase(':memory:') : new IndexDatabase(copy), ino: IN_MEMORY }
}

/**
 * Opens the index at a path. Where the disk takes no writes it is a copy in memory, so that looking
 * needs none.
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

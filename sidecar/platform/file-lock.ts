/**
 * A lock between processes that frees itself when its holder is killed: an exclusive transaction on
 * an SQLite file. Opening and closing that file anywhere else in the holder's process would drop
 * it.
 */
import fs from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { AppError, isAppError } from '../../schemas/errors.ts'
import { emit, errnoOf } from './disk-calls.ts'
import { diskError } from './disk-error.ts'

const PAUSE_MS = 15

/** Releases a held lock. */
export type Release = () => void

interface LockedFile {
  /** Null after a failure: the next attempt opens the file again. */
  database: Database.Database | null
  /** The identity of the open file; null where it is unknown or there is none. */
  identity: string | null
  users: number
  /** How many handles of this process hold the lock or wait for it. */
  asking: number
  /** Resolves when all earlier handles of this process have released the lock. */
  turn: Promise<void>
}

/** One connection per file and process: closing a second one would free the lock of the first. */
const files = new Map<string, LockedFile>()

/** SQLite gives no reason; access to the folder shows it. */
function cannotOpen(path: string, cause: unknown): unknown {
  try {
    fs.accessSync(dirname(path), fs.constants.W_OK)
  } catch (error) {
    return diskError(error, path)
  }
  return new AppError('disk.denied', `${path} cannot be opened`, { cause })
}

/** The identity of the file at a path; null where there is none. */
function identityAt(path: string): string | null {
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? null : `${String(stat.dev)}.${String(stat.ino)}`
}

/** Opens the file, or creates it; the identity is null if it was replaced meanwhile. */
function openFile(path: string) {
  const before = identityAt(path)
  const database = openDatabase(path)
  const identity = identityAt(path)
  return { database, identity: before === null || before === identity ? identity : null }
}

function openDatabase(path: string): Database.Database {
  try {
    emit({ op: 'create', path, mode: 0o644 })
    return new Database(path, { timeout: 0 })
  } catch (error) {
    throw errnoOf(error) === 'SQLITE_CANTOPEN' ? cannotOpen(path, error) : diskError(error, path)
  }
}

/**
 * A lock at a path; several handles of one process queue behind each other. After a failure, and
 * after another handle was closed, it can be taken as before.
 */
export class FileLock {
  readonly #path: string
  readonly #file: LockedFile
  #open = true
  #release: Release | null = null

  /** @throws disk.denied where the file cannot be created */
  constructor(path: string) {
    this.#path = path
    const file = files.get(path) ?? {
      ...openFile(path),
      users: 0,
      asking: 0,
      turn: Promise.resolve(),
    }
    file.users += 1
    files.set(path, file)
    this.#file = file
  }

  /**
   * Reports whether the open file still has its name. If not, another process may hold a lock on
   * the file that has it now.
   */
  isInPlace(): boolean {
    if (!this.#open) return false
    return this.#file.identity !== null && this.#file.identity === identityAt(this.#path)
  }

  /**
   * Waits for the lock and takes it. If the file was removed or replaced, the one that has its name
   * now is used. Waiting for other handles of this process has no time limit.
   * @throws store.locked where another process holds it for longer than `patienceMs`
   * @throws job.cancelled where this handle is closed meanwhile
   */
  async acquire(patienceMs: number): Promise<Release> {
    const leave = await this.#takeTurn()
    try {
      await this.#begin(performance.now() + patienceMs)
    } catch (error) {
      leave()
      throw error
    }
    const release = () => {
      if (this.#release !== release) return
      this.#release = null
      this.#endTransaction()
      leave()
    }
    this.#release = release
    return release
  }

  /**
   * Takes the lock if it is free now.
   * @returns null where another process, or another handle of this one, holds it
   * @throws disk.*
   */
  async tryAcquire(): Promise<Release | null> {
    if (this.#file.asking > 0) return null
    try {
      return await this.acquire(0)
    } catch (error) {
      if (isAppError(error, 'store.locked')) return null
      throw error
    }
  }

  /** Waits for earlier handles of this process. @returns a function that admits the next one */
  async #takeTurn(): Promise<() => void> {
    const file = this.#file
    const before = file.turn
    const { promise, resolve } = Promise.withResolvers<undefined>()
    file.turn = promise
    file.asking += 1
    await before
    return () => {
      file.asking -= 1
      resolve(undefined)
    }
  }

  /** Frees the lock, whatever happened to the file. Never fails. */
  #endTransaction(): void {
    const { database } = this.#file
    try {
      if (database?.inTransaction === true) database.exec('ROLLBACK')
    } catch {
      this.#closeFile()
    }
  }

  #closeFile(): void {
    const { database } = this.#file
    Object.assign(this.#file, { database: null, identity: null })
    database?.close()
  }

  /** The connection to the file that has the name now. */
  #database(): Database.Database {
    const { database } = this.#file
    if (database !== null && this.isInPlace()) return database
    this.#closeFile()
    const opened = openFile(this.#path)
    Object.assign(this.#file, opened)
    return opened.database
  }

  async #begin(until: number): Promise<void> {
    while (!this.#hasBegun(until)) await sleep(PAUSE_MS)
  }

  /** Tries once; false if another attempt may succeed. */
  #hasBegun(until: number): boolean {
    if (!this.#open) throw new AppError('job.cancelled', `${this.#path} was closed meanwhile`)
    const database = this.#database()
    try {
      // Locking an empty database starts its first page: a journal file would need space.
      database.pragma('journal_mode = MEMORY')
      database.exec('BEGIN EXCLUSIVE')
      if (this.isInPlace()) return true
    } catch (error) {
      this.#endTransaction()
      this.#requireHope(error, until)
      return false
    }
    this.#endTransaction()
    return false
  }

  /** Throws errors that another attempt would not resolve. */
  #requireHope(error: unknown, until: number): void {
    // A replaced file is opened again; one that cannot be created is missing.
    const isReplaced = !this.isInPlace() && fs.existsSync(this.#path)
    const isBusy = errnoOf(error).startsWith('SQLITE_BUSY')
    if (!isBusy && !isReplaced) throw diskError(error, this.#path)
    if (!isBusy || performance.now() < until) return
    throw new AppError('store.locked', 'Another process is using the store', {
      hint: 'Wait until it is done, or stop it; the store is free once the process has ended.',
      cause: error,
    })
  }

  /** Frees the lock where this handle holds it; the last handle of this process closes the file. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#release?.()
    this.#file.users -= 1
    if (this.#file.users > 0) return
    files.delete(this.#path)
    this.#closeFile()
  }
}

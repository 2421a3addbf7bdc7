/**
 * Which process a partial file belongs to: each process that writes to a store holds a lock on
 * `tmp/<process>.lock`. A free lock shows that its process is gone and its partial files are
 * abandoned.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { isAppError } from '../../schemas/errors.ts'
import { unlink } from '../platform/disk-calls.ts'
import { removeName } from '../platform/disk.ts'
import { ensureFolder } from '../platform/folders.ts'
import { FileLock, type Release } from '../platform/file-lock.ts'
import { ownProcess } from '../platform/temporary-names.ts'
import type { StorePaths } from './store-paths.ts'

const LOCK = /^(?<owner>[0-9a-f]{6})\.lock$/u

function lockPath(paths: StorePaths, owner: string): string {
  return join(fs.realpathSync(paths.temporary), `${owner}.lock`)
}

interface Held {
  readonly lock: FileLock
  release: Release | null
  /** How many stores over the same root hold the lock or wait for it. */
  users: number
  /** Requests are served one after the other: a second lock would wait for ever. */
  turn: Promise<unknown>
}

/** The locks of this process by their paths, each kept while it is used. */
const held = new Map<string, Held>()

function heldAt(path: string): Held {
  const known = held.get(path)
  if (known !== undefined) return known
  const own = { lock: new FileLock(path), release: null, users: 0, turn: Promise.resolve() }
  held.set(path, own)
  return own
}

const isHeld = ({ lock, release }: Held) => release !== null && lock.isInPlace()

/** Takes the lock again if the locked file was replaced by another one. */
async function take(own: Held): Promise<void> {
  if (isHeld(own)) return
  own.release?.()
  own.release = null
  own.release = await own.lock.acquire(0)
}

/** The claim of this process on its partial files, until it is closed. */
export interface OwnedPartials extends Disposable {
  /** Reports whether the claim still holds: another program may have removed its lock file. */
  isHeld(): boolean
}

/**
 * Claims the partial files of this process as long as it lives, or until the claim is closed.
 * @throws disk.*
 */
export async function ownPartials(paths: StorePaths): Promise<OwnedPartials> {
  await ensureFolder(paths.temporary)
  const path = lockPath(paths, ownProcess)
  const own = heldAt(path)
  own.users += 1
  const owned = { isHeld: () => isHeld(own), [Symbol.dispose]: once(() => leave(path, own)) }
  const taken = own.turn.then(() => take(own))
  own.turn = taken.catch(() => undefined)
  try {
    await taken
    return owned
  } catch (error) {
    owned[Symbol.dispose]()
    throw error
  }
}

function leave(path: string, own: Held): void {
  own.users -= 1
  if (own.users > 0) return
  held.delete(path)
  const isOurs = isHeld(own)
  own.lock.close()
  if (isOurs) forget(path)
}

function once(work: () => void): () => void {
  let done = false
  return () => {
    if (!done) work()
    done = true
  }
}

/** A lock file that is left is removed by the process that finds this one gone. */
function forget(path: string): void {
  try {
    unlink(path)
  } catch {
    // The disk may be offline.
  }
}

/** Reports whether the process is alive; null where that is unknown: it held no lock here. */
async function isAlive(paths: StorePaths, owner: string): Promise<boolean | null> {
  if (owner === ownProcess) return true
  if (!fs.existsSync(paths.temporary)) return null
  const path = lockPath(paths, owner)
  if (!fs.existsSync(path)) return null
  const lock = new FileLock(path)
  try {
    const release = await lock.tryAcquire()
    release?.()
    return release === null
  } catch (error) {
    if (!isAppError(error)) throw error
    return null
  } finally {
    lock.close()
  }
}

/** Checks processes, each once. */
export class PartialOwners {
  readonly #paths: StorePaths
  readonly #asked = new Map<string, Promise<boolean | null>>()

  constructor(paths: StorePaths) {
    this.#paths = paths
  }

  /** True: it is alive; false: it is gone; null: not known. @throws disk.* */
  isAlive(owner: string): Promise<boolean | null> {
    const asked = this.#asked.get(owner) ?? isAlive(this.#paths, owner)
    this.#asked.set(owner, asked)
    return asked
  }

  /** Removes the lock files of processes that are gone. @throws disk.* */
  async forgetGone(): Promise<void> {
    const { temporary } = this.#paths
    if (!fs.existsSync(temporary)) return
    for (const name of fs.readdirSync(temporary)) {
      const owner = LOCK.exec(name)?.groups?.['owner']
      if (owner === undefined || (await this.isAlive(owner)) !== false) continue
      await removeName(join(temporary, name), false)
    }
  }
}

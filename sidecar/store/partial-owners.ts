/**
 * Who a partial file belongs to: each process that writes to a store holds a lock on
 * `tmp/<process>.lock`. One that is free tells that its process is gone, and its partials with it.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { isAppError } from '../../schemas/errors.ts'
import { unlink } from '../platform/disk-calls.ts'
import { ensureFolder, removeName } from '../platform/disk.ts'
import { FileLock } from '../platform/file-lock.ts'
import { ownProcess } from '../platform/temporary-names.ts'
import type { StorePaths } from './store-paths.ts'

const LOCK = /^(?<owner>[0-9a-f]{6})\.lock$/u

function lockPath(paths: StorePaths, owner: string): string {
  return join(fs.realpathSync(paths.temporary), `${owner}.lock`)
}

interface Held {
  /** Those who ask while it is being taken wait for the same one: a second would wait for ever. */
  readonly lock: Promise<FileLock>
  /** How many stores over the same root hold it. */
  users: number
}

const held = new Map<string, Held>()

async function takeLock(path: string): Promise<FileLock> {
  const lock = new FileLock(path)
  try {
    await lock.acquire(0)
  } catch (error) {
    lock.close()
    throw error
  }
  return lock
}

/**
 * Says for as long as this process lives, or until it is closed, that its partials are its own.
 * @throws disk.*
 */
export async function ownPartials(paths: StorePaths): Promise<Disposable> {
  await ensureFolder(paths.temporary)
  const path = lockPath(paths, ownProcess)
  const own = held.get(path) ?? { lock: takeLock(path), users: 0 }
  own.users += 1
  held.set(path, own)
  const lock = await own.lock.catch((error: unknown) => {
    if (held.get(path) === own) held.delete(path)
    throw error
  })
  return {
    [Symbol.dispose]() {
      own.users -= 1
      if (own.users > 0) return
      held.delete(path)
      lock.close()
      forget(path)
    },
  }
}

/** What is left is removed by whoever finds that this process is gone. */
function forget(path: string): void {
  try {
    unlink(path)
  } catch {
    // The disk may be away.
  }
}

/** Says whether the process is alive; null where nothing tells: it held no lock here. */
async function isAlive(paths: StorePaths, owner: string): Promise<boolean | null> {
  if (owner === ownProcess) return true
  if (!fs.existsSync(paths.temporary)) return null
  const path = lockPath(paths, owner)
  if (!fs.existsSync(path)) return null
  const lock = new FileLock(path)
  try {
    const release = await lock.acquire(0)
    release()
    return false
  } catch (error) {
    if (!isAppError(error)) throw error
    return error.code === 'store.locked' ? true : null
  } finally {
    lock.close()
  }
}

/** Asks about processes, each once. */
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

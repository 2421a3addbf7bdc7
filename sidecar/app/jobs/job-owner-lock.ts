/**
 * Ownership of jobs: each process that runs jobs holds a lock beside their records while it lives.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { removeName } from '../../platform/disk.ts'
import { FileLock, type Release } from '../../platform/file-lock.ts'

const lockPath = (folder: string, owner: string) => join(folder, `${owner}.lock`)

/** This process as an owner of jobs. */
export class JobOwnerLock {
  readonly id: string
  readonly #folder: string
  #held: Promise<Held> | null = null

  constructor(folder: string, id: string) {
    this.#folder = folder
    this.id = id
  }

  /** Takes the lock that shows that this process lives; the folder must exist. @throws disk.* */
  async claim(): Promise<void> {
    this.#held ??= hold(lockPath(this.#folder, this.id))
    try {
      await this.#held
    } catch (error) {
      this.#held = null
      throw error
    }
  }

  /** Releases the lock, and removes its file. @throws disk.* */
  async leave(): Promise<void> {
    if (this.#held === null) return
    const { lock, release } = await this.#held
    this.#held = null
    release()
    lock.close()
    await removeName(lockPath(this.#folder, this.id), false)
  }
}

interface Held {
  readonly lock: FileLock
  readonly release: Release
}

async function hold(path: string): Promise<Held> {
  const lock = new FileLock(path)
  try {
    return { lock, release: await lock.acquire(0) }
  } catch (error) {
    lock.close()
    throw error
  }
}

/**
 * Reports whether the process with this id (possibly this one) still runs. The lock file of a dead
 * one is removed.
 * @throws disk.*
 */
export async function ownerLives(folder: string, id: string): Promise<boolean> {
  const path = lockPath(folder, id)
  if (!fs.existsSync(path)) return false
  const lock = new FileLock(path)
  try {
    const release = await lock.tryAcquire()
    if (release === null) return true
    release()
  } finally {
    lock.close()
  }
  await removeName(path, false)
  return false
}

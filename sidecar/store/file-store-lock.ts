/** The store lock as lock files: the holder is a process of this machine. */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { FileLock, type Release } from '../platform/file-lock.ts'
import type { StoreLock } from './store-lock.ts'
import type { StorePaths } from './store-paths.ts'

/** The lock as two files of the store, `data/store.lock` and `data/ledger/store.lock`. */
export class FileStoreLock implements StoreLock {
  readonly #paths: StorePaths
  #files: readonly FileLock[] = []

  constructor(paths: StorePaths) {
    this.#paths = paths
  }

  /**
   * Takes both, always in this order: if a program removes one of the files, the other still
   * excludes a second process. Their folders must exist.
   */
  async acquire(patienceMs: number): Promise<Release> {
    const until = performance.now() + patienceMs
    const held: Release[] = []
    const release = () => {
      for (const one of held.splice(0).reverse()) one()
    }
    try {
      for (const file of this.#open()) held.push(await file.acquire(until - performance.now()))
      return release
    } catch (error) {
      release()
      throw error
    }
  }

  isInPlace(): boolean {
    return this.#files.some((file) => file.isInPlace())
  }

  close(): void {
    for (const file of this.#files) file.close()
    this.#files = []
  }

  #open(): readonly FileLock[] {
    if (this.#files.length > 0) return this.#files
    const { lock, secondLock } = this.#paths
    this.#files = [lock, secondLock].map(
      (path) => new FileLock(join(fs.realpathSync(dirname(path)), basename(path))),
    )
    return this.#files
  }
}

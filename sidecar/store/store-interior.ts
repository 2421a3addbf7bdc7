/** Whether a path leads into a store, by the identity of its folders, not by their spelling. */
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { storeAbove } from './store-identity.ts'
import type { StorePaths } from './store-paths.ts'

function keyOf(folder: string): string | null {
  const stat = fs.statSync(folder, { bigint: true, throwIfNoEntry: false })
  return stat === undefined || stat.ino === 0n ? null : `${String(stat.dev)}:${String(stat.ino)}`
}

/**
 * The folders of one store, by device and inode: a bind mount, a linked `data/blobs` and another
 * spelling lead to the same ones. Caches folders; create one for each search.
 */
export class StoreInterior {
  readonly #keys: ReadonlySet<string>
  readonly #known = new Map<string, boolean>()

  constructor(paths: StorePaths) {
    const { root, state, data, blobs, views, trash, quarantine, blobsTrash, blobsTemporary } = paths
    const blobsPart = join(data, 'blobs')
    const folders = [root, state, data, blobsPart, blobs, views, trash, quarantine]
    const keys = [...folders, blobsTrash, blobsTemporary].map(keyOf)
    this.#keys = new Set(keys.filter((key) => key !== null))
  }

  /** Reports whether a folder, which need not exist, is in the store. */
  contains(folder: string): boolean {
    const known = this.#known.get(folder)
    if (known !== undefined) return known
    const key = keyOf(folder)
    const above = dirname(folder)
    const held = (key !== null && this.#keys.has(key)) || (above !== folder && this.contains(above))
    this.#known.set(folder, held)
    return held
  }
}

/**
 * Reports whether an absolute real path is in any Synapse store: this one seen through another
 * mount, a copy or another one. Files are read from there, but never moved out.
 */
export function isInAnyStore(real: string): boolean {
  return storeAbove(real) !== null
}

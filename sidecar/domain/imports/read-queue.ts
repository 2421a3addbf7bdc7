/** The order in which files are read: two at once, but never two from one spinning disk. */
import { dirname } from 'node:path'
import type { FindDevices } from '../../platform/find-devices.ts'

/** Files that are waiting for the same disks, in order. */
interface Line<T> {
  readonly disks: readonly string[]
  readonly files: { readonly at: number; readonly file: T }[]
  /** How many of them were returned. */
  taken: number
}

/** A file that may be read now. */
export interface ReadTurn<T> {
  readonly file: T
  /** Must be called once it was read. */
  readonly done: () => void
}

/** Returns files to read; those on a spinning disk one after the other. */
export class ReadQueue<T extends { readonly source: string }> {
  readonly #lines = new Map<string, Line<T>>()
  readonly #busy = new Set<string>()
  #freed = Promise.withResolvers<null>()

  /** Groups files by their disks. */
  static async of<T extends { readonly source: string }>(
    files: readonly T[],
    devicesBehind: FindDevices,
  ): Promise<ReadQueue<T>> {
    const queue = new ReadQueue<T>()
    const known = new Map<string, readonly string[]>()
    for (const [at, file] of files.entries()) {
      const folder = dirname(file.source)
      const disks = known.get(folder) ?? (await spinningBehind(folder, devicesBehind))
      known.set(folder, disks)
      queue.#add(disks, { at, file })
    }
    return queue
  }

  #add(disks: readonly string[], entry: Line<T>['files'][number]): void {
    const key = disks.join('\n')
    const line = this.#lines.get(key)
    if (line === undefined) this.#lines.set(key, { disks, files: [entry], taken: 0 })
    else line.files.push(entry)
  }

  /** Waits until a file may be read; null where none is left. */
  async next(): Promise<ReadTurn<T> | null> {
    for (;;) {
      const [key, line] = this.#firstFree() ?? []
      const entry = line?.files[line.taken]
      if (key !== undefined && line !== undefined && entry !== undefined) {
        line.taken += 1
        if (line.taken === line.files.length) this.#lines.delete(key)
        return { file: entry.file, done: this.#take(line.disks) }
      }
      if (this.#lines.size === 0) return null
      await this.#freed.promise
    }
  }

  /** Of the lines with idle disks, the one with the first file. */
  #firstFree(): [string, Line<T>] | undefined {
    const first = ({ files, taken }: Line<T>) => files[taken]?.at ?? 0
    return [...this.#lines]
      .filter(([, { disks }]) => !disks.some((disk) => this.#busy.has(disk)))
      .sort(([, one], [, other]) => first(one) - first(other))[0]
  }

  #take(disks: readonly string[]): () => void {
    for (const disk of disks) this.#busy.add(disk)
    return () => {
      for (const disk of disks) this.#busy.delete(disk)
      this.#freed.resolve(null)
      this.#freed = Promise.withResolvers()
    }
  }
}

async function spinningBehind(folder: string, devicesBehind: FindDevices): Promise<string[]> {
  const devices = await devicesBehind(folder)
  return devices.filter(({ kind }) => kind === 'spinning').map(({ id }) => id)
}

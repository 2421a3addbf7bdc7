/** Hashing files wherever they lie, so that no thread of this process hangs in a folder of others. */
import { dirname } from 'node:path'
import type { Digests, HashOptions, HashPool } from '../../platform/hash-pool.ts'
import type { PlaceProcesses } from '../../platform/place-processes.ts'

/**
 * Returns a pool that has files which are not the store's hashed by the child process of their
 * place. Its `copy` reads where it is called: an import has whole copies made there.
 */
export function placedHashPool(pool: HashPool, places: PlaceProcesses): HashPool {
  async function hash(path: string, options: HashOptions = {}): Promise<Digests> {
    const place = await places.placeOf(dirname(path))
    if (place === null) return pool.hash(path, options)
    const { signal, onBytes, ...input } = options
    const onProgress = (done: unknown) => {
      if (typeof done === 'number') onBytes?.(done)
    }
    const task = { name: 'hash', input: { path, input } }
    return (await places.ask(place, task, { signal, onProgress })) as Digests
  }
  return {
    hash,
    copy: (path, target, options) => pool.copy(path, target, options),
    [Symbol.asyncDispose]: async () => pool[Symbol.asyncDispose](),
  }
}

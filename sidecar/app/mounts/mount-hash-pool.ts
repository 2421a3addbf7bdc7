/** Hashes files wherever they are, so that no thread of this process hangs in an outside folder. */
import { dirname } from 'node:path'
import type { Digests, HashOptions, HashPool } from '../../platform/hash-pool.ts'
import type { MountProcesses } from '../../platform/mount-processes.ts'

/**
 * Returns a pool that hashes files outside the store in the child process of their mount. Its
 * `copy` reads in this process: an import makes whole copies in the child.
 */
export function mountHashPool(pool: HashPool, mounts: MountProcesses): HashPool {
  async function hash(path: string, options: HashOptions = {}): Promise<Digests> {
    const mount = await mounts.mountOf(dirname(path))
    if (mount === null) return pool.hash(path, options)
    const { signal, onBytes, ...input } = options
    const onProgress = (done: unknown) => {
      if (typeof done === 'number') onBytes?.(done)
    }
    const task = { name: 'hash', input: { path, input } }
    return (await mounts.ask(mount, task, { signal, onProgress })) as Digests
  }
  return {
    hash,
    copy: (path, target, options) => pool.copy(path, target, options),
    [Symbol.asyncDispose]: async () => pool[Symbol.asyncDispose](),
  }
}

/** A folder of files as a read-only location. */
import type { EntryOf } from '../../../schemas/locations.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import type { MountProcesses } from '../../platform/mount-processes.ts'
import {
  callFolder,
  type FolderAnswer,
  type FolderCall,
  type FolderCallContext,
  type FolderInput,
} from './folder-calls.ts'
import type { ListedFile, Location } from './location.ts'
import { pagesOf } from './pages.ts'

/** The dependencies of reading a folder. */
export interface FolderLocationContext {
  readonly pool: HashPool
  readonly mounts: Pick<MountProcesses, 'mountOf' | 'ask'>
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined
  readonly progress?: FolderCallContext['progress']
}

/**
 * Opens a folder; each call is made in the child process of its mount, or in this one for a mount
 * of the store.
 */
export function folderLocation(
  { pool, mounts }: FolderLocationContext,
  { id, path: root }: EntryOf<'folder'>,
): Location {
  async function call<N extends FolderCall>(
    name: N,
    input: FolderInput<N>,
    { signal = new AbortController().signal, progress = () => undefined }: CallOptions = {},
  ): Promise<FolderAnswer<N>> {
    const mount = await mounts.mountOf(root)
    if (mount === null) return callFolder(name, input, { pool, signal, progress })
    const task = { name: 'folder', input: { name, input } }
    const options = { signal, onProgress: progress }
    return (await mounts.ask(mount, task, options)) as FolderAnswer<N>
  }

  const forward = (onBytes: ((done: number) => void) | undefined) => (done: unknown) => {
    if (typeof done === 'number') onBytes?.(done)
  }

  return {
    id,
    kind: 'folder',
    isOnline: () => call('is_there', { root }).catch(() => false),
    space: () => call('space', { root }),
    list: (signal) =>
      pagesOf<ListedFile>(async (onPage) => {
        const progress = (page: unknown) => {
          onPage(page as readonly ListedFile[])
        }
        await call('list', { root }, { signal, progress })
      }),
    stat: (key) => call('stat', { root, key }),
    head: async (key, bytes) => Uint8Array.from(await call('head', { root, key, bytes })),
    hash: (key, { signal, onBytes, ...options } = {}) =>
      call('hash', { root, key, options }, { signal, progress: forward(onBytes) }),
    fetch: (key, to, { signal, onBytes, ...options } = {}) =>
      call('fetch', { root, key, to, options }, { signal, progress: forward(onBytes) }),
  }
}

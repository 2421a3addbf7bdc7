/** The child process that finds, reads and copies files of one place: see `platform/place-host.ts`. */
import { systemClock } from '../../platform/clock.ts'
import { openHashPool, type HashOptions } from '../../platform/hash-pool.ts'
import { hostTasks, type HostedTask } from '../../platform/place-host.ts'
import { Store } from '../../store/store.ts'
import { namedFiles, type FoundFile, type ImportOrder } from './find-files.ts'
import { searchPlace, type PlaceSearch } from './find-sources.ts'
import { takeFile } from './take-file.ts'

const pool = openHashPool()
const stores = new Map<string, Store>()

/** The store at a root; it is read here, and changed by nothing but copies that wait. */
function storeAt(root: string): Store {
  const known = stores.get(root)
  if (known !== undefined) return known
  const store = new Store({ root, clock: systemClock, finish: {}, follow: async () => undefined })
  stores.set(root, store)
  return store
}

hostTasks({
  find: (
    { root, search }: { readonly root: string; readonly search: PlaceSearch },
    { signal }: HostedTask,
  ) => searchPlace(storeAt(root).reader, search, signal),
  named: async ({ root, request }: { readonly root: string; readonly request: ImportOrder }) =>
    namedFiles(storeAt(root).paths, request),
  hash: (
    { path, input }: { readonly path: string; readonly input: HashOptions },
    { signal, progress }: HostedTask,
  ) => pool.hash(path, { ...input, signal, onBytes: progress }),
  take: (
    input: { readonly root: string; readonly file: FoundFile; readonly request: ImportOrder },
    { signal, progress }: HostedTask,
  ) => {
    const linkStyle = () => Promise.reject(new Error('No links are made here'))
    const context = { store: storeAt(input.root), pool, linkStyle, publish: () => undefined }
    return takeFile(context, input.file, input.request, { signal, onBytes: progress })
  },
})

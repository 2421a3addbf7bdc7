/** The child process that finds, reads and copies files of one mount: see `platform/mount-worker.ts`. */
import type { ComfyInstall } from '../../../schemas/store.ts'
import { systemClock } from '../../platform/clock.ts'
import { openHashPool, type HashOptions } from '../../platform/hash-pool.ts'
import { runTasks, type WorkerTask } from '../../platform/mount-worker.ts'
import { callHere, type OutsideCall, type OutsideInput } from '../../store/outside-files.ts'
import { StoreInterior } from '../../store/store-interior.ts'
import { Store } from '../../store/store.ts'
import { namedFiles } from '../../domain/imports/find-files.ts'
import type { ScopedImportRequest } from '../../domain/imports/source-folders.ts'
import type { IdentifiedFile } from '../../domain/imports/identify.ts'
import { searchMount, type MountSearch } from '../../domain/imports/search-mounts.ts'
import {
  callFolder,
  type FolderCall,
  type FolderInput,
} from '../../domain/locations/folder-calls.ts'
import { installExtension, uninstallExtension } from '../../domain/comfyui/install-extension.ts'
import { checkRest } from '../../domain/models/at-rest.ts'
import { stageImport } from '../../domain/imports/stage-import.ts'

const pool = openHashPool()
const stores = new Map<string, Store>()

/** The store at a root; this process only reads it, except for writing staged copies. */
function storeAt(root: string): Store {
  const known = stores.get(root)
  if (known !== undefined) return known
  const store = new Store({
    root,
    clock: systemClock,
    finish: {},
    syncViews: async () => undefined,
  })
  stores.set(root, store)
  return store
}

interface StageOrder {
  readonly root: string
  readonly file: IdentifiedFile
  readonly request: ScopedImportRequest
  readonly temporary: string
}

interface ExtensionOrder {
  readonly request: ComfyInstall
  readonly extensionFolder: string
}

interface OutsideOrder<N extends OutsideCall> {
  readonly root: string
  readonly name: N
  readonly input: OutsideInput<N>
}

runTasks({
  find: (
    { root, search }: { readonly root: string; readonly search: MountSearch },
    { signal }: WorkerTask,
  ) => searchMount(storeAt(root).reader, search, signal),
  install_extension: ({ request, extensionFolder }: ExtensionOrder) =>
    installExtension(request, { extensionFolder }),
  uninstall_extension: ({ request, extensionFolder }: ExtensionOrder) =>
    uninstallExtension(request, { extensionFolder }),
  outside: <N extends OutsideCall>({ root, name, input }: OutsideOrder<N>) =>
    callHere(storeAt(root).paths, name, input),
  folder: <N extends FolderCall>(
    { name, input }: { readonly name: N; readonly input: FolderInput<N> },
    { signal, progress }: WorkerTask,
  ) => callFolder(name, input, { pool, signal, progress }),
  named: async ({
    root,
    request,
  }: {
    readonly root: string
    readonly request: ScopedImportRequest
  }) => namedFiles(new StoreInterior(storeAt(root).paths), request),
  unrest: async ({ path }: { readonly path: string }) => (await checkRest()).unrest(path),
  hash: (
    { path, input }: { readonly path: string; readonly input: HashOptions },
    { signal, progress }: WorkerTask,
  ) => pool.hash(path, { ...input, signal, onBytes: progress }),
  stage: (input: StageOrder, { signal, progress }: WorkerTask) => {
    const context = { store: storeAt(input.root), pool, publish: () => undefined }
    const { file, request, temporary } = input
    const options = { signal, onBytes: progress, temporary }
    return stageImport(context, { file, request, options })
  },
})

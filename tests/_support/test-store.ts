/** A real store in a temporary folder, with what use cases are given. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { PackName, Sha256 } from '../../schemas/ids.ts'
import type { AppEvent } from '../../schemas/jobs.ts'
import { documentText } from '../../schemas/json.ts'
import { diskKind } from '../../schemas/kinds.ts'
import { createPack } from '../../sidecar/domain/packs/create-pack.ts'
import { syncActiveViews } from '../../sidecar/domain/profiles/sync-views.ts'
import { RECOVERY } from '../../sidecar/domain/journal/operations/operations.ts'
import { initStore } from '../../sidecar/domain/maintenance/init-store.ts'
import type { StoreContext } from '../../sidecar/domain/context.ts'
import type { LinkStyle } from '../../sidecar/store/link-styles.ts'
import type { Clock } from '../../sidecar/platform/clock.ts'
import { describeVolume } from '../../sidecar/platform/probe-volume.ts'
import { Store } from '../../sidecar/store/store.ts'

/** Links as on a usual Linux volume. */
export const SYMLINKS: LinkStyle = {
  file: 'symlink',
  folder: 'dir',
  foldCase: false,
  mtimeStep: 1,
}

/** A store under test. */
export interface TestStore {
  readonly store: Store
  readonly ctx: StoreContext & { readonly clock: Clock }
  readonly style: LinkStyle
  /** What was published so far. */
  readonly events: AppEvent[]
  /** Makes a blob with its manifest, as if it had been imported. */
  putBlob(bytes: string, name: string, kind?: string): Sha256
  /** Makes a pack of blobs, in `global`; views follow. */
  putPack(name: string, blobs: readonly Sha256[]): Promise<PackName>
  /** Writes a file of the store, its folders made. */
  put(place: string, text: string | Uint8Array): void
}

/** Makes a store that is gone after the test. */
export async function createTestStore(
  t: TestContext,
  style: LinkStyle = SYMLINKS,
): Promise<TestStore> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'synapse-store-')))
  const clock: Clock = { now: () => Date.now() }
  const store = new Store({
    root: join(folder, 'store'),
    clock,
    ...RECOVERY,
    linkStyles: { of: () => style, usual: () => style, facts: () => describeVolume(folder) },
  })
  t.after(() => {
    store[Symbol.dispose]()
    rmSync(folder, { recursive: true, force: true })
  })
  const events: AppEvent[] = []
  const ctx = {
    store,
    clock,
    publish: (event: AppEvent) => void events.push(event),
  }
  await initStore(ctx, 'test')

  function put(place: string, text: string | Uint8Array): void {
    const path = store.paths.at(place)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }

  return {
    store,
    ctx,
    style,
    events,
    put,
    putBlob(bytes, name, kind = 'lora') {
      const sha256 = createHash('sha256').update(bytes).digest('hex') as Sha256
      const meta = {
        version: 1,
        created_at: new Date(0).toISOString(),
        original_filename: name,
        ...diskKind(kind),
      }
      put(store.paths.relative(store.paths.blob(sha256)), bytes)
      put(store.paths.relative(store.paths.meta(sha256)), documentText(meta))
      return sha256
    },
    async putPack(name, blobs) {
      const pack = name as PackName
      await store.transact('test', async (tx) => {
        const dependencies = blobs.map((sha256) => ({ sha256, required: true }))
        await createPack(tx, { name: pack, dependencies, pack_dependencies: [], global: true })
        await syncActiveViews(tx)
      })
      return pack
    },
  }
}

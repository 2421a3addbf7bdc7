/** Stores with packs, and changes of packs, for tests of packs. */
import type { TestContext } from 'node:test'
import * as v from 'valibot'
import type { PackName } from '../../schemas/ids.ts'
import { PackEdit } from '../../schemas/pack.ts'
import type { PackExport } from '../../schemas/pack-export.ts'
import { editPack } from '../../sidecar/domain/packs/edit-pack.ts'
import { exportPack } from '../../sidecar/domain/packs/export-pack.ts'
import { createTestStore, type TestStore } from './test-store.ts'

/** A store with the packs Base and Top, of one model each. */
export async function twoPacks(t: TestContext): Promise<TestStore> {
  const test = await createTestStore(t)
  await test.putPack('Base', [test.putBlob('1', 'a.safetensors')])
  await test.putPack('Top', [test.putBlob('2', 'b.safetensors')])
  return test
}

/** Edits a pack as a request does. */
export function edit({ store }: TestStore, name: string, body: object): Promise<PackName> {
  const parsed = { ...v.parse(PackEdit, body), name: name as PackName }
  return store.transact('test', (tx) => editPack(tx, parsed))
}

const PICTURE = Uint8Array.from([0x89, 0x50, 0xff, 0xfe, 0x00])

/** Makes the pack Alpha with a model, a picture, a workflow and a file of no kind, and exports it. */
export async function exportedAlpha(test: TestStore): Promise<PackExport> {
  const name = 'Alpha' as PackName
  await test.putPack(name, [test.putBlob('bytes', 'a.safetensors')])
  test.put('state/packs/Alpha/resources/previews/one.png', PICTURE)
  test.put('state/packs/Alpha/workflows/flow.json', '\uFEFF{"a": 1}\r\n')
  test.put('state/packs/Alpha/secret.txt', 'not for export')
  return exportPack(test.ctx, name)
}

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { describe, it } from 'node:test'
import type { PackName } from '../../../../schemas/ids.ts'
import { addToPack } from '../../../../sidecar/domain/packs/add-to-pack.ts'
import { createTestStore, type TestStore } from '../../../_support/test-store.ts'

async function twoPacks(t: Parameters<typeof createTestStore>[0]): Promise<TestStore> {
  const setup = await createTestStore(t)
  await setup.putPack('Base', [setup.putBlob('1', 'a.safetensors')])
  await setup.putPack('Top', [setup.putBlob('2', 'b.safetensors')])
  return setup
}

describe('addToPack', () => {
  it('fills what was left of a pack without its pack.json', async (t) => {
    const setup = await twoPacks(t)
    const { reader } = setup.store
    fs.rmSync(reader.paths.pack('Base' as PackName))
    const sha256 = setup.putBlob('3', 'c.safetensors')
    const file = {
      kind: 'lora',
      name: 'c.safetensors',
      sha256,
      kind_guessed: false,
      claims_path: false,
    }
    await setup.store.transact('test', (tx) => addToPack(tx, 'Base' as PackName, { files: [file] }))
    assert.equal(reader.requirePack('Base' as PackName).dependencies.length, 1)
  })
})

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { describe, it } from 'node:test'
import type { PackName } from '../../../../schemas/ids.ts'
import { addToPack } from '../../../../sidecar/domain/packs/add-to-pack.ts'
import { createTestStore, type TestStore } from '../../../_support/test-store.ts'

async function twoPacks(t: Parameters<typeof createTestStore>[0]): Promise<TestStore> {
  const world = await createTestStore(t)
  await world.putPack('Base', [world.putBlob('1', 'a.safetensors')])
  await world.putPack('Top', [world.putBlob('2', 'b.safetensors')])
  return world
}

describe('addToPack', () => {
  it('fills what was left of a pack without its pack.json', async (t) => {
    const world = await twoPacks(t)
    const { reader } = world.store
    fs.rmSync(reader.paths.pack('Base' as PackName))
    const sha256 = world.putBlob('3', 'c.safetensors')
    const file = {
      kind: 'lora',
      name: 'c.safetensors',
      sha256,
      kind_guessed: false,
      claims_path: false,
    }
    await world.store.transact('test', (tx) => addToPack(tx, 'Base' as PackName, { files: [file] }))
    assert.equal(reader.requirePack('Base' as PackName).dependencies.length, 1)
  })
})

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { describe, it } from 'node:test'
import type { PackName } from '../../../../schemas/ids.ts'
import type { PackExport } from '../../../../schemas/pack-export.ts'
import { exportPack } from '../../../../sidecar/domain/packs/export-pack.ts'
import { createTestStore, type TestStore } from '../../../_support/test-store.ts'

const NAME = 'Alpha' as PackName
const PICTURE = Uint8Array.from([0x89, 0x50, 0xff, 0xfe, 0x00])

async function exported(world: TestStore): Promise<PackExport> {
  const sha256 = world.putBlob('bytes', 'a.safetensors')
  await world.putPack(NAME, [sha256])
  world.put('state/packs/Alpha/resources/previews/one.png', PICTURE)
  world.put('state/packs/Alpha/workflows/flow.json', '\uFEFF{"a": 1}\r\n')
  world.put('state/packs/Alpha/secret.txt', 'not for export')
  return exportPack(world.ctx, NAME)
}

describe('exportPack', () => {
  it('carries documents and resources, sorted, and nothing else', async (t) => {
    const data = await exported(await createTestStore(t))
    assert.deepEqual(
      data.files.map((one) => [one.path, one.encoding]),
      [
        ['lock.json', 'utf8'],
        ['pack.json', 'utf8'],
        ['resources/previews/one.png', 'base64'],
        ['workflows/flow.json', 'utf8'],
      ],
    )
  })

  it('refuses a file above 32 MiB, naming it', async (t) => {
    const world = await createTestStore(t)
    await exported(world)
    const path = world.store.paths.at('state/packs/Alpha/resources/film.mp4')
    fs.writeFileSync(path, '')
    fs.truncateSync(path, 33 * 1024 * 1024)
    assert.throws(() => exportPack(world.ctx, NAME), { code: 'input.too_large', message: /film/u })
  })

  it('follows no link out of the pack', async (t) => {
    const world = await createTestStore(t)
    await exported(world)
    fs.symlinkSync('/etc/hosts', world.store.paths.at('state/packs/Alpha/resources/hosts'))
    assert.equal(exportPack(world.ctx, NAME).files.length, 4)
  })

  it('refuses a pack that is not there', async (t) => {
    const { ctx } = await createTestStore(t)
    assert.throws(() => exportPack(ctx, NAME), { code: 'pack.not_found' })
  })
})

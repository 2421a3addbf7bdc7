import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'
import { tmpfs } from '../../../_support/volumes.ts'

/** A store whose blobs are on a volume of one megabyte; null where none can be had. */
async function split(t: TestContext): Promise<(TestSynapse & { volume: string }) | null> {
  const volume = tmpfs(t, '1m')
  if (volume === null) return null
  const world = await createTestSynapse(t)
  const blobs = join(world.root, 'data/blobs')
  fs.rmSync(blobs, { recursive: true })
  fs.symlinkSync(volume, blobs)
  fs.mkdirSync(join(volume, 'sha256'))
  return { ...world, volume }
}

describe('a store whose blobs are another volume', () => {
  it('copies once, to that volume', async (t) => {
    const world = await split(t)
    if (world === null) return
    const path = world.file('loras/a.safetensors', 'bytes')
    const { files } = await world.import({ paths: [path] })
    const sha256 = files[0]?.sha256 ?? ''
    const blob = join(world.volume, 'sha256', sha256.slice(0, 2), sha256)
    assert.equal(fs.readFileSync(blob, 'utf8'), 'bytes')
    assert.deepEqual(fs.readdirSync(join(world.volume, '.tmp')), [])
    const left = fs.readdirSync(join(world.root, 'data/tmp'))
    assert.deepEqual(
      left.filter((name) => !name.endsWith('.lock')),
      [],
    )
  })

  it('asks that volume for room before it writes', async (t) => {
    const world = await split(t)
    if (world === null) return
    const path = world.file('loras/big.safetensors', new Uint8Array(2 ** 21))
    const preview = await world.client.call('imports.preview', { body: { paths: [path] } })
    assert.ok(preview.disk_free < 2 ** 21)
    await assert.rejects(world.import({ paths: [path] }), { code: 'disk.full' })
    await assert.rejects(world.import({ paths: [world.folder] }), /disk\.full/u)
    assert.deepEqual(fs.readdirSync(world.volume), ['sha256'])
  })

  it('keeps its trash there, from where models come back and go for good', async (t) => {
    const world = await split(t)
    if (world === null) return
    const { files } = await world.import({ paths: [world.file('loras/a.safetensors', 'bytes')] })
    const sha256 = files[0]?.sha256 ?? ''
    const blob = join(world.volume, 'sha256', sha256.slice(0, 2), sha256)
    const same = fs.statSync(blob).ino
    const toTrash = async (): Promise<string> => {
      const query = { confirm_last_copy: sha256 }
      await world.client.call('inventory.delete', { params: { item: sha256 }, query })
      const { items } = await world.client.call('trash.list')
      const id = items[0]?.id ?? ''
      assert.equal(fs.statSync(join(world.volume, '.trash', id, 'blob')).ino, same)
      return id
    }
    const { client } = world
    await client.call('trash.restore', { params: { id: await toTrash() }, body: {} })
    assert.equal(fs.statSync(blob).ino, same)
    await client.call('journal.undo', { params: { id: await toTrash() }, body: {} })
    assert.equal(fs.statSync(blob).ino, same)
    await toTrash()
    assert.equal((await client.call('trash.empty')).bytes_freed, 5)
    assert.deepEqual(fs.readdirSync(join(world.volume, '.trash')), [])
    assert.equal(fs.existsSync(join(world.root, 'data/trash')), false)
  })

  it('has leftovers cleaned there', async (t) => {
    const world = await split(t)
    if (world === null) return
    const part = join(world.volume, '.tmp/01890a5d-ac96-774b-bcce-b302099a8057.part')
    fs.mkdirSync(join(world.volume, '.tmp'))
    fs.writeFileSync(part, 'half')
    fs.utimesSync(part, 1, 1)
    await world.client.call('store.clean', { body: { dry_run: false } })
    assert.equal(fs.existsSync(part), false)
  })
})

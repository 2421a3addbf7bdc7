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
  const setup = await createTestSynapse(t)
  const blobs = join(setup.root, 'data/blobs')
  fs.rmSync(blobs, { recursive: true })
  fs.symlinkSync(volume, blobs)
  fs.mkdirSync(join(volume, 'sha256'))
  return { ...setup, volume }
}

describe('a store whose blobs are another volume', () => {
  it('copies once, to that volume', async (t) => {
    const setup = await split(t)
    if (setup === null) return
    const path = setup.file('loras/a.safetensors', 'bytes')
    const { files } = await setup.import({ paths: [path] })
    const sha256 = files[0]?.sha256 ?? ''
    const blob = join(setup.volume, 'sha256', sha256.slice(0, 2), sha256)
    assert.equal(fs.readFileSync(blob, 'utf8'), 'bytes')
    assert.deepEqual(fs.readdirSync(join(setup.volume, '.tmp')), [])
    const left = fs.readdirSync(join(setup.root, 'data/tmp'))
    assert.deepEqual(
      left.filter((name) => !name.endsWith('.lock')),
      [],
    )
  })

  it('asks that volume for room before it writes', async (t) => {
    const setup = await split(t)
    if (setup === null) return
    const path = setup.file('loras/big.safetensors', new Uint8Array(2 ** 21))
    const preview = await setup.client.call('imports.preview', { body: { paths: [path] } })
    assert.ok(preview.disk_free < 2 ** 21)
    await assert.rejects(setup.import({ paths: [path] }), { code: 'disk.full' })
    await assert.rejects(setup.import({ paths: [setup.folder] }), /disk\.full/u)
    assert.deepEqual(fs.readdirSync(setup.volume), ['sha256'])
  })

  it('keeps its trash there, from where models come back and go for good', async (t) => {
    const setup = await split(t)
    if (setup === null) return
    const { files } = await setup.import({ paths: [setup.file('loras/a.safetensors', 'bytes')] })
    const sha256 = files[0]?.sha256 ?? ''
    const blob = join(setup.volume, 'sha256', sha256.slice(0, 2), sha256)
    const same = fs.statSync(blob).ino
    const toTrash = async (): Promise<string> => {
      const query = { confirm_last_copy: sha256 }
      await setup.client.call('inventory.delete', { params: { item: sha256 }, query })
      const { items } = await setup.client.call('trash.list')
      const id = items[0]?.id ?? ''
      assert.equal(fs.statSync(join(setup.volume, '.trash', id, 'blob')).ino, same)
      return id
    }
    const { client } = setup
    await client.call('trash.restore', { params: { id: await toTrash() }, body: {} })
    assert.equal(fs.statSync(blob).ino, same)
    await client.call('journal.undo', { params: { id: await toTrash() }, body: {} })
    assert.equal(fs.statSync(blob).ino, same)
    await toTrash()
    assert.equal((await client.call('trash.empty')).bytes_freed, 5)
    assert.deepEqual(fs.readdirSync(join(setup.volume, '.trash')), [])
    assert.equal(fs.existsSync(join(setup.root, 'data/trash')), false)
  })

  it('has leftovers cleaned there', async (t) => {
    const setup = await split(t)
    if (setup === null) return
    const part = join(setup.volume, '.tmp/01890a5d-ac96-774b-bcce-b302099a8057.part')
    fs.mkdirSync(join(setup.volume, '.tmp'))
    fs.writeFileSync(part, 'half')
    fs.utimesSync(part, 1, 1)
    await setup.client.call('store.clean', { body: { dry_run: false } })
    assert.equal(fs.existsSync(part), false)
  })
})

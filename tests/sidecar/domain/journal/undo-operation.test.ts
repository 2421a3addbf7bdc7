import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { createTestSynapse } from '../../../_support/test-synapse.ts'
import { watching } from '../../../safety/watching.ts'

describe('undoing an operation', () => {
  it('is refused where its bytes are taken away in the middle, and nothing is left open', async (t) => {
    const { client, root, ...setup } = await createTestSynapse(t)
    const path = setup.file('loras/a.safetensors', 'bytes')
    const { files } = await setup.import({ paths: [path], mode: 'move' })
    const sha256 = files[0]?.sha256 ?? ''
    const blob = join(root, 'data/blobs/sha256', sha256.slice(0, 2), sha256)
    const operations = await client.call('journal.list', { query: { op: 'blob.import' } })
    const id = operations.items[0]?.id ?? ''

    const undo = () => client.call('journal.undo', { params: { id }, body: {} })
    const takeAway = () => {
      fs.rmSync(blob, { force: true })
    }
    await assert.rejects(watching(takeAway, undo), { code: 'journal.not_undoable' })
    await assert.rejects(undo(), { code: 'journal.not_undoable' })
    const { items } = await client.call('journal.list')
    assert.deepEqual(
      items.filter((operation) => operation.state === 'open'),
      [],
    )
  })

  it('is refused while a file stands where the folder of the original was', async (t) => {
    const { client, ...setup } = await createTestSynapse(t)
    const path = setup.file('loras/a.safetensors', 'bytes')
    await setup.import({ paths: [path], mode: 'move' })
    const { items } = await client.call('journal.list', { query: { op: 'blob.import' } })
    const id = items[0]?.id ?? ''
    const undo = () => client.call('journal.undo', { params: { id }, body: {} })
    const folder = dirname(path)
    fs.rmdirSync(folder)
    fs.writeFileSync(folder, 'a file')
    await assert.rejects(undo(), {
      code: 'journal.not_undoable',
      message: `${folder} is no longer a folder`,
    })
    fs.rmSync(folder)
    await undo()
    assert.equal(fs.readFileSync(path, 'utf8'), 'bytes')
  })
})

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createTestSynapse } from '../../_support/test-synapse.ts'

describe('what a killed process left of writing a document', () => {
  it('goes with the document, and with both their folder', async (t) => {
    const { client, root } = await createTestSynapse(t)
    await client.call('packs.create', { body: { name: 'New' } })
    const folder = join(root, 'state/packs/New')
    fs.writeFileSync(join(folder, '.pack.json.0a1b2c3d4e5f.synapse-tmp'), '{')
    await client.call('journal.undo', { params: { id: 'latest' }, body: {} })
    assert.equal(fs.existsSync(folder), false)
  })

  it('is all that is removed: a foreign file stays, and its folder', async (t) => {
    const { client, root } = await createTestSynapse(t)
    await client.call('packs.create', { body: { name: 'New' } })
    const folder = join(root, 'state/packs/New')
    fs.writeFileSync(join(folder, '.pack.json.synapse-tmp'), 'a note')
    await client.call('journal.undo', { params: { id: 'latest' }, body: {} })
    assert.deepEqual(fs.readdirSync(folder), ['.pack.json.synapse-tmp'])
  })
})

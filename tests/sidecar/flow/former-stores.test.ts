/** Stores that earlier versions left: they are opened, used and undone as if nothing had been. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { DoctorReport } from '../../../schemas/store.ts'
import { unpackFixture } from '../../_support/load-fixture.ts'
import { createTestSynapse, temporaryFolder } from '../../_support/test-synapse.ts'

/** `store-0.1.0` has no ids, proofs.jsonl and whole documents in its journal. */
const FORMER = ['store-0.1.0', 'store-with-ids']

async function opened(t: TestContext, fixture: string) {
  const base = join(temporaryFolder(t), 'anywhere')
  const root = await unpackFixture(fixture, base)
  const test = await createTestSynapse(t, root)
  const { client } = test
  return {
    ...test,
    base,
    async errors(): Promise<string[]> {
      const job = await client.call('store.doctor', { body: {} })
      const { findings } = (await test.wait(job)).result as unknown as DoctorReport
      return findings.filter(({ severity }) => severity === 'error').map(({ message }) => message)
    },
    async entries(op: string) {
      const { items } = await client.call('journal.list', { query: { op, limit: 50 } })
      return items
    },
    async shown(): Promise<string[]> {
      const { uis } = await client.call('profiles.status')
      const view = uis.find(({ ui }) => ui === 'comfyui')?.view ?? assert.fail()
      const loras = join(view, 'models/loras')
      const names = fs.existsSync(loras) ? fs.readdirSync(loras).sort() : []
      return names.filter((name) => fs.existsSync(join(loras, name)))
    },
  }
}

for (const fixture of FORMER) {
  describe(`a store of ${fixture}`, () => {
    it('is whole, and its journal reads as sentences', async (t) => {
      const { client, errors } = await opened(t, fixture)
      assert.deepEqual(await errors(), [])
      const { total, items } = await client.call('inventory.list', { query: {} })
      assert.equal(total, 5)
      assert.ok(items.every(({ integrity }) => integrity === 'good' || integrity === 'changed'))
      const journal = await client.call('journal.list', { query: { limit: 100 } })
      assert.ok(journal.total > 5)
      for (const { summary } of journal.items) assert.match(summary, /^[A-Z]\w+ .+/u)
    })

    it('is used, and goes back', async (t) => {
      const { client, errors, shown } = await opened(t, fixture)
      await client.call('profiles.use', { body: { pack: 'Portraits', only: true } })
      const all = ['style-a.safetensors', 'style-b.safetensors', 'style-c.safetensors']
      assert.deepEqual(await shown(), all)
      await client.call('profiles.use', { body: { pack: 'Base', only: true } })
      assert.deepEqual(await shown(), [])
      await client.call('profiles.back', { body: {} })
      assert.deepEqual(await shown(), all)
      assert.deepEqual(await errors(), [])
    })

    it('gives deleted packs and models back', async (t) => {
      const { client, entries, errors } = await opened(t, fixture)
      const [pack] = await entries('pack.delete')
      await client.call('journal.undo', { params: { id: pack?.id as never }, body: {} })
      const { items } = await client.call('packs.list')
      assert.deepEqual(items.map(({ name }) => name).sort(), ['Base', 'Extra', 'Portraits'])
      const trash = await client.call('trash.list', { query: {} })
      const model = trash.items.find(({ display_name }) => display_name.includes('style-d'))
      await client.call('trash.restore', { params: { id: model?.id as never }, body: {} })
      assert.equal((await client.call('inventory.list', { query: {} })).total, 6)
      assert.deepEqual(await errors(), [])
    })

    it('gives a moved original back', async (t) => {
      const { client, base, entries } = await opened(t, fixture)
      const original = join(base, 'src/loras/style-c.safetensors')
      assert.equal(fs.existsSync(original), false)
      const moved = (await entries('blob.import')).find(({ summary }) =>
        summary.includes('style-c'),
      )
      await client.call('journal.undo', { params: { id: moved?.id as never }, body: {} })
      assert.equal(fs.existsSync(original), true)
    })

    it('takes in more', async (t) => {
      const test = await opened(t, fixture)
      const path = test.file('loras/new.safetensors', 'a new model')
      const { imported } = await test.import({ paths: [path], pack: 'Portraits' })
      assert.equal(imported, 1)
      assert.deepEqual(await test.errors(), [])
    })
  })
}

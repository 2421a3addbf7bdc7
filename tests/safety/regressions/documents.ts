/** What was lost with a root, a document or a cache. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { cleanup, edit, pack } from '../calls.ts'
import { walk } from '../seen.ts'
import { closeQuick, digestOf, openQuick, put } from '../sandbox.ts'
import { fails, type Regression } from './fixture.ts'

export const DOCUMENTS: readonly Regression[] = [
  [
    'installing onto a folder with files erased it → a folder that holds something else is refused',
    async ({ sandbox }) => {
      put(sandbox.outside, { 'photos/one.jpg': 'precious' })
      const synapse = await openQuick({ ...sandbox, root: join(sandbox.outside, 'photos') })
      await assert.rejects(
        synapse.client.call('store.init', { body: {} }),
        fails('store.root_unusable'),
      )
      await closeQuick(synapse)
      assert.deepEqual(
        walk(join(sandbox.outside, 'photos')).map((one) => one.path),
        ['one.jpg'],
      )
    },
  ],
  [
    'a missing root was replaced by an empty one → an absent store is reported, not created',
    async ({ sandbox }) => {
      const root = join(sandbox.folder, 'unplugged/store')
      const synapse = await openQuick({ ...sandbox, root })
      await assert.rejects(
        synapse.client.call('packs.create', { body: { name: 'P' } }),
        fails('store.not_initialized'),
      )
      await synapse.client.call('store.status')
      await closeQuick(synapse)
      assert.equal(fs.existsSync(join(sandbox.folder, 'unplugged')), false)
    },
  ],
  [
    'an older program deleted what a newer one referred to → a newer document is refused, and kept',
    async (fixture) => {
      const path = fixture.at('state/packs/Ink/pack.json')
      const text = fs.readFileSync(path, 'utf8').replace('synapse.pack.v2', 'synapse.pack.v3')
      fs.writeFileSync(path, text)
      await assert.rejects(cleanup(fixture.client), fails('inventory.references_unreadable'))
      const editing = edit(fixture.client, 'Ink', { description: 'x' })
      await assert.rejects(editing, fails('store.newer_format'))
      assert.equal(fs.readFileSync(path, 'utf8'), text)
    },
  ],
  [
    'a cache that failed was deleted with the edits in it → edits live in documents, the index is a copy',
    async (fixture) => {
      await edit(fixture.client, 'Ink', { description: 'mine' })
      await closeQuick(fixture.synapse)
      fs.writeFileSync(fixture.at('data/index.sqlite'), 'garbage')
      const synapse = await openQuick(fixture.sandbox)
      const shown = await synapse.client.call('packs.show', pack('Ink'))
      const { total } = await synapse.client.call('inventory.list', {
        query: { status: 'referenced' },
      })
      await closeQuick(synapse)
      assert.deepEqual([shown.pack.description, total], ['mine', 5])
    },
  ],
  [
    'a claimed digest was trusted → bytes are hashed here, a claim is only a claim',
    async (fixture) => {
      const claim = fixture.client.call('packs.create', {
        body: { name: 'P', dependencies: [{ sha256: 'ab'.repeat(32) }] },
      })
      await assert.rejects(claim, fails('blob.not_found'))
      const exported = (await fixture.client.call('packs.export', pack('Ink'))) as {
        files: { path: string; content: string }[]
      }
      const files = exported.files.map((file) => ({
        ...file,
        content: file.content.replaceAll(digestOf('ink'), 'ab'.repeat(32)),
      }))
      await fixture.client.call('packs.delete', pack('Ink'))
      await fixture.client.call('packs.restore', { body: { ...exported, files } as never })
      const {
        files: [, ink],
      } = await fixture.client.call('packs.show', pack('Ink'))
      assert.equal(ink?.state, 'missing')
    },
  ],
]

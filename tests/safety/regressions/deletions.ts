/** What was lost where models were deleted, or cleaned up. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { blob, remove, take } from '../calls.ts'
import { digestAt } from '../seen.ts'
import { blobPath, closeQuick, digestOf, openQuick, put, work } from '../sandbox.ts'
import { fails, type Regression } from './fixture.ts'

export const DELETIONS: readonly Regression[] = [
  [
    'support could not tell what had deleted the models → every operation stands in the journal',
    async (fixture) => {
      await remove(fixture.client, 'glow')
      const [operation] = (
        await fixture.client.call('journal.list', { query: { sha256: digestOf('glow') } })
      ).items
      assert.equal(operation?.op, 'blob.delete')
    },
  ],
  [
    'deleting a model removed its whole folder → neighbours stay',
    async (fixture) => {
      const neighbour = `${dirname(blobPath(digestOf('glow')))}/neighbour.txt`
      put(fixture.sandbox.root, { [neighbour]: 'precious' })
      await remove(fixture.client, 'glow')
      assert.ok(fs.existsSync(fixture.at(neighbour)))
      const album = join(fixture.sandbox.outside, 'vae')
      put(album, { 'one.safetensors': '1', 'cover.png': 'precious' })
      await take(fixture.client, join(album, 'one.safetensors'), { mode: 'move' })
      assert.deepEqual(fs.readdirSync(album), ['cover.png'])
    },
  ],
  [
    'deleting what was linked in deleted the original → the original stays, in both ways of linking',
    async (fixture) => {
      const loras = join(fixture.sandbox.outside, 'new/loras/fresh.safetensors')
      for (const hard_link of [false, true]) {
        await take(fixture.client, loras, { mode: 'link', hard_link })
        await remove(fixture.client, 'fresh')
        await fixture.client.call('trash.empty')
        assert.equal(digestAt(loras), digestOf('fresh'))
      }
    },
  ],
  [
    'a start-up prune removed models that nobody seemed to use → nothing goes by itself',
    async (fixture) => {
      const models = fixture.seen.blobs()
      await work(fixture.client, 'store.doctor', {
        repair: true,
        rebuild_views: true,
        rebuild_index: true,
      })
      await fixture.client.call('store.clean', { body: {} })
      await closeQuick(await openQuick(fixture.sandbox))
      assert.deepEqual(fixture.seen.blobs(), models)
    },
  ],
  [
    'the last copy went unasked when no pack used it → the last copy asks for its digest, always',
    async (fixture) => {
      for (const query of [
        {},
        { force: 'true' as never },
        { confirm_last_copy: digestOf('glow') },
      ]) {
        const deleting = fixture.client.call('inventory.delete', {
          ...blob('loose'),
          query,
        })
        await assert.rejects(deleting, fails('blob.last_copy'))
      }
      const dry = await fixture.client.call('inventory.cleanup', { body: { dry_run: false } })
      assert.deepEqual([dry.orphans_deleted, fixture.seen.blobs().includes('loose')], [0, true])
    },
  ],
]

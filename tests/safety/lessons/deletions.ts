/** What was lost where models were deleted, or cleaned up. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { blob, remove, take } from '../calls.ts'
import { digestAt } from '../seen.ts'
import { blobPath, closeQuick, digestOf, openQuick, put, work } from '../world.ts'
import { fails, type Lesson } from './scene.ts'

export const DELETIONS: readonly Lesson[] = [
  [
    'support could not tell what had deleted the models → every act stands in the journal',
    async (scene) => {
      await remove(scene.client, 'glow')
      const [act] = (
        await scene.client.call('journal.list', { query: { sha256: digestOf('glow') } })
      ).items
      assert.equal(act?.op, 'blob.delete')
    },
  ],
  [
    'deleting a model removed its whole folder → neighbours stay',
    async (scene) => {
      const neighbour = `${dirname(blobPath(digestOf('glow')))}/neighbour.txt`
      put(scene.world.root, { [neighbour]: 'precious' })
      await remove(scene.client, 'glow')
      assert.ok(fs.existsSync(scene.at(neighbour)))
      const album = join(scene.world.outside, 'vae')
      put(album, { 'one.safetensors': '1', 'cover.png': 'precious' })
      await take(scene.client, join(album, 'one.safetensors'), { mode: 'move' })
      assert.deepEqual(fs.readdirSync(album), ['cover.png'])
    },
  ],
  [
    'deleting what was linked in deleted the original → the original stays, in both ways of linking',
    async (scene) => {
      const loras = join(scene.world.outside, 'new/loras/fresh.safetensors')
      for (const hard_link of [false, true]) {
        await take(scene.client, loras, { mode: 'link', hard_link })
        await remove(scene.client, 'fresh')
        await scene.client.call('trash.empty')
        assert.equal(digestAt(loras), digestOf('fresh'))
      }
    },
  ],
  [
    'a start-up prune removed models that nobody seemed to use → nothing goes by itself',
    async (scene) => {
      const models = scene.seen.blobs()
      await work(scene.client, 'store.doctor', {
        repair: true,
        rebuild_views: true,
        rebuild_index: true,
      })
      await scene.client.call('store.clean', { body: {} })
      await closeQuick(await openQuick(scene.world))
      assert.deepEqual(scene.seen.blobs(), models)
    },
  ],
  [
    'the last copy went unasked when no pack used it → the last copy asks for its digest, always',
    async (scene) => {
      for (const query of [
        {},
        { force: 'true' as never },
        { confirm_last_copy: digestOf('glow') },
      ]) {
        const deleting = scene.client.call('inventory.delete', {
          ...blob('loose'),
          query,
        })
        await assert.rejects(deleting, fails('blob.last_copy'))
      }
      const dry = await scene.client.call('inventory.cleanup', { body: { dry_run: false } })
      assert.deepEqual([dry.orphans_deleted, scene.seen.blobs().includes('loose')], [0, true])
    },
  ],
]

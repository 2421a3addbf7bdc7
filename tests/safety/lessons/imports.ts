/** What was lost where files were taken in. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { btrfs } from '../../_support/volumes.ts'
import { lastAct, take, undo } from '../calls.ts'
import { digestAt, Seen } from '../seen.ts'
import { Stage } from '../stage.ts'
import { watching } from '../watching.ts'
import { blobPath, bytesOf, closeQuick, digestOf, openQuick, put, work } from '../world.ts'
import { fails, type Lesson } from './scene.ts'

export const IMPORTS: readonly Lesson[] = [
  [
    'source and target were one folder: the file was a duplicate of itself and went → nothing below the store is imported',
    async (scene) => {
      const link = join(scene.world.outside, 'shared')
      fs.symlinkSync(scene.at('data/blobs'), link)
      await assert.rejects(take(scene.client, link, { mode: 'move' }), fails('import.inside_store'))
      assert.ok(scene.seen.blobs().includes('loose'))
    },
  ],
  [
    'a second name of a stored file was taken for a copy → moving it takes that name alone',
    async (scene) => {
      const twin = join(scene.world.outside, 'loras/twin.safetensors')
      fs.mkdirSync(join(scene.world.outside, 'loras'))
      fs.linkSync(scene.at(blobPath(digestOf('loose'))), twin)
      await take(scene.client, twin, { mode: 'move' })
      assert.equal(digestAt(scene.at(blobPath(digestOf('loose')))), digestOf('loose'))
    },
  ],
  [
    'links that led to themselves nested for ever → a loop is listed and passed by',
    async (scene) => {
      const folder = join(scene.world.outside, 'loop/loras')
      put(folder, { 'a.safetensors': 'a' })
      fs.symlinkSync('.', join(folder, 'again'))
      fs.symlinkSync('self', join(folder, 'self'))
      const result = await take(scene.client, folder)
      assert.equal(result['imported'], 1)
    },
  ],
  [
    'shared blocks came out as zeros → a clone that is not like its source is made again by copying',
    async (scene) => {
      const volume = btrfs(scene.t)
      if (volume === null) return
      using stage = await Stage.open('clone', ['base'], volume)
      const synapse = await openQuick(stage.world)
      let spoiled = 0
      const observer = (call: { op: string; path: string }) => {
        if (call.op !== 'flush' || !call.path.endsWith('.part') || spoiled > 0) return
        spoiled += 1
        fs.writeFileSync(call.path, Buffer.alloc(bytesOf('fresh').length))
      }
      const path = join(stage.world.outside, 'new/loras/fresh.safetensors')
      await watching(observer, () =>
        work(synapse.client, 'imports.start', { paths: [path], mode: 'link' }),
      )
      await closeQuick(synapse)
      assert.equal(spoiled, 1)
      assert.ok(new Seen(stage.world).blobs().includes('fresh'))
    },
  ],
  [
    'an interrupted copy counted as a copy → half a file never bears a final name',
    async (scene) => {
      const observer = (call: { op: string; path: string }) => {
        if (call.op === 'flush' && call.path.endsWith('.part'))
          throw Object.assign(new Error('EIO'), { code: 'EIO' })
      }
      const before = scene.seen.blobs()
      await watching(observer, () => take(scene.client, join(scene.world.outside, 'new')))
      assert.deepEqual(scene.seen.blobs(), before)
    },
  ],
  [
    'adopting by hard link left a writable second name → both names are read-only',
    async (scene) => {
      const path = join(scene.world.outside, 'new/loras/fresh.safetensors')
      await take(scene.client, path, { mode: 'link', hard_link: true })
      assert.equal(fs.statSync(path).mode & 0o777, 0o444)
    },
  ],
  [
    'detaching changed more than attaching had → undo gives a hard-linked original its mode back',
    async (scene) => {
      const path = join(scene.world.outside, 'new/loras/fresh.safetensors')
      const mode = () => fs.statSync(path).mode & 0o777
      const former = mode()
      await take(scene.client, path, { mode: 'link', hard_link: true })
      await undo(scene.client, await lastAct(scene.client, 'blob.import'))
      assert.deepEqual([mode(), digestAt(path)], [former, digestOf('fresh')])
    },
  ],
]

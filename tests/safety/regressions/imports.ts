/** What was lost where files were imported. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { btrfs } from '../../_support/volumes.ts'
import { lastOperation, take, undo } from '../calls.ts'
import { digestAt, Seen } from '../seen.ts'
import { Snapshots } from '../snapshots.ts'
import { watching } from '../watching.ts'
import { blobPath, bytesOf, closeQuick, digestOf, openQuick, put, work } from '../sandbox.ts'
import { fails, type Regression } from './fixture.ts'

export const IMPORTS: readonly Regression[] = [
  [
    'source and target were one folder: the file was a duplicate of itself and went → nothing below the store is imported',
    async (fixture) => {
      const link = join(fixture.sandbox.outside, 'shared')
      fs.symlinkSync(fixture.at('data/blobs'), link)
      await assert.rejects(
        take(fixture.client, link, { mode: 'move' }),
        fails('import.inside_store'),
      )
      assert.ok(fixture.seen.blobs().includes('loose'))
    },
  ],
  [
    'a second name of a stored file was taken for a copy → moving it takes that name alone',
    async (fixture) => {
      const twin = join(fixture.sandbox.outside, 'loras/twin.safetensors')
      fs.mkdirSync(join(fixture.sandbox.outside, 'loras'))
      fs.linkSync(fixture.at(blobPath(digestOf('loose'))), twin)
      await take(fixture.client, twin, { mode: 'move' })
      assert.equal(digestAt(fixture.at(blobPath(digestOf('loose')))), digestOf('loose'))
    },
  ],
  [
    'links that led to themselves nested for ever → a loop is listed and passed by',
    async (fixture) => {
      const folder = join(fixture.sandbox.outside, 'loop/loras')
      put(folder, { 'a.safetensors': 'a' })
      fs.symlinkSync('.', join(folder, 'again'))
      fs.symlinkSync('self', join(folder, 'self'))
      const result = await take(fixture.client, folder)
      assert.equal(result['imported'], 1)
    },
  ],
  [
    'shared blocks came out as zeros → a clone that is not like its source is made again by copying',
    async (fixture) => {
      const volume = btrfs(fixture.t)
      if (volume === null) return
      using snapshots = await Snapshots.open('clone', ['base'], volume)
      const synapse = await openQuick(snapshots.sandbox)
      let corrupted = 0
      const observer = (call: { op: string; path: string }) => {
        if (call.op !== 'flush' || !call.path.endsWith('.part') || corrupted > 0) return
        corrupted += 1
        fs.writeFileSync(call.path, Buffer.alloc(bytesOf('fresh').length))
      }
      const path = join(snapshots.sandbox.outside, 'new/loras/fresh.safetensors')
      await watching(observer, () =>
        work(synapse.client, 'imports.start', { paths: [path], mode: 'link' }),
      )
      await closeQuick(synapse)
      assert.equal(corrupted, 1)
      assert.ok(new Seen(snapshots.sandbox).blobs().includes('fresh'))
    },
  ],
  [
    'an interrupted copy counted as a copy → half a file never bears a final name',
    async (fixture) => {
      const observer = (call: { op: string; path: string }) => {
        if (call.op === 'flush' && call.path.endsWith('.part'))
          throw Object.assign(new Error('EIO'), { code: 'EIO' })
      }
      const before = fixture.seen.blobs()
      await watching(observer, () => take(fixture.client, join(fixture.sandbox.outside, 'new')))
      assert.deepEqual(fixture.seen.blobs(), before)
    },
  ],
  [
    'adopting by hard link left a writable second name → both names are read-only',
    async (fixture) => {
      const path = join(fixture.sandbox.outside, 'new/loras/fresh.safetensors')
      await take(fixture.client, path, { mode: 'link', hard_link: true })
      assert.equal(fs.statSync(path).mode & 0o777, 0o444)
    },
  ],
  [
    'detaching changed more than attaching had → undo gives a hard-linked original its mode back',
    async (fixture) => {
      const path = join(fixture.sandbox.outside, 'new/loras/fresh.safetensors')
      const mode = () => fs.statSync(path).mode & 0o777
      const former = mode()
      await take(fixture.client, path, { mode: 'link', hard_link: true })
      await undo(fixture.client, await lastOperation(fixture.client, 'blob.import'))
      assert.deepEqual([mode(), digestAt(path)], [former, digestOf('fresh')])
    },
  ],
]

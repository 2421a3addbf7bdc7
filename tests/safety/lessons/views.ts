/** What was lost below views, behind links. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { isAppError } from '../../../schemas/errors.ts'
import { pack, sync, use } from '../calls.ts'
import { walk } from '../seen.ts'
import { put, work } from '../world.ts'
import { putStray, VIEW, type Lesson } from './scene.ts'

export const VIEWS: readonly Lesson[] = [
  [
    'a teardown of links took real files with it → a view loses our links alone',
    async (scene) => {
      await use(scene.client, 'Ink')
      const stray = putStray(
        scene,
        'data/views/alpha/profiles/work__Ink/models/loras/mine.safetensors',
      )
      await scene.client.call('packs.delete', pack('Ink'))
      assert.equal(fs.readFileSync(scene.at(stray), 'utf8'), 'precious')
      assert.equal(scene.seen.active('alpha'), 'profiles/global')
    },
  ],
  [
    'a migration emptied what links led to → a folder behind a link is never touched',
    async (scene) => {
      const mine = join(scene.world.outside, 'mine')
      put(mine, { 'keep.safetensors': 'precious', 'sub/too.safetensors': 'precious' })
      fs.rmSync(scene.at(`${VIEW}/models/loras`), { recursive: true })
      fs.symlinkSync(mine, scene.at(`${VIEW}/models/loras`))
      for (const act of [
        () => sync(scene.client),
        () => use(scene.client, 'Ink'),
        () => scene.client.call('packs.delete', pack('Ink')),
      ]) {
        await act().catch((error: unknown) =>
          assert.ok(isAppError(error) && error.code !== 'internal', String(error)),
        )
      }
      assert.deepEqual(
        walk(mine)
          .map((one) => one.path)
          .sort(),
        ['keep.safetensors', 'sub', 'sub/too.safetensors'],
      )
    },
  ],
  [
    'rebuilding a view removed real files → they stay, also where a link of ours stood',
    async (scene) => {
      const beside = putStray(scene, `${VIEW}/models/loras/mine.safetensors`)
      fs.rmSync(scene.at(`${VIEW}/vae/glow.safetensors`))
      putStray(scene, `${VIEW}/vae/glow.safetensors`)
      await work(scene.client, 'store.doctor', { repair: true, rebuild_views: true })
      assert.equal(fs.readFileSync(scene.at(beside), 'utf8'), 'precious')
      const over = scene.at(`${VIEW}/vae/glow.safetensors`)
      assert.equal(fs.readFileSync(over, 'utf8'), 'precious')
      assert.deepEqual(scene.seen.quarantined(), [])
    },
  ],
]

/** What was lost below views, behind links. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { isAppError } from '../../../schemas/errors.ts'
import { pack, sync, use } from '../calls.ts'
import { walk } from '../seen.ts'
import { put, work } from '../sandbox.ts'
import { putUnmanaged, VIEW, type Regression } from './fixture.ts'

export const VIEWS: readonly Regression[] = [
  [
    'a teardown of links took real files with it → a view loses our links alone',
    async (fixture) => {
      await use(fixture.client, 'Ink')
      const unmanaged = putUnmanaged(
        fixture,
        'data/views/alpha/profiles/work__Ink/models/loras/mine.safetensors',
      )
      await fixture.client.call('packs.delete', pack('Ink'))
      assert.equal(fs.readFileSync(fixture.at(unmanaged), 'utf8'), 'precious')
      assert.equal(fixture.seen.active('alpha'), 'profiles/global')
    },
  ],
  [
    'a migration emptied what links led to → a folder behind a link is never touched',
    async (fixture) => {
      const mine = join(fixture.sandbox.outside, 'mine')
      put(mine, { 'keep.safetensors': 'precious', 'sub/too.safetensors': 'precious' })
      fs.rmSync(fixture.at(`${VIEW}/models/loras`), { recursive: true })
      fs.symlinkSync(mine, fixture.at(`${VIEW}/models/loras`))
      for (const work of [
        () => sync(fixture.client),
        () => use(fixture.client, 'Ink'),
        () => fixture.client.call('packs.delete', pack('Ink')),
      ]) {
        await work().catch((error: unknown) =>
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
    async (fixture) => {
      const beside = putUnmanaged(fixture, `${VIEW}/models/loras/mine.safetensors`)
      fs.rmSync(fixture.at(`${VIEW}/vae/glow.safetensors`))
      putUnmanaged(fixture, `${VIEW}/vae/glow.safetensors`)
      await work(fixture.client, 'store.doctor', { repair: true, rebuild_views: true })
      assert.equal(fs.readFileSync(fixture.at(beside), 'utf8'), 'precious')
      const over = fixture.at(`${VIEW}/vae/glow.safetensors`)
      assert.equal(fs.readFileSync(over, 'utf8'), 'precious')
      assert.deepEqual(fixture.seen.quarantined(), [])
    },
  ],
]

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { DiskCall } from '../../../../sidecar/platform/disk-calls.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'
import { watching } from '../../../safety/watching.ts'

const PLACE = 'data/views/comfyui/profiles/only__Ink/models/loras/ink.safetensors'

/** A store whose view of the pack Ink alone has somebody's file in the place of its link. */
async function blocked(t: TestContext): Promise<TestSynapse & { readonly path: string }> {
  const world = await createTestSynapse(t)
  await world.import({ paths: [world.file('loras/ink.safetensors', 'ink')], pack: 'Ink' })
  await world.client.call('profiles.use', { body: { pack: 'Ink', only: true } })
  await world.client.call('profiles.back', { body: {} })
  const path = join(world.root, PLACE)
  fs.rmSync(path)
  fs.writeFileSync(path, 'made by somebody')
  fs.utimesSync(path, 1, 1)
  return { ...world, path }
}

const useInk = ({ client }: TestSynapse) =>
  client.call('profiles.use', { body: { pack: 'Ink', only: true } })

describe('a file in the way', () => {
  it('goes to quarantine with its origin', async (t) => {
    const world = await blocked(t)
    const { quarantined } = await useInk(world)
    assert.equal(quarantined.length, 1)
    const kept = join(world.root, quarantined[0] ?? '')
    assert.equal(fs.readFileSync(kept, 'utf8'), 'made by somebody')
    assert.ok(fs.existsSync(join(kept, '..', 'origin.json')))
    assert.ok(fs.lstatSync(world.path).isSymbolicLink())
  })

  it('that goes before its turn, or in it, is in nobody’s way', async (t) => {
    const moments: ((call: DiskCall) => boolean)[] = [
      () => true,
      ({ path }) => path.endsWith('origin.json'),
    ]
    for (const isNow of moments) {
      const world = await blocked(t)
      const removeIt = (call: DiskCall) => {
        const there = fs.lstatSync(world.path, { throwIfNoEntry: false })
        if (there?.isFile() === true && isNow(call)) fs.rmSync(world.path)
      }
      const { quarantined } = await watching(removeIt, () => useInk(world))
      assert.deepEqual(quarantined, [])
      assert.ok(fs.lstatSync(world.path).isSymbolicLink())
    }
  })
})

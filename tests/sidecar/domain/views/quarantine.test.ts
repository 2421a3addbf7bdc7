import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { AppError } from '../../../../schemas/errors.ts'
import type { DiskCall } from '../../../../sidecar/platform/disk-calls.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'
import { watching } from '../../../safety/watching.ts'

const PLACE = 'data/views/comfyui/profiles/only__Ink/models/loras/ink.safetensors'

/** A store with a foreign file where the view of only the pack Ink will want its first link. */
async function blocked(t: TestContext): Promise<TestSynapse & { readonly path: string }> {
  const setup = await createTestSynapse(t)
  await setup.import({ paths: [setup.file('loras/ink.safetensors', 'ink')], pack: 'Ink' })
  const path = join(setup.root, PLACE)
  fs.mkdirSync(dirname(path), { recursive: true })
  fs.writeFileSync(path, 'made by the user')
  fs.utimesSync(path, 1, 1)
  return { ...setup, path }
}

const useInk = ({ client }: TestSynapse, dry_run = false) =>
  client.call('profiles.use', { body: { pack: 'Ink', only: true, ui_set: 'comfyui', dry_run } })

describe('a file where no link ever stood and one must go', () => {
  it('goes to quarantine with its origin, as the plan says', async (t) => {
    const setup = await blocked(t)
    const { plan } = await useInk(setup, true)
    const foreign = plan.uis[0]?.foreign.items.map((file) => [file.path, file.in_the_way])
    assert.deepEqual(foreign, [['models/loras/ink.safetensors', true]])
    const { quarantined } = await useInk(setup)
    assert.equal(quarantined.length, 1)
    const kept = join(setup.root, quarantined[0] ?? '')
    assert.equal(fs.readFileSync(kept, 'utf8'), 'made by the user')
    assert.ok(fs.existsSync(join(kept, '..', 'origin.json')))
    assert.ok(fs.lstatSync(setup.path).isSymbolicLink())
  })

  it('that is removed before its turn, or during it, is not in the way', async (t) => {
    const moments: ((call: DiskCall) => boolean)[] = [
      () => true,
      ({ path }) => path.endsWith('origin.json'),
    ]
    for (const isNow of moments) {
      const setup = await blocked(t)
      const removeIt = (call: DiskCall) => {
        const there = fs.lstatSync(setup.path, { throwIfNoEntry: false })
        if (there?.isFile() === true && isNow(call)) fs.rmSync(setup.path)
      }
      const { quarantined } = await watching(removeIt, () => useInk(setup))
      assert.deepEqual(quarantined, [])
      assert.ok(fs.lstatSync(setup.path).isSymbolicLink())
    }
  })

  it('is refused while it is written to, and until when is said', async (t) => {
    const setup = await blocked(t)
    const now = new Date()
    fs.utimesSync(setup.path, now, now)
    await assert.rejects(useInk(setup), (error) => {
      assert.ok(error instanceof AppError && error.code === 'view.path_taken')
      const until = new Date(now.getTime() + 10_000).toISOString().slice(0, 19)
      assert.ok(error.hint?.includes(until), error.hint)
      return true
    })
  })

  it('stays, and its link is absent, without a requested switch', async (t) => {
    const setup = await createTestSynapse(t)
    const path = join(setup.root, 'data/views/comfyui/active/models/loras/ink.safetensors')
    fs.writeFileSync(path, 'made by the user')
    await setup.import({ paths: [setup.file('loras/ink.safetensors', 'ink')], pack: 'Ink' })
    assert.equal(fs.readFileSync(path, 'utf8'), 'made by the user')
    const { ui } = await setup.client.call('store.status')
    assert.deepEqual(
      ui['comfyui']?.absent.map((one) => [one.filename, one.reason]),
      [['ink.safetensors', 'path_taken']],
    )
  })
})

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { DoctorReport } from '../../../../schemas/store.ts'
import { safetensors } from '../../../_support/model-bytes.ts'
import {
  createTestSynapse,
  temporaryFolder,
  type TestSynapse,
} from '../../../_support/test-synapse.ts'
import { walk } from '../../../safety/seen.ts'

/** A store with two packs and the views of three profiles, closed; gives its root. */
async function filled(t: TestContext): Promise<string> {
  const setup = await createTestSynapse(t)
  const paths = ['loras/one', 'loras/sub/two', 'vae/three'].map((name) =>
    setup.file(`in/${name}.safetensors`, safetensors(name)),
  )
  await setup.import({ paths: [join(setup.folder, 'in')], pack: 'P' })
  await setup.import({ paths: [setup.file('vae/four.safetensors', 'four')], pack: 'Q' })
  assert.equal(paths.length, 3)
  const use = (pack: string, only: boolean) =>
    setup.client.call('profiles.use', { body: { pack, only } })
  await use('Q', false)
  await use('P', true)
  await setup.synapse[Symbol.asyncDispose]()
  return setup.root
}

/** Entries below a folder, not followed: path → what it is. */
function entriesOf(folder: string): Map<string, string> {
  const entries = walk(folder).filter((entry) => entry.kind !== 'folder')
  return new Map(
    entries.map(({ path, absolute, kind }) => [
      path,
      kind === 'link' ? fs.readlinkSync(absolute) : 'file',
    ]),
  )
}

/** A tool that carries a store elsewhere, or rewrites it; gives the root of what it made. */
type Tool = (root: string, into: string) => string

const followLinks: Tool = (root, into) => {
  execFileSync('cp', ['-rL', root, join(into, 'store')])
  return join(into, 'store')
}

const TOOLS: Readonly<Record<string, Tool>> = {
  'a copy that follows links': followLinks,
  'a copy that follows links, long ago': (root, into) => {
    const copy = join(into, 'store')
    execFileSync('cp', ['-rL', root, copy])
    execFileSync('find', [copy, '-exec', 'touch', '-d', '2 hours ago', '{}', '+'])
    return copy
  },
  'a copy that leaves links out and keeps times': (root, into) => {
    const copy = join(into, 'store')
    execFileSync('cp', ['-a', root, copy])
    const folders = new Map<string, fs.Stats>()
    for (const path of entriesOf(join(copy, 'data/views')).keys()) {
      const absolute = join(copy, 'data/views', path)
      folders.set(
        dirname(absolute),
        folders.get(dirname(absolute)) ?? fs.statSync(dirname(absolute)),
      )
      if (fs.lstatSync(absolute).isSymbolicLink()) fs.unlinkSync(absolute)
    }
    for (const [folder, stat] of folders) fs.utimesSync(folder, stat.atime, stat.mtime)
    return copy
  },
  'links written as text': (root, into) => {
    const copy = join(into, 'store')
    execFileSync('cp', ['-a', root, copy])
    for (const [path, target] of entriesOf(join(copy, 'data/views'))) {
      const absolute = join(copy, 'data/views', path)
      fs.unlinkSync(absolute)
      fs.writeFileSync(absolute, target)
    }
    return copy
  },
  'a move of a store whose links are absolute': (root, into) => {
    for (const [path, target] of entriesOf(join(root, 'data/views'))) {
      const absolute = join(root, 'data/views', path)
      if (!target.includes('blobs')) continue
      fs.unlinkSync(absolute)
      fs.symlinkSync(join(dirname(absolute), target), absolute)
    }
    fs.renameSync(root, join(into, 'store'))
    return join(into, 'store')
  },
}

async function opened(
  t: TestContext,
  tool: Tool,
): Promise<TestSynapse & { expected: Map<string, string> }> {
  const root = await filled(t)
  const expected = entriesOf(join(root, 'data/views/comfyui'))
  const carried = tool(root, temporaryFolder(t))
  return { ...(await createTestSynapse(t, carried)), expected }
}

const doctor = async (setup: TestSynapse, body: object = {}) =>
  (await setup.wait(await setup.client.call('store.doctor', { body })))
    .result as unknown as DoctorReport

describe('a store whose views came in another form', () => {
  for (const [what, tool] of Object.entries(TOOLS)) {
    it(`switches at once, and its views become what they were: ${what}`, async (t) => {
      const setup = await opened(t, tool)
      const { client, root, expected } = setup
      const views = join(root, 'data/views/comfyui')
      const used = await client.call('profiles.use', { body: { pack: 'Q', only: true } })
      assert.deepEqual([used.not_flipped, used.quarantined], [[], []])
      assert.equal(fs.readlinkSync(join(views, 'active')), 'profiles/only__Q')
      const back = await client.call('profiles.back', { body: {} })
      assert.deepEqual([back.not_flipped, back.quarantined], [[], []])
      assert.equal(fs.readlinkSync(join(views, 'active')), 'profiles/only__P')
      const models = join(views, 'active/models')
      assert.deepEqual(
        fs.readFileSync(join(models, 'loras/sub/two.safetensors')),
        safetensors('loras/sub/two'),
      )

      await doctor(setup, { repair: true })
      for (const profile of ['global', 'work__Q', 'only__P']) {
        await client.call('profiles.activate', { body: { profile: profile } })
      }
      const now = entriesOf(views)
      for (const [path, target] of expected) {
        if (path === 'active') continue
        assert.equal(now.get(path), target, path)
      }
      const extra = [...now.keys()].filter((path) => !expected.has(path))
      assert.deepEqual(
        extra.filter((path) => !path.startsWith('profiles/only__Q')),
        [],
      )
      assert.deepEqual((await client.call('quarantine.list')).items, [])
      const report = await doctor(setup)
      assert.deepEqual(
        report.findings.filter((one) => ['views', 'active', 'quarantine'].includes(one.check)),
        [],
      )
    })
  }

  it('a folder in the place of active that holds a foreign file is kept as a whole', async (t) => {
    const setup = await opened(t, followLinks)
    const active = join(setup.root, 'data/views/comfyui/active')
    fs.writeFileSync(join(active, 'models/loras/mine.safetensors'), 'mine')
    const used = await setup.client.call('profiles.use', { body: { pack: 'Q' } })
    assert.deepEqual(used.not_flipped, [])
    assert.equal(used.quarantined.length, 1)
    const { items } = await setup.client.call('quarantine.list')
    assert.deepEqual(
      items.map((one) => [one.name, one.kind, one.from]),
      [['active', 'folder', 'data/views/comfyui/active']],
    )
    const kept = join(setup.root, items[0]?.path ?? '', 'models/loras/mine.safetensors')
    assert.equal(fs.readFileSync(kept, 'utf8'), 'mine')
  })

  it('a folder of files that only have the right size goes to quarantine once they were read', async (t) => {
    const setup = await opened(t, followLinks)
    const path = join(setup.root, 'data/views/comfyui/active/models/loras/one.safetensors')
    const bytes = fs.readFileSync(path)
    bytes.fill(0, bytes.length - 2)
    fs.rmSync(path)
    fs.writeFileSync(path, bytes)
    await setup.client.call('profiles.use', { body: { pack: 'Q' } })
    assert.equal((await setup.client.call('quarantine.list')).total, 0)
    await doctor(setup, { repair: true })
    const { items } = await setup.client.call('quarantine.list')
    assert.equal(items.length, 1)
    const kept = join(setup.root, items[0]?.path ?? '', 'models/loras/one.safetensors')
    assert.deepEqual(fs.readFileSync(kept), bytes)
  })

  it('a file in the place of active is kept', async (t) => {
    const root = await filled(t)
    const active = join(root, 'data/views/comfyui/active')
    fs.unlinkSync(active)
    fs.writeFileSync(active, 'a letter to the user')
    const setup = await createTestSynapse(t, root)
    await setup.client.call('profiles.use', { body: { pack: 'Q' } })
    const { items } = await setup.client.call('quarantine.list')
    assert.equal(fs.readFileSync(join(root, items[0]?.path ?? ''), 'utf8'), 'a letter to the user')
  })
})

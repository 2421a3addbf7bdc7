import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { ImportRequest } from '../../../../schemas/imports.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'

type Way = Partial<Pick<ImportRequest, 'mode' | 'hard_link'>>

interface Setup extends TestSynapse {
  readonly models: string
  /** Makes a symbolic link below the folder of models. */
  link(target: string, path: string): void
  /** What an interface can name in its own folder: path → bytes. */
  own(): Record<string, string>
  /** Links in the folder that lead nowhere. */
  dangling(): string[]
  take(way: Way): ReturnType<TestSynapse['import']>
  /** What ComfyUI sees in the view of the pack. */
  seen(): Promise<Record<string, string>>
}

/** Every file that a tool finds in a folder which follows links, as ComfyUI does. */
function listed(folder: string, below = '', seen: readonly string[] = []): string[] {
  const real = fs.realpathSync(join(folder, below))
  if (seen.includes(real)) return []
  return fs.readdirSync(join(folder, below)).flatMap((name) => {
    const path = join(below, name)
    const stat = fs.statSync(join(folder, path), { throwIfNoEntry: false })
    return stat?.isDirectory() === true ? listed(folder, path, [...seen, real]) : [path]
  })
}

async function setup(t: TestContext, files: Readonly<Record<string, string>>): Promise<Setup> {
  const test = await createTestSynapse(t)
  const models = join(test.folder, 'models')
  for (const [path, text] of Object.entries(files)) test.file(join('models', path), text)
  const isThere = (path: string) => fs.existsSync(join(models, path))
  const contents = (folder: string, paths: string[]) =>
    Object.fromEntries(paths.map((path) => [path, fs.readFileSync(join(folder, path), 'utf8')]))
  return {
    ...test,
    models,
    link(target, path) {
      fs.mkdirSync(dirname(join(models, path)), { recursive: true })
      fs.symlinkSync(target, join(models, path))
    },
    own: () => contents(models, listed(models).filter(isThere).sort()),
    dangling: () => listed(models).filter((path) => !isThere(path)),
    take: (way) => test.import({ paths: [models], pack: 'All', ...way }),
    async seen() {
      await test.client.call('profiles.use', { body: { pack: 'All', only: true } })
      const view = join(test.root, 'data/views/comfyui/active/models')
      return contents(view, listed(view).sort())
    },
  }
}

/** Takes every operation back that can be, newest first. */
async function undoAll({ client }: TestSynapse): Promise<void> {
  const { items } = await client.call('journal.list', { query: { limit: 1000 } })
  for (const { id } of items) {
    await client.call('journal.undo', { params: { id }, body: {} }).catch(() => undefined)
  }
}

const WAYS: readonly Way[] = [
  { mode: 'copy' },
  { mode: 'move' },
  { mode: 'link' },
  { mode: 'link', hard_link: true },
]

const TREE = {
  'checkpoints/real.safetensors': '1',
  'loras/sdxl/detail.safetensors': '2',
  'loras/hl1.safetensors': '3',
}

async function tangled(t: TestContext): Promise<Setup> {
  const w = await setup(t, TREE)
  w.link('real.safetensors', 'checkpoints/alias.safetensors')
  w.link('../checkpoints/real.safetensors', 'diffusion_models/real.safetensors')
  w.link('alias.safetensors', 'checkpoints/zz-second.safetensors')
  w.link(join(w.models, 'loras/sdxl'), 'loras/by-link')
  const [one, other] = ['loras/hl1.safetensors', 'loras/hl2.safetensors']
  fs.linkSync(join(w.models, one), join(w.models, other))
  return w
}

for (const way of WAYS) {
  describe(`aliases, by ${JSON.stringify(way)}`, () => {
    it('are names of the pack: all that an interface could name it still can', async (t) => {
      const w = await tangled(t)
      const before = w.own()
      assert.equal(Object.keys(before).length, 8)
      const result = await w.take(way)
      assert.equal(result.failed, 0)
      assert.deepEqual(await w.seen(), before)
      assert.deepEqual(w.dangling(), [])
      assert.equal(result.files.filter((file) => file.alias_of !== undefined).length > 3, true)
    })

    it('are all back after undo', async (t) => {
      const w = await tangled(t)
      const before = w.own()
      await w.take(way)
      await undoAll(w)
      assert.deepEqual(w.own(), before)
      assert.equal(
        fs.readlinkSync(join(w.models, 'checkpoints/zz-second.safetensors')),
        'alias.safetensors',
      )
    })
  })
}

describe('a move leaves', () => {
  it('a link whose file lies elsewhere, and that file', async (t) => {
    const w = await setup(t, TREE)
    const outside = w.file('elsewhere/x.safetensors', 'x')
    w.link(outside, 'loras/x.safetensors')
    const result = await w.take({ mode: 'move' })
    assert.deepEqual(result.skipped, [
      { path: join(w.models, 'loras/x.safetensors'), reason: 'link_not_moved' },
    ])
    assert.deepEqual(w.own(), { 'loras/x.safetensors': 'x' })
  })

  it('a file to which a link leads whose place no interface could show', async (t) => {
    const w = await setup(t, TREE)
    w.link('../loras/hl1.safetensors', 'my_custom/h.safetensors')
    const before = w.own()
    const result = await w.take({ mode: 'move' })
    const reasons = Object.fromEntries(result.skipped.map((one) => [one.path, one.reason]))
    assert.equal(reasons[join(w.models, 'loras/hl1.safetensors')], 'linked')
    assert.deepEqual({ ...(await w.seen()), ...w.own() }, before)
  })

  it('no dangling link where no pack is named, and undo makes it again', async (t) => {
    const w = await tangled(t)
    const before = w.own()
    await w.import({ paths: [w.models], mode: 'move' })
    assert.deepEqual([w.own(), w.dangling()], [{}, []])
    await undoAll(w)
    assert.deepEqual(w.own(), before)
  })
})

describe('what is named twice', () => {
  it('is taken once', async (t) => {
    const w = await setup(t, TREE)
    const path = join(w.models, 'loras/hl1.safetensors')
    const result = await w.import({ paths: [w.models, path], pack: 'All' })
    assert.deepEqual([result.imported, result.files.length], [3, 3])
    assert.deepEqual(result.skipped, [{ path, reason: 'same_file_twice' }])
  })
})

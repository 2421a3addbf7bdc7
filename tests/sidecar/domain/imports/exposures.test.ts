import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { ImportResult } from '../../../../schemas/imports.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'

interface Setup extends TestSynapse {
  /** Puts files below a folder of models; gives its path. */
  models(name: string, files: Readonly<Record<string, string>>): string
  /** What the pack All shows: `<kind>/<subfolder>/<name>` → the bytes. */
  shown(): Promise<Record<string, string>>
  /** What ComfyUI sees once the pack All is in use. */
  seen(): Promise<Record<string, string>>
}

async function setup(t: TestContext): Promise<Setup> {
  const test = await createTestSynapse(t)
  const { client, root, folder } = test
  const bytes = (sha256: string) =>
    fs.readFileSync(join(root, 'data/blobs/sha256', sha256.slice(0, 2), sha256), 'utf8')
  return {
    ...test,
    models(name, files) {
      for (const [path, text] of Object.entries(files)) test.file(join(name, path), text)
      return join(folder, name)
    },
    async shown() {
      const { files } = await client.call('packs.show', { params: { name: 'All' } })
      const parts = files.map(({ kind, subfolder, filename, sha256 }) => {
        const path = [kind, ...(subfolder === null ? [] : [subfolder]), filename].join('/')
        return [path, bytes(sha256 ?? '')]
      })
      return Object.fromEntries(parts) as Record<string, string>
    },
    async seen() {
      await client.call('profiles.use', { body: { pack: 'All', only: true } })
      const view = join(root, 'data/views/comfyui/active/models')
      const names = fs.readdirSync(view, { recursive: true, encoding: 'utf8' }).sort()
      const files = names.filter((name) => fs.statSync(join(view, name)).isFile())
      return Object.fromEntries(
        files.map((name) => [name, fs.readFileSync(join(view, name), 'utf8')]),
      )
    },
  }
}

const reported = (result: ImportResult) =>
  result.files.map((file) => [file.name, file.exposed_as, file.renamed?.to ?? null])

/** Takes every undoable operation back, newest first. */
async function undoAll({ client }: TestSynapse): Promise<void> {
  const { items } = await client.call('journal.list', { query: { limit: 1000 } })
  for (const { id, undoable } of items) {
    if (!undoable) continue
    await client.call('journal.undo', { params: { id }, body: {} }).catch(() => undefined)
  }
}

describe('bytes that have several names', () => {
  it('are shown under every name, kind and folder, whichever came first', async (t) => {
    const w = await setup(t)
    const path = w.models('models', {
      'checkpoints/base.safetensors': 'one',
      'checkpoints/zz-other.safetensors': 'one',
      'checkpoints/sub/base.safetensors': 'one',
      'vae/base.safetensors': 'one',
      'loras/a.safetensors': 'two',
    })
    const result = await w.import({ paths: [path], mode: 'move', pack: 'All' })
    assert.deepEqual([result.imported, result.already_there, result.failed], [2, 3, 0])
    assert.deepEqual(await w.seen(), {
      'checkpoints/base.safetensors': 'one',
      'checkpoints/sub/base.safetensors': 'one',
      'checkpoints/zz-other.safetensors': 'one',
      'loras/a.safetensors': 'two',
      'vae/base.safetensors': 'one',
    })
  })

  it('get a further name by a later import, also where the pack has the bytes', async (t) => {
    const w = await setup(t)
    await w.import({ paths: [w.models('a', { 'loras/a.safetensors': 'one' })], pack: 'All' })
    const later = w.models('b', { 'loras/b.safetensors': 'one', 'vae/a.safetensors': 'one' })
    await w.import({ paths: [later], pack: 'All' })
    await w.import({ paths: [later], pack: 'All' })
    assert.deepEqual(await w.shown(), {
      'lora/a.safetensors': 'one',
      'lora/b.safetensors': 'one',
      'vae/a.safetensors': 'one',
    })
  })

  it('lose the further name again by undo', async (t) => {
    const w = await setup(t)
    await w.import({ paths: [w.models('a', { 'loras/a.safetensors': 'one' })], pack: 'All' })
    await w.import({ paths: [w.models('b', { 'vae/b.safetensors': 'one' })], pack: 'All' })
    const { items } = await w.client.call('journal.list', { query: { op: 'pack.edit' } })
    await w.client.call('journal.undo', { params: { id: items[0]?.id ?? '' }, body: {} })
    assert.deepEqual(await w.shown(), { 'lora/a.safetensors': 'one' })
  })

  it('come back with every name where all is undone', async (t) => {
    const w = await setup(t)
    const files = { 'loras/a.safetensors': 'one', 'vae/b.safetensors': 'two' }
    const path = w.models('m', files)
    await w.import({ paths: [path], mode: 'move', pack: 'All' })
    await undoAll(w)
    for (const [name, text] of Object.entries(files)) {
      assert.equal(fs.readFileSync(join(path, name), 'utf8'), text)
    }
  })
})

describe('a name that other bytes of the pack have', () => {
  it('is not taken: the later file gets a number, and the result says so', async (t) => {
    const w = await setup(t)
    await w.import({ paths: [w.models('a', { 'loras/x.safetensors': '1' })], pack: 'All' })
    const second = w.models('b', { 'loras/x.safetensors': '2', 'loras/X.safetensors': '3' })
    const result = await w.import({ paths: [second], pack: 'All' })
    assert.deepEqual(reported(result), [
      ['X.safetensors', 'X (2).safetensors', 'X (2).safetensors'],
      ['x.safetensors', 'x (3).safetensors', 'x (3).safetensors'],
    ])
    const again = await w.import({ paths: [second], pack: 'All' })
    assert.deepEqual(reported(again), reported(result))
    assert.equal(Object.keys(await w.shown()).length, 3)
  })

  it('is kept apart where two kinds share a folder of the interface', async (t) => {
    const w = await setup(t)
    const kind_map = { comfyui: { unet: 'models/diffusion_models' } }
    await w.client.call('store.config_edit', { body: { kind_map } })
    const path = w.models('m', { 'unet/x.safetensors': '1', 'diffusion_models/x.safetensors': '2' })
    await w.import({ paths: [path], pack: 'All' })
    assert.deepEqual(Object.values(await w.seen()).sort(), ['1', '2'])
  })

  it('stays with the file that really bears it, not with one renamed to it', async (t) => {
    const w = await setup(t)
    const path = w.models('m', { 'loras/s:v2.safetensors': '1', 'loras/s_v2.safetensors': '2' })
    const result = await w.import({ paths: [path], mode: 'move', pack: 'All' })
    assert.deepEqual(reported(result), [
      ['s:v2.safetensors', 's_v2 (2).safetensors', 's_v2 (2).safetensors'],
      ['s_v2.safetensors', 's_v2.safetensors', null],
    ])
    assert.deepEqual(await w.shown(), {
      'lora/s_v2.safetensors': '2',
      'lora/s_v2 (2).safetensors': '1',
    })
  })

  it('comes to the file that really bears it also where that is imported later', async (t) => {
    const w = await setup(t)
    await w.import({ paths: [w.models('a', { 'loras/s:v2.safetensors': '1' })], pack: 'All' })
    assert.deepEqual(await w.shown(), { 'lora/s_v2.safetensors': '1' })
    const real = w.models('b', { 'loras/s_v2.safetensors': '2' })
    const result = await w.import({ paths: [real], pack: 'All' })
    assert.deepEqual(result.displaced, [{ from: 's_v2.safetensors', to: 's_v2 (2).safetensors' }])
    assert.deepEqual(await w.shown(), {
      'lora/s_v2.safetensors': '2',
      'lora/s_v2 (2).safetensors': '1',
    })
  })

  it('may be as long as a name can be', async (t) => {
    const w = await setup(t)
    const name = `${'x'.repeat(243)}.safetensors`
    await w.import({ paths: [w.models('a', { [`loras/${name}`]: '1' })], pack: 'All' })
    await w.import({ paths: [w.models('b', { [`loras/${name}`]: '2' })], pack: 'All' })
    assert.deepEqual(Object.values(await w.seen()).sort(), ['1', '2'])
  })
})

describe('a subfolder', () => {
  it('has names that every file system takes', async (t) => {
    const w = await setup(t)
    const path = w.models('m', { 'loras/.cache/v1. /C:/a.safetensors': '1' })
    await w.import({ paths: [path], pack: 'All' })
    assert.deepEqual(await w.shown(), { 'lora/_cache/v1/C_/a.safetensors': '1' })
  })

  it('is not made of a backslash in a name', { skip: process.platform === 'win32' }, async (t) => {
    const w = await setup(t)
    await w.import({ paths: [w.models('m', { 'loras/C:\\vae\\a.safetensors': '1' })], pack: 'All' })
    assert.deepEqual(await w.shown(), { 'lora/C__vae_a.safetensors': '1' })
  })
})

describe('--kind', () => {
  it('corrects a guessed kind of known bytes, and the answer says so', async (t) => {
    const w = await setup(t)
    const path = w.models('m', { 'somewhere/x.safetensors': '1', 'loras/y.safetensors': '2' })
    await w.import({ paths: [path], pack: 'All' })
    assert.deepEqual(Object.keys(await w.shown()).sort(), [
      'lora/y.safetensors',
      'unknown/x.safetensors',
    ])
    const result = await w.import({ paths: [path], pack: 'All', kind: 'clip_vision' })
    assert.deepEqual(
      result.files.map((file) => file.kind_corrected),
      [
        { from: 'lora', to: 'clip_vision' },
        { from: 'unknown', to: 'clip_vision' },
      ],
    )
    assert.deepEqual(await w.seen(), {
      'clip_vision/x.safetensors': '1',
      'clip_vision/y.safetensors': '2',
    })
  })

  it('adds an exposure beside a kind that a person named', async (t) => {
    const w = await setup(t)
    const path = w.models('m', { 'somewhere/x.safetensors': '1' })
    await w.import({ paths: [path], pack: 'All', kind: 'lora' })
    await w.import({ paths: [path], pack: 'All', kind: 'vae' })
    assert.deepEqual(await w.seen(), { 'loras/x.safetensors': '1', 'vae/x.safetensors': '1' })
  })

  it('takes a kind that the settings map, and refuses a word that is none', async (t) => {
    const w = await setup(t)
    const path = w.models('m', { 'x.safetensors': '1' })
    const refused = { code: 'input.invalid' }
    await assert.rejects(w.import({ paths: [path], pack: 'All', kind: 'ipadapter' }), refused)
    const preview = w.client.call('imports.preview', { body: { paths: [path], kind: 'loras' } })
    await assert.rejects(preview, refused)
    const kind_map = { comfyui: { ipadapter: 'models/ipadapter' } }
    await w.client.call('store.config_edit', { body: { kind_map } })
    await w.import({ paths: [path], pack: 'All', kind: 'ipadapter' })
    assert.deepEqual(await w.seen(), { 'ipadapter/x.safetensors': '1' })
  })
})

describe('what no interface sees', () => {
  it('is reported with its reason, and a pack that nothing joined is not named', async (t) => {
    const w = await setup(t)
    const path = w.models('m', {
      'somewhere/x.safetensors': '1',
      'loras/y.pt': '2',
      'loras/z.safetensors': '3',
    })
    const result = await w.import({ paths: [path], pack: 'All' })
    assert.deepEqual(result.unseen, { no_folder: 1, waits_for_approval: 1 })
    const alone = await w.import({ paths: [join(path, 'loras/z.safetensors')] })
    assert.deepEqual(alone.unseen, { no_pack: 1 })
    const nothing = await w.import({
      paths: [w.models('e', { 'loras/e.safetensors': '' })],
      pack: 'B',
    })
    assert.equal(nothing.pack, null)
  })
})

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'

interface Setup extends TestSynapse {
  /** The folder of models. */
  readonly models: string
  /** Puts files below it. */
  put(files: Readonly<Record<string, string>>): void
  /** Why files of the folder were left, by path below it. */
  left(mode: 'copy' | 'move'): Promise<Record<string, string>>
  /** The files that stand in the folder now. */
  standing(): string[]
}

async function setup(t: TestContext): Promise<Setup> {
  const test = await createTestSynapse(t)
  const models = join(test.folder, 'ComfyUI/models')
  const below = (path: string) => path.slice(models.length + 1)
  return {
    ...test,
    models,
    put(files) {
      for (const [path, text] of Object.entries(files)) {
        test.file(join('ComfyUI/models', path), text)
      }
    },
    async left(mode) {
      const preview = await test.client.call('imports.preview', { body: { paths: [models], mode } })
      const result = await test.import({ paths: [models], mode, pack: 'All' })
      assert.equal(result.failed, 0)
      const actual = (skipped: readonly { path: string; reason: string }[]) =>
        Object.fromEntries(skipped.map(({ path, reason }) => [below(path), reason]))
      assert.deepEqual(actual(preview.skipped.items), actual(result.skipped))
      return actual(result.skipped)
    },
    standing() {
      const names = fs.readdirSync(models, { recursive: true, encoding: 'utf8' }).sort()
      return names.filter((name) => !fs.lstatSync(join(models, name)).isDirectory())
    },
  }
}

describe('a move leaves', () => {
  const parts: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    [
      'a pipeline of diffusers',
      ['diffusers/sdxl/unet/diffusion_pytorch_model.safetensors'],
      ['diffusers/sdxl/model_index.json', 'diffusers/sdxl/unet/config.json'],
    ],
    ['a pipeline without its index', ['diffusers/sdxl/vae/model.safetensors'], []],
    [
      'a pipeline elsewhere',
      ['checkpoints/pipe/text_encoder/model.safetensors', 'checkpoints/pipe/vae/a.safetensors'],
      ['checkpoints/pipe/model_index.json'],
    ],
    [
      'a repository with a tokenizer',
      ['text_encoders/t5/model.safetensors'],
      ['text_encoders/t5/tokenizer.json', 'text_encoders/t5/config.json'],
    ],
    [
      'weights below a repository',
      ['clip_vision/repo/onnx/model.onnx'],
      ['clip_vision/repo/config.json'],
    ],
    [
      'shards',
      ['text_encoders/m-00001-of-00002.safetensors', 'text_encoders/m-00002-of-00002.safetensors'],
      ['text_encoders/m.safetensors.index.json'],
    ],
    ['a graph with outer weights', ['upscale_models/x.onnx'], ['upscale_models/x.onnx_data']],
    [
      'generic weights with their settings',
      ['controlnet/diffusion_pytorch_model.safetensors'],
      ['controlnet/config.json'],
    ],
  ]
  for (const [what, models, others] of parts) {
    it(`${what}: a part of a folder`, async (t) => {
      const w = await setup(t)
      const all = Object.fromEntries([...models, ...others].map((path) => [path, path]))
      w.put({ ...all, 'loras/a.safetensors': 'a' })
      const left = await w.left('move')
      for (const path of models) assert.equal(left[path], 'folder_model', path)
      assert.deepEqual(w.standing(), [...models, ...others].sort())
    })
  }

  it('kinds for which no interface of the default set has a folder', async (t) => {
    const w = await setup(t)
    w.put({
      'my_custom/a.safetensors': 'a',
      'insightface/models/antelopev2/b.onnx': 'b',
      'LLM/repo/c.safetensors': 'c',
      'clip_vision/d.safetensors': 'd',
    })
    assert.deepEqual(await w.left('move'), {
      'my_custom/a.safetensors': 'no_folder',
      'insightface/models/antelopev2/b.onnx': 'no_folder',
      'LLM/repo/c.safetensors': 'no_folder',
    })
    assert.equal(w.standing().length, 3)
  })

  it('pickles that nobody has approved, and takes the others', async (t) => {
    const w = await setup(t)
    w.put({ 'vae/one.pt': 'one', 'vae/two.pt': 'two' })
    assert.deepEqual(await w.left('move'), {
      'vae/one.pt': 'waits_for_approval',
      'vae/two.pt': 'waits_for_approval',
    })
    const { files } = await w.import({ paths: [join(w.models, 'vae/one.pt')] })
    const params = { item: files[0]?.sha256 ?? '' }
    await w.client.call('inventory.approve', { params, body: {} })
    const result = await w.import({ paths: [w.models], mode: 'move', pack: 'All' })
    assert.deepEqual(
      result.skipped.map(({ path, reason }) => [path, reason]),
      [[join(w.models, 'vae/two.pt'), 'waits_for_approval']],
    )
    assert.deepEqual(w.standing(), ['vae/two.pt'])
  })

  it('sidecars of a moved model, and says so; others are no models', async (t) => {
    const w = await setup(t)
    w.put({
      'loras/a.v2.safetensors': 'a',
      'loras/a.v2.preview.png': 'p',
      'loras/a.v2.civitai.info': 'i',
      'loras/a.v2.safetensors.sha256': 's',
      'loras/b.json': 'b',
      'loras/a.v3.json': 'c',
    })
    assert.deepEqual(await w.left('move'), {
      'loras/a.v2.preview.png': 'sidecar',
      'loras/a.v2.civitai.info': 'sidecar',
      'loras/a.v2.safetensors.sha256': 'sidecar',
      'loras/b.json': 'not_a_model',
      'loras/a.v3.json': 'not_a_model',
    })
  })

  it('nothing of that where it copies', async (t) => {
    const w = await setup(t)
    w.put({
      'my_custom/a.safetensors': 'a',
      'vae/b.pt': 'b',
      'text_encoders/t5/model.safetensors': 'c',
      'text_encoders/t5/config.json': '{}',
    })
    assert.deepEqual(await w.left('copy'), { 'text_encoders/t5/config.json': 'not_a_model' })
  })
})

describe('an unfinished download', () => {
  for (const mode of ['copy', 'move', 'link'] as const) {
    it(`is left by ${mode}, and said`, async (t) => {
      const w = await setup(t)
      w.put({
        'loras/a.safetensors': 'a',
        'loras/a.safetensors.aria2': 'control',
        'loras/b.safetensors': 'b',
        'loras/c.safetensors.crdownload': 'c',
      })
      const result = await w.import({ paths: [w.models], mode, all_files: true, pack: 'All' })
      const reasons = Object.fromEntries(result.skipped.map((one) => [one.path, one.reason]))
      assert.deepEqual(reasons, {
        [join(w.models, 'loras/a.safetensors')]: 'unfinished',
        [join(w.models, 'loras/a.safetensors.aria2')]: 'unfinished',
        [join(w.models, 'loras/c.safetensors.crdownload')]: 'unfinished',
      })
      assert.equal(result.imported, 1)
    })
  }
})

/** A program that holds a file open, and writes to it when it is reported to. */
async function writer(t: TestContext, path: string): Promise<(bytes: string) => Promise<void>> {
  const script = `const fs = require('node:fs'); const fd = fs.openSync(process.argv[1], 'a')
    process.stdout.write('open')
    process.stdin.on('data', (bytes) => { fs.writeSync(fd, bytes); process.stdout.write('done') })`
  const child = spawn(process.execPath, ['-e', script, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return async (bytes) => {
    child.stdin.write(bytes)
    await once(child.stdout, 'data')
  }
}

const canReport = process.platform === 'linux' || process.platform === 'win32'

describe('a file that a program still writes to', { skip: !canReport }, () => {
  for (const request of [{ mode: 'move' }, { mode: 'link', hard_link: true }] as const) {
    it(`is left by ${request.mode}, and no blob changes`, async (t) => {
      const w = await setup(t)
      w.put({ 'loras/a.safetensors': 'half', 'loras/b.safetensors': 'whole' })
      const path = join(w.models, 'loras/a.safetensors')
      const write = await writer(t, path)
      const result = await w.import({ paths: [w.models], ...request, pack: 'All' })
      assert.deepEqual(result.skipped, [{ path, reason: 'in_use' }])
      assert.equal(result.imported, 1)
      await write(' and the rest')
      assert.equal(fs.readFileSync(path, 'utf8'), 'half and the rest')
      const verified = await w.client.call('inventory.verify', { body: { all: true } })
      const { result: proof } = await w.wait(verified)
      assert.deepEqual((proof as { invalid: string[] }).invalid, [])
    })
  }
})

describe('a file with further hard-linked names', () => {
  it('is copied by a move, so that no other name leads into the store', async (t) => {
    const w = await setup(t)
    w.put({ 'loras/a.safetensors': 'bytes' })
    const other = join(w.folder, 'elsewhere.bin')
    fs.linkSync(join(w.models, 'loras/a.safetensors'), other)
    const { mode } = fs.statSync(other)
    const result = await w.import({ paths: [w.models], mode: 'move', pack: 'All' })
    const [file] = result.files
    assert.deepEqual([file?.how, file?.copied_because], ['copied', 'hard_linked'])
    assert.equal(result.notes.length, 1)
    assert.deepEqual(w.standing(), [])
    assert.equal(fs.statSync(other).mode, mode)
    fs.appendFileSync(other, ' changed')
    const sha256 = file?.sha256 ?? ''
    const blob = join(w.root, 'data/blobs/sha256', sha256.slice(0, 2), sha256)
    assert.equal(fs.readFileSync(blob, 'utf8'), 'bytes')
  })

  it('is said where a hard link is asked for', async (t) => {
    const w = await setup(t)
    w.put({ 'loras/a.safetensors': 'bytes' })
    fs.linkSync(join(w.models, 'loras/a.safetensors'), join(w.folder, 'elsewhere.bin'))
    const request = { paths: [w.models], mode: 'link' as const, hard_link: true }
    const preview = await w.client.call('imports.preview', { body: request })
    const result = await w.import(request)
    for (const { notes } of [preview, result]) {
      assert.ok(notes.some((note) => note.includes('hard-linked names')))
    }
  })
})

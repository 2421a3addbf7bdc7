import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { announceView } from '../../sidecar/app/events/announce-view.ts'
import { createTestSynapse, type TestSynapse } from '../_support/test-synapse.ts'
import { skipLoudly } from '../_support/volumes.ts'

const SCRIPT = join(import.meta.dirname, 'lists_test.py')
const KINDS = ['checkpoints', 'loras', 'vae', 'embeddings'] as const

type Lists = Readonly<Record<(typeof KINDS)[number], readonly string[]>>

function findPython(): string | undefined {
  return ['python3', 'python'].find((name) => {
    const statement = 'import sys; sys.exit(sys.version_info < (3, 9))'
    return spawnSync(name, ['-c', statement]).status === 0
  })
}

/** A ComfyUI that was started once; gives its lists as they are at that moment. */
async function startComfyui(
  t: TestContext,
  python: string,
  setup: TestSynapse,
): Promise<() => Promise<Lists>> {
  await announceView(setup.synapse.services)
  const child = spawn(python, [SCRIPT, join(setup.folder, 'ComfyUI')], {
    env: { ...process.env, SYNAPSE_HOME: setup.home },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill())
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<unknown> => {
    const line = await lines.next()
    if (line.done === true) assert.fail('The Python process has ended')
    return JSON.parse(line.value)
  }
  assert.match(String(await nextLine()), /^models of .+ listed for \d+ kinds$/u)
  return async () => {
    child.stdin.write(`${JSON.stringify(KINDS)}\n`)
    return (await nextLine()) as Lists
  }
}

const EVERYTHING: Lists = {
  checkpoints: ['base.safetensors', 'other.safetensors'],
  loras: ['ink.safetensors', 'people/neon.safetensors'],
  vae: ['glow.safetensors'],
  embeddings: ['bad hands.safetensors'],
}
const INK: Lists = {
  checkpoints: ['base.safetensors'],
  loras: ['ink.safetensors'],
  vae: [],
  embeddings: [],
}

async function fill(setup: TestSynapse): Promise<void> {
  const take = async (pack: string, ...models: string[]) => {
    const paths = models.map((model) => setup.file(`${pack}/${model}`, model))
    await setup.import({ paths, pack: pack })
  }
  await take('Ink', 'checkpoints/base.safetensors', 'loras/ink.safetensors')
  await take('Neon', 'checkpoints/other.safetensors', 'vae/glow.safetensors')
  await take('Hands', 'embeddings/bad hands.safetensors')
  const { files } = await setup.import({
    paths: [setup.file('loras/neon.safetensors', 'neon')],
  })
  const sha256 = files[0]?.sha256 as never
  const subfolder = 'people' as never
  await setup.client.call('packs.edit', {
    params: { name: 'Neon' },
    body: { add: [{ sha256, subfolder, required: true }] },
  })
}

test('a ComfyUI that runs on lists what every switch shows, and nothing else', async (t) => {
  const python = findPython()
  if (python === undefined) {
    skipLoudly(t, 'no Python >= 3.9 here, so what ComfyUI lists was not tested')
    return
  }
  const setup = await createTestSynapse(t)
  await fill(setup)
  const lists = await startComfyui(t, python, setup)
  const { client } = setup
  const loras = join(setup.root, 'data/views/comfyui/active/models/loras')
  const params = { name: 'Neon' as never }

  const steps: readonly (readonly [string, () => unknown, Lists])[] = [
    ['before anything was used', () => undefined, EVERYTHING],
    [
      'after use of one pack alone',
      () => client.call('profiles.use', { body: { pack: 'Ink', only: true } }),
      INK,
    ],
    ['asked again', () => undefined, INK],
    ['after back', () => client.call('profiles.back', { body: {} }), EVERYTHING],
    [
      'after use of another pack, built in the same moment',
      () => client.call('profiles.use', { body: { pack: 'Hands', only: true } }),
      { checkpoints: [], loras: [], vae: [], embeddings: ['bad hands.safetensors'] },
    ],
    [
      'after use on top of the base',
      () => client.call('profiles.use', { body: { pack: 'Neon' } }),
      EVERYTHING,
    ],
    ['after reset', () => client.call('profiles.reset', { body: {} }), EVERYTHING],
    [
      'after a kind became empty in the view that is shown',
      () => client.call('packs.edit', { params, body: { remove: ['glow.safetensors'] as never } }),
      { ...EVERYTHING, vae: [] },
    ],
    [
      'after it came back under another name',
      async () => {
        const page = await client.call('inventory.list', { query: { search: 'glow' } })
        const sha256 = page.items[0]?.sha256 as never
        const add = [{ sha256, filename: 'glow 2.safetensors' as never, required: true }]
        await client.call('packs.edit', { params, body: { add } })
      },
      { ...EVERYTHING, vae: ['glow 2.safetensors'] },
    ],
    [
      'after a file of ComfyUI’s own came beside the links',
      () => {
        fs.writeFileSync(join(loras, 'own.safetensors'), 'own')
      },
      {
        ...EVERYTHING,
        vae: ['glow 2.safetensors'],
        loras: ['ink.safetensors', 'own.safetensors', 'people/neon.safetensors'],
      },
    ],
    [
      'after the pack with the subfolder was deleted',
      () => client.call('packs.delete', { params }),
      {
        checkpoints: ['base.safetensors'],
        loras: ['ink.safetensors', 'own.safetensors'],
        vae: [],
        embeddings: ['bad hands.safetensors'],
      },
    ],
  ]
  for (const [when, work, expected] of steps) {
    await work()
    assert.deepEqual(await lists(), expected, when)
  }
})

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { viewOf } from '../../../_support/interface-files.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'

const PACK = 'My styles'
const LORAS = 'models/loras'
const LINK = `${LORAS}/style.safetensors`

async function shown(t: TestContext): Promise<TestSynapse> {
  const world = await createTestSynapse(t)
  for (const name of ['style', 'other']) {
    await world.import({ paths: [world.file(`loras/${name}.safetensors`, name)], pack: PACK })
  }
  return world
}

const sync = ({ client }: TestSynapse) => client.call('profiles.sync', { body: {} })
const notes = async ({ client }: TestSynapse) =>
  (await client.call('store.status')).notes.filter(
    (note) => note.includes('to take') || note.includes('To take'),
  )
const restored = async ({ client }: TestSynapse) =>
  (await client.call('journal.list', { query: { op: 'view.restore_links' } })).items

async function command({ client }: TestSynapse): Promise<string> {
  const { files } = await client.call('packs.show', { params: { name: PACK } })
  const file = files.find(({ filename }) => filename === 'style.safetensors')
  return `synapse pack edit "${PACK}" --remove ${file?.dependency_id ?? ''}`
}

describe('a link of ours that somebody removed', () => {
  it('comes back; journal and status say so once, with its pack and how to take it out', async (t) => {
    const world = await shown(t)
    fs.rmSync(viewOf(world.root, 'global', LINK))
    await sync(world)
    await sync(world)
    assert.ok(fs.lstatSync(viewOf(world.root, 'global', LINK)).isSymbolicLink())
    const [entry, ...more] = await restored(world)
    assert.equal(more.length, 0)
    assert.match(entry?.summary ?? '', /style\.safetensors of the view comfyui\/global,/u)
    assert.ok(entry?.summary.includes(await command(world)))
    assert.equal(entry?.undoable, false)
    const told = await notes(world)
    assert.equal(told.length, 1)
    assert.match(
      told[0] ?? '',
      /style\.safetensors was removed from the view of comfyui and is back/u,
    )
    assert.ok(told[0]?.includes(await command(world)))
  })

  it('is told of once, however often it was removed', async (t) => {
    const world = await shown(t)
    for (let times = 0; times < 3; times += 1) {
      fs.rmSync(viewOf(world.root, 'global', LINK))
      await sync(world)
    }
    assert.equal((await restored(world)).length, 3)
    assert.equal((await notes(world)).length, 1)
  })

  it('is told of no more once the pack has lost it', async (t) => {
    const world = await shown(t)
    fs.rmSync(viewOf(world.root, 'global', LINK))
    await sync(world)
    const { files } = await world.client.call('packs.show', { params: { name: PACK } })
    const remove = files
      .filter(({ filename }) => filename === 'style.safetensors')
      .map((file) => file.dependency_id)
    await world.client.call('packs.edit', { params: { name: PACK }, body: { remove } })
    assert.deepEqual(await notes(world), [])
    assert.equal(fs.existsSync(viewOf(world.root, 'global', LINK)), false)
  })

  it('with its folder, too: one entry for all', async (t) => {
    const world = await shown(t)
    fs.rmSync(viewOf(world.root, 'global', LORAS), { recursive: true })
    await sync(world)
    const [entry, ...more] = await restored(world)
    assert.equal(more.length, 0)
    assert.equal(entry?.after['total'], 2)
    assert.equal((await notes(world)).length, 2)
  })

  it('in a view that nobody looked at, too', async (t) => {
    const world = await shown(t)
    const use = () => world.client.call('profiles.use', { body: { pack: PACK, only: true } })
    await use()
    await world.client.call('profiles.reset', { body: {} })
    fs.rmSync(viewOf(world.root, `only__${PACK}`, LINK))
    await use()
    assert.equal((await restored(world)).length, 1)
  })
})

describe('a link of ours that somebody renamed', () => {
  it('has its name again, and the other one goes; both are said', async (t) => {
    const world = await shown(t)
    const other = `${LORAS}/mine/renamed.safetensors`
    fs.mkdirSync(dirname(viewOf(world.root, 'global', other)))
    const target = fs.readlinkSync(viewOf(world.root, 'global', LINK))
    fs.rmSync(viewOf(world.root, 'global', LINK))
    fs.symlinkSync(`../${target}`, viewOf(world.root, 'global', other))
    await sync(world)
    assert.ok(fs.lstatSync(viewOf(world.root, 'global', LINK)).isSymbolicLink())
    assert.equal(fs.existsSync(viewOf(world.root, 'global', other)), false)
    const [note] = await notes(world)
    assert.match(note ?? '', /renamed to models\/loras\/mine\/renamed\.safetensors/u)
    assert.match((await restored(world))[0]?.summary ?? '', /renamed to/u)
  })
})

describe('what is no removal by somebody', () => {
  it('a file saved over the link, and a pack that has lost it', async (t) => {
    const world = await shown(t)
    fs.rmSync(viewOf(world.root, 'global', LINK))
    fs.writeFileSync(viewOf(world.root, 'global', LINK), 'mine')
    await sync(world)
    assert.deepEqual(await restored(world), [])
    assert.deepEqual(await notes(world), [])
  })

  it('a view that a tool without links has copied', async (t) => {
    const world = await shown(t)
    const view = viewOf(world.root, 'global')
    const copy = `${view}.copy`
    fs.cpSync(view, copy, {
      recursive: true,
      filter: (path) => !fs.lstatSync(path).isSymbolicLink(),
    })
    fs.rmSync(view, { recursive: true })
    fs.renameSync(copy, view)
    await sync(world)
    assert.ok(fs.lstatSync(viewOf(world.root, 'global', LINK)).isSymbolicLink())
    assert.deepEqual(await restored(world), [])
  })
})

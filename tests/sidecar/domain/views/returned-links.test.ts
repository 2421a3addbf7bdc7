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
  const setup = await createTestSynapse(t)
  for (const name of ['style', 'other']) {
    await setup.import({ paths: [setup.file(`loras/${name}.safetensors`, name)], pack: PACK })
  }
  return setup
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

describe('a link of ours that was removed', () => {
  it('comes back; journal and status say so once, with its pack and how to take it out', async (t) => {
    const setup = await shown(t)
    fs.rmSync(viewOf(setup.root, 'global', LINK))
    await sync(setup)
    await sync(setup)
    assert.ok(fs.lstatSync(viewOf(setup.root, 'global', LINK)).isSymbolicLink())
    const [entry, ...more] = await restored(setup)
    assert.equal(more.length, 0)
    assert.match(entry?.summary ?? '', /style\.safetensors of the view comfyui\/global,/u)
    assert.ok(entry?.summary.includes(await command(setup)))
    assert.equal(entry?.undoable, false)
    const reported = await notes(setup)
    assert.equal(reported.length, 1)
    assert.match(
      reported[0] ?? '',
      /style\.safetensors was removed from the view of comfyui and is back/u,
    )
    assert.ok(reported[0]?.includes(await command(setup)))
  })

  it('is reported once, however often it was removed', async (t) => {
    const setup = await shown(t)
    for (let times = 0; times < 3; times += 1) {
      fs.rmSync(viewOf(setup.root, 'global', LINK))
      await sync(setup)
    }
    assert.equal((await restored(setup)).length, 3)
    assert.equal((await notes(setup)).length, 1)
  })

  it('is no longer reported once the pack has lost it', async (t) => {
    const setup = await shown(t)
    fs.rmSync(viewOf(setup.root, 'global', LINK))
    await sync(setup)
    const { files } = await setup.client.call('packs.show', { params: { name: PACK } })
    const remove = files
      .filter(({ filename }) => filename === 'style.safetensors')
      .map((file) => file.dependency_id)
    await setup.client.call('packs.edit', { params: { name: PACK }, body: { remove } })
    assert.deepEqual(await notes(setup), [])
    assert.equal(fs.existsSync(viewOf(setup.root, 'global', LINK)), false)
  })

  it('with its folder, too: one entry for all', async (t) => {
    const setup = await shown(t)
    fs.rmSync(viewOf(setup.root, 'global', LORAS), { recursive: true })
    await sync(setup)
    const [entry, ...more] = await restored(setup)
    assert.equal(more.length, 0)
    assert.equal(entry?.after['total'], 2)
    assert.equal((await notes(setup)).length, 2)
  })

  it('in an inactive view, too', async (t) => {
    const setup = await shown(t)
    const use = () => setup.client.call('profiles.use', { body: { pack: PACK, only: true } })
    await use()
    await setup.client.call('profiles.reset', { body: {} })
    fs.rmSync(viewOf(setup.root, `only__${PACK}`, LINK))
    await use()
    assert.equal((await restored(setup)).length, 1)
  })
})

describe('a link of ours that was renamed', () => {
  it('has its name again, and the other one goes; both are said', async (t) => {
    const setup = await shown(t)
    const other = `${LORAS}/mine/renamed.safetensors`
    fs.mkdirSync(dirname(viewOf(setup.root, 'global', other)))
    const target = fs.readlinkSync(viewOf(setup.root, 'global', LINK))
    fs.rmSync(viewOf(setup.root, 'global', LINK))
    fs.symlinkSync(`../${target}`, viewOf(setup.root, 'global', other))
    await sync(setup)
    assert.ok(fs.lstatSync(viewOf(setup.root, 'global', LINK)).isSymbolicLink())
    assert.equal(fs.existsSync(viewOf(setup.root, 'global', other)), false)
    const [note] = await notes(setup)
    assert.match(note ?? '', /renamed to models\/loras\/mine\/renamed\.safetensors/u)
    assert.match((await restored(setup))[0]?.summary ?? '', /renamed to/u)
  })
})

describe('what is not a removal on purpose', () => {
  it('a file saved over the link, and a pack that has lost it', async (t) => {
    const setup = await shown(t)
    fs.rmSync(viewOf(setup.root, 'global', LINK))
    fs.writeFileSync(viewOf(setup.root, 'global', LINK), 'mine')
    await sync(setup)
    assert.deepEqual(await restored(setup), [])
    assert.deepEqual(await notes(setup), [])
  })

  it('a view that a tool without links has copied', async (t) => {
    const setup = await shown(t)
    const view = viewOf(setup.root, 'global')
    const copy = `${view}.copy`
    fs.cpSync(view, copy, {
      recursive: true,
      filter: (path) => !fs.lstatSync(path).isSymbolicLink(),
    })
    fs.rmSync(view, { recursive: true })
    fs.renameSync(copy, view)
    await sync(setup)
    assert.ok(fs.lstatSync(viewOf(setup.root, 'global', LINK)).isSymbolicLink())
    assert.deepEqual(await restored(setup), [])
  })
})

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { ProfileName, UiName } from '../../../../schemas/ids.ts'
import { removeView } from '../../../../sidecar/domain/views/remove-view.ts'
import { asideWithName } from '../../../../sidecar/platform/aside-name.ts'
import { createTestSynapse } from '../../../_support/test-synapse.ts'

const LINK = 'data/views/comfyui/profiles/global/models/loras/style.safetensors'

/** A view with one link, as a process left it that was killed while it was about to remove that. */
async function killedAtLink(t: TestContext) {
  const setup = await createTestSynapse(t)
  await setup.import({ paths: [setup.file('loras/style.safetensors', 'style')], pack: 'P' })
  await setup.client.call('profiles.sync', { body: {} })
  const link = join(setup.root, LINK)
  const aside = asideWithName(link)
  fs.renameSync(link, aside)
  const names = () => fs.readdirSync(dirname(link))
  const sync = () => setup.client.call('profiles.sync', { body: {} })
  return { ...setup, link, aside, names, sync }
}

describe('what a killed process left renamed aside in a view', () => {
  it('is removed where it is a link of ours, which is made again', async (t) => {
    const { link, names, sync } = await killedAtLink(t)
    await sync()
    assert.deepEqual(names(), [basename(link)])
    assert.equal(fs.lstatSync(link).isSymbolicLink(), true)
  })

  it('gets its name back where it is a file of another program', async (t) => {
    const { aside, link, names, sync } = await killedAtLink(t)
    fs.unlinkSync(aside)
    fs.writeFileSync(asideWithName(link), 'theirs')
    await sync()
    assert.deepEqual(names(), [basename(link)])
    assert.equal(fs.readFileSync(link, 'utf8'), 'theirs')
  })

  it('goes to quarantine under its own name where that is taken', async (t) => {
    const { root, aside, link, names, sync } = await killedAtLink(t)
    fs.unlinkSync(aside)
    fs.writeFileSync(asideWithName(link), 'theirs')
    fs.writeFileSync(link, 'and theirs')
    await sync()
    assert.deepEqual(names(), [basename(link)])
    assert.equal(fs.readFileSync(link, 'utf8'), 'and theirs')
    const [id = ''] = fs.readdirSync(join(root, 'data/quarantine'))
    const folder = join(root, 'data/quarantine', id)
    assert.equal(fs.readFileSync(join(folder, basename(link)), 'utf8'), 'theirs')
    const origin = JSON.parse(fs.readFileSync(join(folder, 'origin.json'), 'utf8')) as object
    assert.equal((origin as { from: string }).from, LINK)
  })

  it('gets its name back when the view is removed', async (t) => {
    const { synapse, aside, link, names } = await killedAtLink(t)
    fs.unlinkSync(aside)
    fs.writeFileSync(asideWithName(link), 'theirs')
    const view = { ui: 'comfyui' as UiName, profile: 'global' as ProfileName }
    await synapse.services.store.transact('test', (tx) => removeView(tx, view))
    assert.deepEqual(names(), [basename(link)])
  })
})

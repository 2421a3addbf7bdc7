import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { QUIET_PERIOD_MS } from '../../../../sidecar/domain/models/at-rest.ts'
import { adoptFiles } from '../../../../sidecar/domain/imports/adopt-files.ts'
import { quietWork } from '../../../../sidecar/domain/progress.ts'
import { safetensors } from '../../../_support/model-bytes.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'

const LINK = 'models/loras/style.safetensors'
const OLD = safetensors('the old style')
const NEW = safetensors('the new style, and longer')

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

interface Setup extends TestSynapse {
  view(profile: string, path?: string): string
  /** Saves a file over a link as most programs do: another file, renamed over it; long at rest. */
  saveOver(path: string, bytes: Uint8Array | string, ageMs?: number): void
  adopt(): ReturnType<typeof adoptFiles>
}

async function shown(t: TestContext): Promise<Setup> {
  const setup = await createTestSynapse(t)
  await setup.import({ paths: [setup.file('loras/style.safetensors', OLD)], pack: 'P' })
  await setup.import({ paths: [setup.file('loras/other.safetensors', 'other')], pack: 'Q' })
  return {
    ...setup,
    view: (profile, path = LINK) => join(setup.root, 'data/views/comfyui/profiles', profile, path),
    saveOver(path, bytes, ageMs = QUIET_PERIOD_MS + 1000) {
      fs.mkdirSync(dirname(path), { recursive: true })
      fs.writeFileSync(`${path}.saving`, bytes)
      const at = (Date.now() - ageMs) / 1000
      fs.utimesSync(`${path}.saving`, at, at)
      fs.renameSync(`${path}.saving`, path)
    },
    async adopt() {
      const result = await adoptFiles(setup.synapse.services, { ...quietWork, actor: 'test' })
      assert.deepEqual(result.failed, [])
      return result
    },
  }
}

const use = ({ client }: Setup, pack: string, only = true) =>
  client.call('profiles.use', { body: { pack, only } })
const sync = ({ client }: Setup) => client.call('profiles.sync', { body: {} })
const files = async ({ client }: Setup, name = 'P') =>
  (await client.call('packs.show', { params: { name } })).files.map((file) => file.sha256)
const isLinkTo = (path: string, bytes: Uint8Array) =>
  fs.lstatSync(path).isSymbolicLink() && fs.readlinkSync(path).endsWith(digestOf(bytes))
const quarantined = ({ root }: Setup) => fs.existsSync(join(root, 'data/quarantine'))
const reasons = async ({ client }: Setup) =>
  (await client.call('store.status')).ui['comfyui']?.absent.map((one) => one.reason)

describe('a whole model that was saved over a link', () => {
  it('becomes the file of that pack, in every view; the old model stays in the store', async (t) => {
    const setup = await shown(t)
    await use(setup, 'P')
    setup.saveOver(setup.view('only__P'), NEW)
    await sync(setup)
    assert.deepEqual(fs.readFileSync(setup.view('only__P')), NEW, 'it is never hidden')
    assert.deepEqual(await reasons(setup), ['path_taken'])

    await setup.adopt()
    assert.ok(isLinkTo(setup.view('only__P'), NEW))
    assert.deepEqual(await files(setup), [digestOf(NEW)])
    await use(setup, 'P', false)
    assert.ok(isLinkTo(setup.view('work__P'), NEW))
    const old = await setup.client.call('inventory.show', {
      params: { item: digestOf(OLD) },
    })
    assert.equal(old.item.status, 'orphan')
    assert.deepEqual(await reasons(setup), [])
    assert.equal(quarantined(setup), false)
    const { lock, pack } = await setup.client.call('packs.show', { params: { name: 'P' } })
    assert.equal(lock?.resolved?.length, 1)
    assert.equal(pack.dependencies?.[0]?.selector.strategy, 'local_file')
  })

  it('is one entry of the journal, and its undo turns it round', async (t) => {
    const setup = await shown(t)
    setup.saveOver(setup.view('global'), NEW)
    const before = await setup.client.call('journal.list')
    await setup.adopt()
    const after = await setup.client.call('journal.list')
    assert.deepEqual(
      after.items.slice(0, after.total - before.total).map((entry) => entry.op),
      ['view.adopt'],
    )
    const entry = after.items[0]
    assert.ok(entry)
    assert.match(entry.summary, /style\.safetensors to the pack P/u)
    assert.equal(entry.before['sha256'], digestOf(OLD))
    assert.ok(entry.before['selector'])
    const reported = async () =>
      (await setup.client.call('store.status')).notes.filter((note) => note.includes(entry.id))
    assert.match((await reported())[0] ?? '', /is the file of the pack P now.*synapse undo/u)
    await setup.client.call('journal.undo', { params: { id: entry.id }, body: {} })
    assert.ok(isLinkTo(setup.view('global'), OLD))
    assert.deepEqual(await files(setup), [digestOf(OLD)])
    assert.deepEqual(await reported(), [])
    const kept = await setup.client.call('inventory.show', {
      params: { item: digestOf(NEW) },
    })
    assert.equal(kept.item.status, 'orphan')
    await setup.adopt()
    assert.ok(isLinkTo(setup.view('global'), OLD), 'and it stays so')
  })

  it('in an inactive view, too', async (t) => {
    const setup = await shown(t)
    await use(setup, 'P')
    await setup.client.call('profiles.back', { body: {} })
    setup.saveOver(setup.view('only__P'), NEW)
    await setup.adopt()
    assert.ok(isLinkTo(setup.view('only__P'), NEW))
    assert.ok(isLinkTo(setup.view('global'), NEW))
  })

  it('may be a model that the store has: its link stands there, and no byte lies twice', async (t) => {
    const setup = await shown(t)
    await setup.import({ paths: [setup.file('loras/third.safetensors', NEW)] })
    setup.saveOver(setup.view('global'), NEW)
    await setup.adopt()
    assert.ok(isLinkTo(setup.view('global'), NEW))
    assert.deepEqual(await files(setup), [digestOf(NEW)])
    assert.equal(quarantined(setup), false)
  })

  it('of exactly the old size is no copy of it', async (t) => {
    const setup = await shown(t)
    const twin = safetensors('the OLD style')
    assert.equal(twin.length, OLD.length)
    setup.saveOver(setup.view('global'), twin)
    await sync(setup)
    assert.deepEqual(fs.readFileSync(setup.view('global')), twin)
    await setup.adopt()
    assert.ok(isLinkTo(setup.view('global'), twin))
    assert.deepEqual(await files(setup), [digestOf(twin)])
  })
})

describe('what is no whole model stays where it was saved over a link', () => {
  const torn: Readonly<Record<string, Uint8Array | string>> = {
    'an empty file': '',
    'a torn file': NEW.subarray(0, NEW.length - 3),
    'a page that says sorry': '<html>Please log in</html>',
    'a header alone': NEW.subarray(0, 9),
  }
  for (const [what, bytes] of Object.entries(torn)) {
    it(what, async (t) => {
      const setup = await shown(t)
      await use(setup, 'P')
      await setup.client.call('profiles.back', { body: {} })
      for (const view of ['only__P', 'global']) setup.saveOver(setup.view(view), bytes)
      await sync(setup)
      await setup.adopt()
      await use(setup, 'P')
      for (const view of ['only__P', 'global']) {
        assert.deepEqual(fs.readFileSync(setup.view(view)), Buffer.from(bytes))
      }
      assert.deepEqual(await reasons(setup), ['path_taken'])
      assert.equal(quarantined(setup), false)
      fs.rmSync(setup.view('only__P'))
      await sync(setup)
      assert.ok(isLinkTo(setup.view('only__P'), OLD), 'its link is back once it is gone')
    })
  }

  it('one that was saved just now, until it has come to rest', async (t) => {
    const setup = await shown(t)
    setup.saveOver(setup.view('global'), NEW, 0)
    await setup.adopt()
    assert.ok(fs.lstatSync(setup.view('global')).isFile())
    const long = new Date(Date.now() - QUIET_PERIOD_MS - 1)
    fs.utimesSync(setup.view('global'), long, long)
    await setup.adopt()
    assert.ok(isLinkTo(setup.view('global'), NEW))
  })

  it('a folder, and a foreign link', async (t) => {
    const setup = await shown(t)
    const paths = [LINK, 'models/loras/other.safetensors'].map((path) => setup.view('global', path))
    const [folder = '', link = ''] = paths
    for (const path of paths) fs.rmSync(path)
    setup.saveOver(join(folder, 'inner.safetensors'), 'inner')
    fs.symlinkSync(setup.file('elsewhere.safetensors', NEW), link)
    await sync(setup)
    assert.equal(fs.readFileSync(join(folder, 'inner.safetensors'), 'utf8'), 'inner')
    assert.deepEqual(fs.readFileSync(link), NEW)
    assert.deepEqual(await reasons(setup), ['path_taken', 'path_taken'])
  })
})

describe('where a folder of a view should be', () => {
  it('a foreign file stays, and is named as the reason why the view cannot be synced', async (t) => {
    const setup = await shown(t)
    const folder = setup.view('global', 'models/loras')
    fs.rmSync(folder, { recursive: true })
    fs.writeFileSync(folder, 'a file')
    const { not_followed } = await sync(setup)
    assert.match(not_followed?.[0]?.detail ?? '', /already at .*models\/loras/u)
    assert.equal(fs.readFileSync(folder, 'utf8'), 'a file')
  })

  it('a link to a foreign folder stays, and nothing is written there', async (t) => {
    const setup = await shown(t)
    const theirs = dirname(setup.file('theirs/own.safetensors', 'own'))
    const folder = setup.view('global', 'models/loras')
    fs.rmSync(folder, { recursive: true })
    fs.symlinkSync(theirs, folder)
    const { not_followed } = await sync(setup)
    assert.match(not_followed?.[0]?.detail ?? '', /already at .*models\/loras/u)
    assert.deepEqual(fs.readdirSync(theirs), ['own.safetensors'])
    assert.ok(fs.lstatSync(folder).isSymbolicLink())
  })
})

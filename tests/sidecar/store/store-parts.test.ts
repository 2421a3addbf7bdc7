import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { isAppError } from '../../../schemas/errors.ts'
import type { ProfileName, UiName } from '../../../schemas/ids.ts'
import { planView } from '../../../sidecar/domain/views/plan-view.ts'
import { createSynapse, type Synapse } from '../../../sidecar/http/create-synapse.ts'
import { bindingOf, storeAbove } from '../../../sidecar/store/store-identity.ts'
import { unpackFixture } from '../../_support/load-fixture.ts'
import { panelOf } from '../../_support/paired-browser.ts'
import { createTestStore } from '../../_support/test-store.ts'
import {
  createTestSynapse,
  temporaryFolder,
  type TestSynapse,
} from '../../_support/test-synapse.ts'
import { canRun, skipLoudly } from '../../_support/volumes.ts'

/** Every path below a folder with what it is and holds; of links, where they lead. */
function seen(folder: string): Map<string, string> {
  const all = new Map<string, string>()
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const is = entry.isSymbolicLink() ? fs.readlinkSync(path) : entry.isFile() ? 'file' : 'folder'
    all.set(path, is)
  }
  return all
}

/** A place whose disk can be taken away and given back, as an unplugged one. */
interface Disk {
  away(): void
  back(): void
}

/**
 * Runs `work` with `path`, which is there, on a disk of its own; skips the test aloud where nothing
 * can be mounted. The disk lives on while it is away.
 */
async function onDisk(
  t: TestContext,
  path: string,
  work: (disk: Disk) => Promise<void>,
): Promise<void> {
  const held = temporaryFolder(t)
  if (!canRun('mount', '-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', held)) {
    skipLoudly(t, 'tmpfs and bind mounts need root')
    return
  }
  const unmount = () => execFileSync('umount', ['-l', path])
  const mount = () => execFileSync('mount', ['--bind', held, path])
  execFileSync('cp', ['-a', `${path}/.`, held])
  fs.rmSync(path, { recursive: true })
  fs.mkdirSync(path)
  mount()
  try {
    await work({ away: unmount, back: mount })
  } finally {
    canRun('umount', '-l', path)
    execFileSync('umount', ['-l', held])
  }
}

const isOffline = (error: unknown) => isAppError(error, 'store.offline')

async function importOne(test: TestSynapse, name: string, mode: 'move' | 'copy' = 'copy') {
  const path = test.file(name, `the bytes of ${name}`)
  return test.import({ paths: [path], kind: 'lora', mode, pack: 'P' })
}

async function opened(t: TestContext, root: string, home: string): Promise<Synapse> {
  const synapse = await createSynapse({ root, home, checkAnswers: true })
  t.after(() => synapse[Symbol.asyncDispose]())
  return synapse
}

for (const part of ['data', 'data/blobs', 'state', '.'] as const) {
  describe(`a store whose ${part === '.' ? 'whole disk' : part} is away`, () => {
    it('is not written to, says so, and goes on when the disk is back', async (t) => {
      const test = await createTestSynapse(t)
      const { root, client } = test
      await importOne(test, 'one.safetensors')
      await onDisk(t, join(root, part), async (disk) => {
        await importOne(test, 'two.safetensors')
        disk.away()
        const before = seen(join(root, part))
        const path = test.file('three.safetensors', 'three')
        await assert.rejects(test.import({ paths: [path], kind: 'lora', mode: 'move' }))
        await assert.rejects(client.call('packs.create', { body: { name: 'New' } }), isOffline)
        await assert.rejects(client.call('profiles.use', { body: { pack: 'P' } }), isOffline)
        await assert.rejects(client.call('store.init', { body: {} }), isOffline)
        const status = await client.call('store.status')
        assert.ok(status.offline.length > 0)
        assert.match(status.notes.join(' '), /is offline/u)
        assert.deepEqual(seen(join(root, part)), before, 'nothing below the mount point')
        assert.equal(fs.readFileSync(path, 'utf8'), 'three')
        disk.back()
        assert.deepEqual((await client.call('store.status')).offline, [])
        const result = await importOne(test, 'four.safetensors')
        assert.equal(result.imported, 1)
        assert.equal((await client.call('inventory.list', { query: {} })).total, 3)
      })
    })

    it('is not written to by a process that begins then', async (t) => {
      const test = await createTestSynapse(t)
      const { root, home } = test
      await importOne(test, 'one.safetensors')
      await test.synapse[Symbol.asyncDispose]()
      await onDisk(t, join(root, part), async (disk) => {
        disk.away()
        const before = seen(join(root, part))
        const { client, services } = await opened(t, root, home)
        await assert.rejects(
          client.call('packs.create', { body: { name: 'New' } }),
          (error) => isOffline(error) || isAppError(error, 'store.absent'),
        )
        await client.call('store.status')
        await services.reconcile().catch(() => undefined)
        assert.deepEqual(seen(join(root, part)), before)
        disk.back()
        await client.call('packs.create', { body: { name: 'New' } })
      })
    })
  })
}

describe('folders of a store', () => {
  it('come back below a part that is there', async (t) => {
    const test = await createTestSynapse(t)
    for (const folder of ['data/tmp', 'data/jobs', 'data/blobs/sha256', 'state/packs']) {
      fs.rmSync(join(test.root, folder), { recursive: true, force: true })
    }
    assert.equal((await importOne(test, 'one.safetensors', 'copy')).imported, 1)
  })

  it('of a part that is gone for good are made only by init, on request', async (t) => {
    const test = await createTestSynapse(t)
    await importOne(test, 'one.safetensors')
    fs.rmSync(join(test.root, 'data/blobs'), { recursive: true })
    await assert.rejects(importOne(test, 'two.safetensors'))
    assert.equal(fs.existsSync(join(test.root, 'data/blobs')), false)
    await assert.rejects(test.client.call('store.init', { body: {} }), isOffline)
    const panel = await panelOf(test)
    for (const dry_run of [true, false]) {
      const asked = panel.call('store.init', { body: { new_parts: true, dry_run } })
      await assert.rejects(asked, { code: 'auth.forbidden' })
    }
    await test.client.call('store.init', { body: { new_parts: true } })
    assert.equal((await importOne(test, 'three.safetensors')).imported, 1)
  })
})

describe('models whose part is away', () => {
  it('are called that, not missing, and their links not wrong', async (t) => {
    const test = await createTestSynapse(t)
    await importOne(test, 'one.safetensors')
    await test.client.call('profiles.use', { body: { pack: 'P', ui_set: 'comfyui' } })
    await onDisk(t, join(test.root, 'data/blobs'), async (disk) => {
      disk.away()
      const { store } = test.synapse.services
      const question = { ui: 'comfyui' as UiName, profile: 'work__P' as ProfileName }
      const { absent } = planView(store.reader, { ...question, depth: 'full' })
      assert.deepEqual(
        absent.map(({ reason }) => reason),
        ['offline'],
      )
      const { uis } = await test.client.call('profiles.status')
      assert.deepEqual(uis.find(({ ui }) => ui === 'comfyui')?.health, [])
      disk.back()
    })
  })
})

describe('ids', () => {
  it('come into a store of the Python program at its first change, not before', async (t) => {
    const root = join(temporaryFolder(t), 'store')
    await unpackFixture('python-store', root)
    const { client } = await opened(t, root, join(root, '..', 'home'))
    const before = seen(join(root, 'state'))
    await client.call('store.status')
    assert.deepEqual(seen(join(root, 'state')), before)
    await client.call('packs.create', { body: { name: 'First' } })
    for (const part of ['data', 'data/blobs', 'state']) {
      assert.ok(fs.existsSync(join(root, part, '.synapse-id')), part)
    }
  })

  it('do not come into one of whose models none is where it should be', async (t) => {
    const root = join(temporaryFolder(t), 'store')
    await unpackFixture('python-store', root)
    fs.rmSync(join(root, 'data/blobs'), { recursive: true })
    fs.mkdirSync(join(root, 'data/blobs'))
    const { client } = await opened(t, root, join(root, '..', 'home'))
    await assert.rejects(client.call('packs.create', { body: { name: 'First' } }), isOffline)
    assert.deepEqual(fs.readdirSync(join(root, 'data/blobs')), [])
  })

  for (const part of ['data', 'data/blobs', 'state']) {
    it(`that is missing in ${part}, which is not empty, is written again`, async (t) => {
      const test = await createTestSynapse(t)
      await importOne(test, 'one.safetensors')
      const store = bindingOf(test.synapse.services.store.paths)?.store
      fs.rmSync(join(test.root, part, '.synapse-id'))
      await importOne(test, 'two.safetensors')
      assert.ok(fs.existsSync(join(test.root, part, '.synapse-id')))
      assert.equal(bindingOf(test.synapse.services.store.paths)?.store, store)
    })
  }

  it('of two stores in one root stop every change', async (t) => {
    const [one, other] = [await createTestSynapse(t), await createTestSynapse(t)]
    await importOne(one, 'one.safetensors')
    fs.cpSync(join(other.root, 'data/blobs/.synapse-id'), join(one.root, 'data/blobs/.synapse-id'))
    await assert.rejects(one.client.call('packs.create', { body: { name: 'New' } }), isOffline)
  })

  it('of another state are a warning, which a repair settles', async (t) => {
    const [one, other] = [await createTestSynapse(t), await createTestSynapse(t)]
    fs.cpSync(join(other.root, 'state/.synapse-id'), join(one.root, 'state/.synapse-id'))
    assert.match(
      (await one.client.call('store.status')).notes.join(' '),
      /not the one that was here before/u,
    )
    await one.client.call('packs.create', { body: { name: 'New' } })
    await one.wait(await one.client.call('store.doctor', { body: { repair: true } }))
    assert.doesNotMatch(
      (await one.client.call('store.status')).notes.join(' '),
      /not the one that was here before/u,
    )
  })

  it('show that a path is in some store', async (t) => {
    const { store, putBlob } = await createTestStore(t)
    const blob = store.paths.blob(putBlob('x', 'x.safetensors'))
    const copy = join(temporaryFolder(t), 'anything')
    fs.cpSync(store.paths.root, copy, { recursive: true })
    const id = bindingOf(store.paths)?.store
    assert.equal(storeAbove(blob)?.store, id)
    assert.equal(storeAbove(join(copy, store.paths.relative(blob)))?.store, id)
    assert.equal(storeAbove(join(copy, 'data'))?.store, id)
    assert.equal(storeAbove(temporaryFolder(t)), null)
  })
})

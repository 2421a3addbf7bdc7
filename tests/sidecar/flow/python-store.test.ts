import assert from 'node:assert/strict'
import { existsSync, lstatSync, readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { isAppError } from '../../../schemas/errors.ts'
import { unpackFixture } from '../../_support/load-fixture.ts'
import {
  createTestSynapse,
  temporaryFolder,
  type TestSynapse,
} from '../../_support/test-synapse.ts'

/** Every file of a folder with a fingerprint. */
function snapshot(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name)
    const stat = lstatSync(path)
    if (stat.isSymbolicLink()) found.set(name, readlinkSync(path))
    else if (stat.isFile()) found.set(name, readFileSync(path).toString('base64'))
  }
  return found
}

async function openFixture(t: TestContext, name: string): Promise<TestSynapse> {
  const root = await unpackFixture(name, join(temporaryFolder(t), 'store'))
  return createTestSynapse(t, root)
}

describe('a store of the Python program', () => {
  test('is read as it is, and reading changes neither state nor blobs', async (t) => {
    const setup = await openFixture(t, 'python-store')
    const state = snapshot(join(setup.root, 'state'))
    const blobs = snapshot(join(setup.root, 'data/blobs'))
    const summary = await setup.client.call('inventory.summary')
    assert.deepEqual(
      [summary.blobs_referenced, summary.blobs_orphan, summary.blobs_missing],
      [14, 2, 1],
    )
    await setup.client.call('packs.list')
    await setup.client.call('profiles.status')
    await setup.client.call('store.status')
    await setup.client.call('profiles.use', { body: { pack: 'Line_Helper', dry_run: true } })
    assert.deepEqual(snapshot(join(setup.root, 'state')), state)
    assert.deepEqual(snapshot(join(setup.root, 'data/blobs')), blobs)
  })

  for (const name of [
    'python-store',
    'python-store-absolute-links',
    'python-store-missing-documents',
    'python-store-windows-links',
    'python-store-with-unknown-keys',
  ]) {
    test(`${name}: a switch takes its views over; what interfaces saw they go on seeing`, async (t) => {
      const setup = await openFixture(t, name)
      const before = await setup.client.call('packs.list', { query: { limit: 1000 } })
      const pack = before.items.find((one) => one.files_here > 0 && one.broken === undefined)
      assert.ok(pack)
      await setup.client.call('profiles.use', { body: { pack: pack.name, ui_set: 'comfyui' } })
      const doctor = await setup.client.call('store.doctor', { body: {} })
      const report = (await setup.wait(doctor)).result as {
        findings: { check: string; severity: string; message: string }[]
      }
      const wrong = report.findings.filter(
        (one) => one.severity === 'error' && one.check !== 'documents',
      )
      assert.deepEqual(wrong, [])
      const active = join(setup.root, 'data/views/comfyui/active')
      for (const link of readdirSync(active, { recursive: true, encoding: 'utf8' })) {
        assert.ok(existsSync(join(active, link)), `${link} leads somewhere`)
      }
      await setup.client.call('profiles.back', { body: { ui_set: 'comfyui' } })
    })
  }

  test('keeps unknown keys when a document is written', async (t) => {
    const setup = await openFixture(t, 'python-store-with-unknown-keys')
    const path = join(setup.root, 'state/packs/Line_Helper/pack.json')
    const before = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    await setup.client.call('packs.edit', {
      params: { name: 'Line_Helper' },
      body: { description: 'changed' },
    })
    const after = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    assert.equal(after['description'], 'changed')
    assert.deepEqual({ ...after, description: before['description'] }, before)
  })

  test('documents of the future are refused and never written', async (t) => {
    const root = await unpackFixture('python-store-future', join(temporaryFolder(t), 'store'))
    const state = snapshot(join(root, 'state'))
    const setup = await createTestSynapse(t, root)
    await assert.rejects(
      setup.client.call('store.config'),
      (error) => isAppError(error) && error.code === 'store.newer_format',
    )
    await assert.rejects(
      setup.client.call('store.config_edit', { body: { trash: { days: 3 } } }),
      (error) => isAppError(error) && error.code === 'store.newer_format',
    )
    assert.deepEqual(snapshot(join(root, 'state')), state)
  })

  test('with a torn lock nothing is an orphan that may be cleaned up', async (t) => {
    const setup = await openFixture(t, 'python-store-torn')
    await assert.rejects(
      setup.client.call('inventory.cleanup', { body: { dry_run: true } }),
      (error) => isAppError(error) && error.code === 'inventory.references_unreadable',
    )
  })

  test('manifests that were there never change', async (t) => {
    const setup = await openFixture(t, 'python-store')
    const metas = () =>
      new Map(
        [...snapshot(join(setup.root, 'data/blobs'))].filter(([path]) => path.endsWith('.meta')),
      )
    const before = metas()
    await setup.wait(await setup.client.call('inventory.migrate_manifests', { body: {} }))
    for (const [path, text] of before) assert.equal(metas().get(path), text, path)
    assert.ok(metas().size >= before.size)
  })
})

test('a store that is not there is not made by looking at it', async (t) => {
  const root = join(temporaryFolder(t), 'nothing')
  const setup = await createTestSynapse(t, root)
  const status = await setup.client.call('store.status')
  assert.equal(status.initialized, false)
  const absent = (error: unknown) => isAppError(error) && error.code === 'store.not_initialized'
  assert.equal((await setup.client.call('packs.list')).total, 0)
  await assert.rejects(setup.client.call('inventory.list'), absent)
  await assert.rejects(setup.client.call('profiles.use', { body: { pack: 'A' } }), absent)
  assert.equal(statSync(root, { throwIfNoEntry: false }), undefined)
})

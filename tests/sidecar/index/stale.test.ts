import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { documentText } from '../../../schemas/json.ts'
import type { DoctorReport } from '../../../schemas/store.ts'
import { createSynapse } from '../../../sidecar/http/create-synapse.ts'
import { openIndex } from '../../../sidecar/index/index-file.ts'
import { StoreReader } from '../../../sidecar/store/store-reader.ts'
import { createCache } from '../../../sidecar/store/store-cache.ts'
import { StorePaths } from '../../../sidecar/store/store-paths.ts'
import { createTestSynapse, type TestSynapse } from '../../_support/test-synapse.ts'
import { indexDifferences, indexProblems, rebuiltDump } from '../../safety/index-check.ts'
import { FAST } from '../../safety/sandbox.ts'
import { writeManyModels } from './many-models.ts'
import { createSmallStore, putModel, type SmallStore } from './small-store.ts'

const lockPath = (setup: TestSynapse) => join(setup.root, 'state/packs/A/lock.json')

/** The lock of pack A as it would be if it wanted this model alone. */
const lockText = (sha256: string) =>
  documentText({ pack: 'A', resolved: [{ dependency_id: 'x', artifact: { sha256 } }] })

const statusOf = async ({ client }: Pick<TestSynapse, 'client'>, sha256: string) =>
  (await client.call('inventory.show', { params: { item: sha256 } })).item.status

/** What a process leaves that is killed in the middle of an operation. */
function dieInOperation(setup: SmallStore): void {
  setup.synapse.services.index.markStale()
  fs.writeFileSync(lockPath(setup), lockText(setup.loose))
}

describe('an index that a crash left behind', () => {
  test('repairs itself before another process answers', async (t) => {
    const setup = await createSmallStore(t)
    dieInOperation(setup)
    await using other = await createSynapse({ root: setup.root, home: setup.home, watched: true })
    assert.equal(other.services.index.isStale(), true)
    assert.equal(await statusOf(other, setup.loose), 'referenced')
    assert.equal(await statusOf(other, setup.used), 'orphan')
    assert.deepEqual(await indexProblems(other), [])
  })

  test('remembers that it is stale while others change the store', async (t) => {
    const setup = await createSmallStore(t)
    dieInOperation(setup)
    await using other = await createSynapse({ root: setup.root, home: setup.home, watched: true })
    await other.services.store.transact('test', () => Promise.resolve())
    assert.deepEqual(other.services.index.orphans(), [], 'nothing is an orphan meanwhile')
    assert.deepEqual(other.services.index.unreadableReferences(), ['state/packs'])
    assert.equal(await statusOf(other, setup.loose), 'referenced')
    assert.deepEqual(other.services.index.unreadableReferences(), [])
    assert.equal(other.services.index.isStale(), false)
  })

  test('follows an operation that the next holder of the lock finishes', async (t) => {
    const setup = await createSmallStore(t)
    const { store, index } = setup.synapse.services
    await store.transact('test', async (tx) => {
      const path = tx.paths.relative(lockPath(setup))
      const [before, after] = [fs.readFileSync(lockPath(setup), 'utf8'), lockText(setup.loose)]
      await tx.begin({ op: 'pack.edit' }, [{ do: 'write', path, before, after }])
    })
    await store.transact('test', async () => {
      assert.equal(fs.readFileSync(lockPath(setup), 'utf8'), lockText(setup.loose))
      assert.deepEqual(index.orphans(), [], 'a guard gets no outdated orphans')
      assert.deepEqual(index.unreadableReferences(), ['state/packs'])
    })
    assert.deepEqual(await indexProblems(setup.synapse), [])
    assert.equal(index.item(setup.loose as never)?.status, 'referenced')
  })

  test('is not taken for whole while an operation goes on in another process', async (t) => {
    const setup = await createSmallStore(t)
    await using other = await createSynapse({ root: setup.root, home: setup.home, watched: true })
    other.services.index.markStale()
    await setup.synapse.services.reconcile()
    assert.equal(setup.synapse.services.index.isStale(), true)
    fs.writeFileSync(lockPath(setup), lockText(setup.loose))
    assert.equal(await statusOf(setup, setup.loose), 'referenced')
  })

  test('an operation that touches nothing leaves it fresh', async (t) => {
    const setup = await createSmallStore(t)
    await setup.synapse.services.store.transact('test', () => Promise.resolve())
    assert.equal(setup.synapse.services.index.isStale(), false)
  })
})

async function doctorOf(setup: TestSynapse): Promise<string[]> {
  const job = await setup.wait(await setup.client.call('store.doctor', { body: {} }))
  const { findings } = job.result as unknown as DoctorReport
  return findings.filter(({ check }) => check === 'index').map(({ message }) => message)
}

describe('an index that was never filled', () => {
  test('is no finding of doctor', async (t) => {
    const setup = await createTestSynapse(t)
    await setup.client.call('store.init', { body: {} })
    const { paths } = setup.synapse.services.store
    putModel(paths, 'early.safetensors', 'lora')
    assert.deepEqual(await doctorOf(setup), [])
    putModel(paths, 'late.safetensors', 'lora')
    assert.deepEqual(await doctorOf(setup), ['The disk had changed behind 1 row of the index'])
  })
})

describe('a process without a watcher', () => {
  test('looks at the disk before its first answer', async (t) => {
    const setup = await createSmallStore(t)
    await setup.synapse[Symbol.asyncDispose]()
    fs.writeFileSync(lockPath(setup), lockText(setup.loose))
    await using other = await createSynapse({ root: setup.root, home: setup.home })
    assert.equal(await statusOf(other, setup.loose), 'referenced')
  })
})

/** Ends the slices of a check after two steps, however quick the machine is. */
function shortenSlices(t: TestContext): void {
  let now = 0
  t.mock.method(performance, 'now', () => (now += 60))
}

async function manyModels(t: TestContext) {
  const folder = fs.mkdtempSync(join(FAST, 'synapse-checks-'))
  const paths = new StorePaths(folder)
  const models = writeManyModels(paths, 1500)
  const reader = new StoreReader(paths, createCache(paths))
  const index = openIndex({ path: paths.index, reader, clock: { now: () => 0 } })
  t.after(() => {
    index[Symbol.dispose]()
    fs.rmSync(folder, { recursive: true })
  })
  await index.complete()
  shortenSlices(t)
  return { index, reader, models }
}

describe('checks of thousands of models', () => {
  test('a check sees what changed before it was asked for, also while another one runs', async (t) => {
    const { index, reader, models } = await manyModels(t)
    const orphan = models.find((model) => model.status === 'orphan')
    assert.ok(orphan)
    const second: Promise<number>[] = []
    const report = () => {
      if (second.length > 0) return
      fs.mkdirSync(reader.paths.packFolder('A' as never))
      fs.writeFileSync(reader.paths.packLock('A' as never), lockText(orphan.sha256))
      second.push(index.reconcile(reader))
    }
    await index.rebuild(reader, { report })
    assert.equal(second.length, 1, 'the first check took one slice alone')
    await second[0]
    assert.equal(index.item(orphan.sha256 as never)?.status, 'referenced')
    assert.deepEqual(indexDifferences(index.dump(), await rebuiltDump(reader.paths)), [])
  })

  test('while the index is rebuilt, every answer is whole', async (t) => {
    const { index, reader, models } = await manyModels(t)
    const questions = {
      first: () => index.list(query({ sort_by: 'name_asc', limit: 50 })),
      found: () => index.list(query({ search: 'anime', status: 'orphan' })),
      pack: () => index.list(query({ pack: 'Pack 3' })),
      item: () => index.item(models[6]?.sha256 as never),
      summary: () => index.summary(),
      unreadable: () => index.unreadableReferences(),
      orphans: () => index.orphans().length,
    }
    const ask = () =>
      Object.fromEntries(Object.entries(questions).map(([name, one]) => [name, one()]))
    const answers = ask()
    let slices = 0
    const report = () => {
      slices += 1
      const { orphans, ...now } = ask()
      const { orphans: all, ...before } = answers
      assert.deepEqual(now, before)
      assert.ok(Number(orphans) <= Number(all), 'rows that wait for their turn may be left out')
    }
    await index.rebuild(reader, { report })
    assert.ok(slices > 1, 'the check took one slice alone')
    assert.deepEqual(ask(), answers)
  })

  test('rows that change are shown as they were or as they are, and always add up', async (t) => {
    const { index, reader, models } = await manyModels(t)
    // Without it, state/ would be empty: a disk that is not connected.
    fs.writeFileSync(reader.paths.config, '{}')
    fs.rmSync(reader.paths.packs, { recursive: true })
    const report = () => {
      const { blobs_total, blobs_orphan } = index.summary()
      assert.equal(index.list(query({})).total, blobs_total)
      const orphans = index.list(query({ status: 'orphan', limit: 1000 }))
      assert.equal(orphans.total, blobs_orphan)
      for (const item of orphans.items)
        assert.deepEqual([item.ref_count, item.used_by_packs], [0, []])
    }
    await index.rebuild(reader, { report })
    const here = models.filter((model) => model.status !== 'missing')
    assert.equal(index.summary().blobs_orphan, here.length)
  })

  test('a rebuild finds a change that no fingerprint shows', async (t) => {
    const setup = await createSmallStore(t)
    const { index, store } = setup.synapse.services
    const blob = store.paths.blob(setup.loose)
    fs.chmodSync(blob, 0o644)
    fs.appendFileSync(blob, 'damaged')
    await index.rebuild(store.reader)
    assert.equal(index.item(setup.loose as never)?.size_bytes, fs.statSync(blob).size)
  })
})

const query = (more: object) =>
  ({
    sort_by: 'size_desc',
    include_verification: false,
    limit: 200,
    offset: 0,
    ...more,
  }) as never

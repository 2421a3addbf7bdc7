/** Files of folders that are not the store's: listed by their ids until their digests are known. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import type { ItemId, RelativePath, Sha256, Uuid } from '../../../schemas/ids.ts'
import type { LocationId } from '../../../schemas/locations.ts'
import type { FileRecord } from '../../../schemas/records.ts'
import { identityAt, seenFile } from '../../../sidecar/platform/file-identity.ts'
import { indexDifferences, rebuiltDump } from '../../safety/index-check.ts'
import { freshFolder } from '../../_support/volumes.ts'
import { putModel, createSmallStore } from './small-store.ts'

const FOLDER = '0195d5b2-0000-7000-8000-000000000001' as LocationId
const FILES = ['a', 'b'].map((last) => `0195d5b2-0000-7000-8000-00000000000${last}` as Uuid)
const DIGEST = 'd'.repeat(64) as Sha256
const at = '2026-01-01T00:00:00.000Z'
const [A = '' as Uuid, B = '' as Uuid] = FILES
const ITEM_A = `file:${A}` as ItemId

/** A small store that knows a folder with two files, of which it knows no digest. */
async function withFolder(t: TestContext) {
  const setup = await createSmallStore(t)
  const { store, index, reconcile } = setup.synapse.services
  const root = freshFolder(t)
  fs.mkdirSync(join(root, 'loras'))
  const paths = ['loras/anna.safetensors', 'loras/bert.ckpt'] as RelativePath[]
  for (const path of paths) fs.writeFileSync(join(root, path), `bytes of ${path}`)
  const machine = store.paths.machine
  const known = JSON.stringify({
    ...(JSON.parse(fs.existsSync(machine) ? fs.readFileSync(machine, 'utf8') : '{}') as object),
    locations: [{ id: FOLDER, kind: 'folder', path: root, label: 'My models' }],
  })
  const know = async (text: string) => {
    fs.writeFileSync(machine, text)
    await reconcile()
  }
  const seenOf = (n: number) => seenFile(identityAt(join(root, paths[n] ?? '')) ?? assert.fail())
  const record = (...records: FileRecord[]) =>
    store.transact('test', (tx) => tx.recordFiles(FOLDER, records))
  const seen = (n: number): FileRecord => {
    const [id = A, path = '' as RelativePath] = [FILES[n], paths[n]]
    return { event: 'seen', id, at, path, seen: seenOf(n) }
  }
  const hashed = (n: number, sha256 = DIGEST): FileRecord => {
    return { event: 'hashed', id: FILES[n] ?? A, at, sha256, seen: seenOf(n) }
  }
  await know(known)
  await record(seen(0), seen(1))
  const list = (query: Parameters<typeof setup.client.call<'inventory.list'>>[1]) =>
    setup.client.call('inventory.list', query)
  const ids = async (query: object) => (await list({ query })).items.map(({ id }) => id).sort()
  const equalsRebuilt = async () => {
    assert.deepEqual(indexDifferences(index.dump(), await rebuiltDump(store.paths)), [])
  }
  return { ...setup, root, known, know, record, seen, hashed, ids, equalsRebuilt, index }
}

describe('a file of a folder', () => {
  test('is listed by its own id until it is hashed', async (t) => {
    const { client, ids, root, equalsRebuilt, used } = await withFolder(t)
    const { item, impacts } = await client.call('inventory.show', { params: { item: ITEM_A } })
    assert.deepEqual(
      [item.id, item.sha256, item.status, item.where, item.display_name, item.name_source],
      [ITEM_A, null, 'library', 'local_only', 'anna.safetensors', 'file'],
    )
    assert.equal(item.size_bytes, fs.statSync(join(root, 'loras/anna.safetensors')).size)
    assert.deepEqual(
      item.copies.map(({ location_id, label, kind, present, online }) => {
        return { location_id, label, kind, present, online }
      }),
      [{ location_id: FOLDER, label: 'My models', kind: 'folder', present: true, online: true }],
    )
    assert.deepEqual([impacts.sha256, impacts.can_delete_safely], [null, false])
    assert.deepEqual(await ids({ hashed: 'no' }), [ITEM_A, `file:${B}`])
    assert.deepEqual(await ids({ status: 'library' }), [ITEM_A, `file:${B}`])
    assert.deepEqual(await ids({ location: FOLDER }), [ITEM_A, `file:${B}`])
    assert.deepEqual(await ids({ search: 'anna', hashed: 'no' }), [ITEM_A])
    assert.deepEqual(await ids({ search: 'anna', hashed: 'yes' }), [])
    assert.equal((await ids({ hashed: 'yes' })).length, 3)
    assert.ok((await ids({ location: 'local' })).includes(used))
    assert.equal((await ids({ location: 'local' })).length, 3)
    await equalsRebuilt()
  })

  test('is counted in facets and in the summary, and never among the blobs', async (t) => {
    const { client } = await withFolder(t)
    const { hashed, status, location } = await client.call('inventory.facets', { query: {} })
    const counts = (facet: typeof hashed) =>
      Object.fromEntries(facet.map(({ value, count }) => [value, count]))
    assert.deepEqual(counts(hashed), { yes: 3, no: 2 })
    assert.deepEqual(counts(status), { referenced: 2, orphan: 1, library: 2 })
    assert.deepEqual(counts(location), { local: 3, [FOLDER]: 2 })
    const summary = await client.call('inventory.summary')
    assert.deepEqual(
      [summary.blobs_total, summary.files_unhashed, summary.blobs_library, summary.bytes_library],
      [3, 2, 0, 0],
    )
    assert.ok(summary.bytes_unhashed > 0)
  })

  test('becomes the row of its digest once it is hashed, and is still found by its id', async (t) => {
    const { client, ids, record, hashed, equalsRebuilt } = await withFolder(t)
    await record(hashed(0))
    assert.deepEqual(await ids({ hashed: 'no' }), [`file:${B}`])
    assert.deepEqual(await ids({ status: 'library', hashed: 'yes' }), [DIGEST])
    const { item } = await client.call('inventory.show', { params: { item: ITEM_A } })
    assert.deepEqual([item.id, item.sha256, item.status], [DIGEST, DIGEST, 'library'])
    await equalsRebuilt()
    const summary = await client.call('inventory.summary')
    assert.deepEqual([summary.blobs_total, summary.blobs_library], [4, 1])
  })

  test('is one row with the copy in the store', async (t) => {
    const { client, ids, record, hashed, used, loose, equalsRebuilt } = await withFolder(t)
    await record(hashed(0, used), hashed(1, loose))
    assert.deepEqual(await ids({ location: FOLDER }), [used, loose].sort())
    assert.equal((await ids({})).length, 3)
    const { item } = await client.call('inventory.show', { params: { item: ITEM_A } })
    assert.deepEqual(
      [item.id, item.status, item.copies.map((copy) => copy.location_id)],
      [used, 'referenced', ['local', FOLDER]],
    )
    assert.deepEqual(await ids({ status: 'orphan' }), [loose])
    await equalsRebuilt()
  })

  test('that a lock refers to is no missing model', async (t) => {
    const { client, synapse, ids, record, hashed, equalsRebuilt } = await withFolder(t)
    const sha256 = putModel(synapse.services.store.paths, 'away.safetensors', 'lora')
    await synapse.services.reconcile()
    await client.call('packs.create', { body: { name: 'B', dependencies: [{ sha256 }] } })
    fs.rmSync(synapse.services.store.paths.blob(sha256))
    await synapse.services.reconcile()
    assert.deepEqual(await ids({ status: 'missing' }), [sha256])
    await record(hashed(0, sha256))
    assert.deepEqual(await ids({ status: 'missing' }), [])
    const { item } = await client.call('inventory.show', { params: { item: sha256 } })
    assert.deepEqual([item.status, item.where], ['referenced', 'local_only'])
    await equalsRebuilt()
  })

  test('says that it must be hashed first where a digest is needed', async (t) => {
    const { client, record, hashed } = await withFolder(t)
    const params = { item: ITEM_A }
    const code = (wanted: string) => (error: { code?: string }) => error.code === wanted
    const isUnhashed = code('blob.not_hashed')
    await assert.rejects(client.call('inventory.delete', { params }), isUnhashed)
    await assert.rejects(client.call('inventory.approve', { params, body: {} }), isUnhashed)
    await assert.rejects(client.call('inventory.revoke', { params, body: {} }), isUnhashed)
    await record(hashed(0))
    const elsewhere = code('blob.not_at_location')
    await assert.rejects(client.call('inventory.delete', { params }), elsewhere)
    const nobody = { item: 'file:0195d5b2-0000-7000-8000-0000000000ff' }
    const isUnknown = code('blob.not_found')
    await assert.rejects(client.call('inventory.show', { params: nobody }), isUnknown)
    await assert.rejects(client.call('inventory.delete', { params: nobody }), isUnknown)
  })

  test('loses its digest when it changes, and its row when it goes', async (t) => {
    const { ids, record, seen, hashed, root, equalsRebuilt } = await withFolder(t)
    await record(hashed(0))
    fs.writeFileSync(join(root, 'loras/anna.safetensors'), 'other bytes, and more of them')
    await record(seen(0))
    assert.deepEqual(await ids({ hashed: 'no' }), [ITEM_A, `file:${B}`])
    assert.deepEqual(await ids({ status: 'library', hashed: 'yes' }), [])
    await record({ event: 'gone', id: A, at })
    assert.deepEqual(await ids({ location: FOLDER }), [`file:${B}`])
    await equalsRebuilt()
  })

  test('goes with its location, and comes back with it', async (t) => {
    const { client, ids, record, hashed, know, known, equalsRebuilt } = await withFolder(t)
    await record(hashed(1))
    const before = await ids({})
    await know(JSON.stringify({ ...(JSON.parse(known) as object), locations: [] }))
    assert.equal((await ids({})).length, 3)
    await assert.rejects(client.call('inventory.show', { params: { item: ITEM_A } }))
    await equalsRebuilt()
    await know(known)
    assert.deepEqual(await ids({}), before)
    await equalsRebuilt()
    await know('{"locations": [')
    assert.equal((await ids({})).length, 3)
    await equalsRebuilt()
  })

  test('is kept by a rebuild, and follows a ledger that was replaced', async (t) => {
    const { synapse, ids, record, hashed, seen, index, equalsRebuilt } = await withFolder(t)
    const { store, reconcile } = synapse.services
    await record(hashed(0))
    await index.rebuild(store.reader)
    assert.deepEqual(await ids({ location: FOLDER }), [DIGEST, `file:${B}`])
    fs.rmSync(store.paths.files(FOLDER))
    fs.writeFileSync(store.paths.files(FOLDER), `${JSON.stringify(seen(1))}\nno record\n`)
    await reconcile()
    assert.deepEqual(await ids({ location: FOLDER }), [`file:${B}`])
    assert.deepEqual(index.brokenLines(), [
      { path: store.paths.relative(store.paths.files(FOLDER)), lines: 1 },
    ])
    await equalsRebuilt()
  })
})

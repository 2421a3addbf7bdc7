/** Operations that are carried out side by side. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { PlannedOperation } from '../../../sidecar/store/perform-together.ts'
import { observeDisk, type DiskCall } from '../../../sidecar/platform/disk-calls.ts'
import { createTestStore, type TestStore } from '../../_support/test-store.ts'

const digest = (index: number) => index.toString(16).padStart(2, '0').repeat(32) as Sha256

/** Bytes that wait, and the operation that gives them their name and a manifest beside it. */
function bring({ store }: TestStore, index: number): PlannedOperation {
  const { paths } = store
  const from = join(paths.blobsTemporary, `${String(index)}.part`)
  fs.mkdirSync(paths.blobsTemporary, { recursive: true })
  fs.writeFileSync(from, `bytes ${String(index)}`)
  const sha256 = digest(index)
  const to = paths.relative(paths.blob(sha256))
  return {
    facts: { op: 'blob.import', after: { sha256 } },
    steps: [
      { do: 'line', path: paths.relative(paths.digests), text: `{"n":${String(index)}}\n` },
      { do: 'move', from: paths.relative(from), to },
      { do: 'mode', path: to, before: 0o644, after: 0o444 },
      { do: 'once', path: paths.relative(paths.meta(sha256)), text: `manifest ${String(index)}` },
    ],
  }
}

const operationsOf = (test: TestStore, count: number) =>
  Array.from({ length: count }, (_, index) => bring(test, index))

async function watched<T>(t: TestContext, work: () => Promise<T>): Promise<[DiskCall[], T]> {
  const calls: DiskCall[] = []
  const before = observeDisk((call) => calls.push(call))
  t.after(() => observeDisk(before))
  const result = await work()
  observeDisk(before)
  return [calls, result]
}

describe('operations side by side', () => {
  it('are all done, each with its own entry in the journal', async (t) => {
    const test = await createTestStore(t)
    const { store } = test
    const all = operationsOf(test, 70)
    const errors = await store.transact('test', (tx) => tx.performTogether(all))
    assert.deepEqual(new Set(errors), new Set([null]))
    for (let index = 0; index < all.length; index += 1) {
      const blob = store.paths.blob(digest(index))
      assert.equal(fs.readFileSync(blob, 'utf8'), `bytes ${String(index)}`)
      assert.equal(fs.statSync(blob).mode & 0o777, 0o444)
      const manifest = fs.readFileSync(store.paths.meta(digest(index)), 'utf8')
      assert.equal(manifest, `manifest ${String(index)}`)
    }
    assert.deepEqual(fs.readdirSync(store.paths.blobsTemporary), [])
    const done = store.reader.journal.operations().filter(({ begin }) => begin.op === 'blob.import')
    assert.equal(done.filter(({ end }) => end !== null).length, all.length)
    assert.equal(store.reader.journal.openCount, 0)
  })

  it('flush ledger, journal and each folder once for all of them', async (t) => {
    const test = await createTestStore(t)
    const { paths } = test.store
    const all = operationsOf(test, 20)
    const [calls] = await watched(t, () =>
      test.store.transact('test', (tx) => tx.performTogether(all)),
    )
    const flushes = (path: string) =>
      calls.filter((call) => call.op === 'flush' && call.path.startsWith(path)).length
    assert.equal(flushes(paths.digests), 1)
    assert.equal(flushes(join(paths.data, 'journal')), 2)
    const shards = calls.filter(({ op, path }) => op === 'flush-folder' && path === paths.blobs)
    assert.equal(shards.length, 1)
  })

  it('take no name before the bytes under it are flushed, and no old one before that', async (t) => {
    const test = await createTestStore(t)
    const all = operationsOf(test, 3)
    const [calls] = await watched(t, () =>
      test.store.transact('test', (tx) => tx.performTogether(all)),
    )
    const texts = new Set<string>()
    const flushed = new Set<string>()
    let linked = new Set<string>()
    for (const call of calls) {
      if (call.op === 'create') texts.add(call.path)
      if (call.op === 'flush') flushed.add(call.path)
      if (call.op === 'link') {
        assert.ok(!texts.has(call.from) || flushed.has(call.from), `${call.from} is not flushed`)
        linked.add(call.from)
      }
      if (call.op === 'flush-folder') linked = new Set()
      if (call.op === 'unlink') assert.ok(!linked.has(call.path), 'the new name is not flushed')
    }
  })

  it('one that cannot be done is undone, the others are done', async (t) => {
    const test = await createTestStore(t)
    const { store } = test
    const all = operationsOf(test, 5)
    // Its name is taken by a folder: nothing can be moved there.
    fs.mkdirSync(store.paths.blob(digest(2)), { recursive: true })
    const errors = await store.transact('test', (tx) => tx.performTogether(all))
    assert.deepEqual(
      errors.map((error) => error === null),
      [true, true, false, true, true],
    )
    for (const index of [0, 1, 3, 4]) assert.ok(fs.existsSync(store.paths.meta(digest(index))))
    assert.ok(!fs.existsSync(store.paths.meta(digest(2))))
    assert.deepEqual(fs.readdirSync(store.paths.blobsTemporary), ['2.part'])
    assert.equal(store.reader.journal.openCount, 0)
    const undone = store.reader.journal.operations().filter((one) => one.undone !== null)
    assert.deepEqual(
      undone.map(({ begin }) => begin.after['sha256']),
      [digest(2)],
    )
  })
})

/** How the store's copy is judged when its bytes arrive again. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { describe, it } from 'node:test'
import { AppError } from '../../../../schemas/errors.ts'
import { judgeBlob } from '../../../../sidecar/domain/imports/judge-blob.ts'
import type { HashPool } from '../../../../sidecar/platform/hash-pool.ts'
import { createTestStore } from '../../../_support/test-store.ts'

const { signal } = new AbortController()

const failing = (code: 'disk.failed' | 'job.cancelled'): HashPool => ({
  hash: async () => Promise.reject(new AppError(code, 'The copy cannot be read')),
  copy: async () => Promise.reject(new AppError('internal', 'Nothing is copied')),
  [Symbol.asyncDispose]: () => Promise.resolve(),
})

describe('judging a copy', () => {
  it('that the disk cannot read finds it bad, with a record that says so', async (t) => {
    const { store, putBlob } = await createTestStore(t)
    const sha256 = putBlob('the bytes', 'a.safetensors')
    const { size: size_bytes } = fs.statSync(store.paths.blob(sha256))
    const arriving = { sha256, size_bytes }
    const judged = await judgeBlob({ store, pool: failing('disk.failed') }, arriving, signal)
    assert.ok(judged.is === 'bad' && judged.reading !== null)
    const { event, good, how, seen } = judged.reading
    assert.deepEqual([event, good, how], ['read', false, 'read_back'])
    assert.equal(seen?.size_bytes, size_bytes)
    await store.transact('test', async (tx) => tx.recordCopies([judged.reading ?? assert.fail()]))
    assert.equal(store.reader.records(sha256).good, false)
  })

  it('says nothing of one whose reading was stopped', async (t) => {
    const { store, putBlob } = await createTestStore(t)
    const sha256 = putBlob('the bytes', 'a.safetensors')
    const { size: size_bytes } = fs.statSync(store.paths.blob(sha256))
    const arriving = { sha256, size_bytes }
    const stopped = judgeBlob({ store, pool: failing('job.cancelled') }, arriving, signal)
    await assert.rejects(stopped, { code: 'job.cancelled' })
  })
})

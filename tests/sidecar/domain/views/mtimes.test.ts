import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allocateMtimes } from '../../../../sidecar/domain/views/mtimes.ts'
import { createTestStore } from '../../../_support/test-store.ts'

test('times of folders lie well ahead of the moment in which they are set', async (t) => {
  const { store } = await createTestStore(t)
  const before = Date.now()
  const first = await store.transact('test', (tx) => allocateMtimes(tx, 1, 3))
  const next = await store.transact('test', (tx) => allocateMtimes(tx, 2000, 2))
  assert.ok((first[0] ?? 0) - before >= 2000)
  const all = [...first, ...next]
  assert.deepEqual(
    all,
    [...new Set(all)].sort((a, b) => a - b),
  )
  assert.deepEqual(
    next.map((time) => time % 2000),
    [0, 0],
  )
})

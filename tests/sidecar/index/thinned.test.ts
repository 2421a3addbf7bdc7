/** Rows that another program took out of the index, and models that were removed by hand. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { createSynapse } from '../../../sidecar/http/create-synapse.ts'
import { createSmallStore } from './small-store.ts'

function removeRows(path: string): void {
  const sqlite = new Database(path)
  for (const table of ['blobs', 'refs', 'copies']) sqlite.exec(`DELETE FROM ${table}`)
  sqlite.close()
}

test('rows that another program removed are made again before a list is answered', async (t) => {
  const { client, root, home, synapse } = await createSmallStore(t)
  const { index } = synapse.services.store.paths
  removeRows(index)
  assert.equal((await client.call('inventory.list', { query: {} })).total, 3)
  removeRows(index)
  await using other = await createSynapse({ root, home })
  const { total, items } = await other.client.call('inventory.list', { query: {} })
  assert.deepEqual([total, items.filter((item) => item.status === 'orphan').length], [3, 1])
})

test('a model that was removed by hand is missing after the next reconciliation', async (t) => {
  const { client, synapse, used } = await createSmallStore(t)
  fs.rmSync(synapse.services.store.paths.blob(used))
  await synapse.services.reconcile()
  const { items } = await client.call('inventory.list', { query: { status: 'missing' } })
  assert.deepEqual(
    items.map((item) => [item.sha256, item.integrity]),
    [[used, null]],
  )
})

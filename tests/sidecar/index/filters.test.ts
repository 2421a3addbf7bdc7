/** Walks the table of filters: a new row is tested by being there. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as v from 'valibot'
import {
  FILTER_NAMES,
  InventoryFacets,
  InventoryQuery,
  type FacetsQuery,
  type FacetValue,
  type FilterName,
} from '../../../schemas/inventory-query.ts'
import { COMMANDS } from '../../../sidecar/cli/commands.ts'
import { openIndex, type Index } from '../../../sidecar/index/index-file.ts'
import { StoreReader } from '../../../sidecar/store/store-reader.ts'
import { createCache } from '../../../sidecar/store/store-cache.ts'
import { StorePaths } from '../../../sidecar/store/store-paths.ts'
import { createTestSynapse } from '../../_support/test-synapse.ts'
import { FAST } from '../../safety/sandbox.ts'
import { writeManyModels } from './many-models.ts'
import { createSmallStore } from './small-store.ts'

const MAX_VALUES = 4
/** More than one page of rows holds, so that bytes are summed over pages. */
const COUNT = 4000

const only = (name: FilterName, ...values: string[]): FacetsQuery => ({
  [name]: values.length === 1 ? values[0] : values,
})

describe('every filter of the table', () => {
  let folder = ''
  let index: Index

  before(async () => {
    folder = fs.mkdtempSync(join(FAST, 'synapse-filters-'))
    const paths = new StorePaths(folder)
    writeManyModels(paths, COUNT)
    const reader = new StoreReader(paths, createCache(paths))
    index = openIndex({ path: paths.index, reader, clock: { now: () => 0 } })
    await index.complete()
  })
  after(() => {
    index[Symbol.dispose]()
    fs.rmSync(folder, { recursive: true })
  })

  /** What a list holds in all, read page by page. */
  function listed(query: FacetsQuery): { digests: Set<string>; bytes: number } {
    const digests = new Set<string>()
    let bytes = 0
    for (let offset = 0; ; offset += 1000) {
      const page = index.list(v.parse(InventoryQuery, { ...query, limit: 1000, offset }))
      for (const item of page.items) {
        digests.add(item.id)
        bytes += item.size_bytes ?? 0
      }
      if (offset + 1000 < page.total) continue
      assert.equal(digests.size, page.total)
      return { digests, bytes }
    }
  }

  function checkFacet(name: FilterName, values: readonly FacetValue[], others: FacetsQuery): void {
    for (const { value, count, bytes } of values.slice(0, MAX_VALUES)) {
      const found = listed({ ...others, ...only(name, value) })
      assert.deepEqual([found.digests.size, found.bytes], [count, bytes], `${name}=${value}`)
    }
  }

  for (const name of FILTER_NAMES) {
    test(`${name}: a list by each value holds as many as are counted`, () => {
      const values = index.facets({})[name]
      assert.ok(values.length > 0)
      checkFacet(name, values, {})
    })

    test(`${name}: two values let pass what either does`, () => {
      const [one, other] = index.facets({})[name].map(({ value }) => value)
      if (one === undefined || other === undefined) return
      const both = listed(only(name, one, other)).digests
      const each = listed(only(name, one)).digests.union(listed(only(name, other)).digests)
      assert.deepEqual(both, each)
    })

    test(`${name}: is counted among what the other filters and words leave, not its own`, () => {
      for (const query of [
        { status: 'orphan' },
        { kind: ['lora', 'vae'] },
        { pack: 'Pack 3' },
        { search: 'anime', where: 'local_only' },
        { search: '100%', pack: ['Pack 3', 'Pack 7'] },
        { search: '🦊' },
      ] as FacetsQuery[]) {
        const { [name]: own, ...others } = query
        const values = index.facets(query)[name]
        assert.deepEqual(values, index.facets(others)[name], String(own))
        checkFacet(name, values, others)
      }
    })

    test(`${name}: has a field in query and answer, and an option of the command`, () => {
      const fields = Object.keys(InventoryFacets.entries)
      assert.ok(fields.includes(name))
      const command = COMMANDS.find((one) => one.name === 'inventory facets')
      assert.equal(command?.options[name.replaceAll('_', '-')]?.multiple, true)
    })
  }

  test('values stand in the order of how many models have them', () => {
    for (const values of Object.values(index.facets({}))) {
      const counts = values.map(({ count }) => count)
      assert.deepEqual(
        counts,
        counts.toSorted((a, b) => b - a),
      )
    }
  })
})

test('facets follow what is done, and read as they are asked over HTTP', async (t) => {
  const { client, used } = await createSmallStore(t)
  const kinds = async () =>
    (await client.call('inventory.facets', { query: { status: ['orphan', 'missing'] } })).kind
  assert.deepEqual(
    (await kinds()).map(({ value, count }) => [value, count]),
    [['lora', 1]],
  )
  await client.call('packs.delete', { params: { name: 'A' } })
  assert.deepEqual(
    (await kinds()).map(({ value, count }) => [value, count]),
    [
      ['lora', 2],
      ['vae', 1],
    ],
  )
  const { items } = await client.call('inventory.list', { query: { kind: ['lora', 'unet'] } })
  assert.ok(items.some((item) => item.sha256 === used))
  assert.equal(items.length, 2)
})

test('only filters may stand in a query twice', async (t) => {
  const { client } = await createTestSynapse(t)
  await client.call('store.init', { body: {} })
  const twice = await client.raw('/api/store/inventory?kind=lora&kind=vae')
  assert.equal(twice.status, 200)
  const refused = await client.raw('/api/store/inventory?limit=1&limit=2')
  assert.equal(refused.status, 400)
  assert.match(await refused.text(), /Appears twice in the query/u)
})

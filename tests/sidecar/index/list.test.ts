import assert from 'node:assert/strict'
import fs from 'node:fs'

import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import * as v from 'valibot'
import { InventoryQuery, InventorySort } from '../../../schemas/inventory-query.ts'
import { openIndex, type Index } from '../../../sidecar/index/index-file.ts'
import { StoreReader } from '../../../sidecar/store/store-reader.ts'
import { createCache } from '../../../sidecar/store/store-cache.ts'
import { StorePaths } from '../../../sidecar/store/store-paths.ts'
import { FAST } from '../../safety/sandbox.ts'
import { writeManyModels, type Written } from './many-models.ts'

const COUNT = 10_000

type Query = v.InferInput<typeof InventoryQuery>

const fold = (text: string) => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()

/** Every word of a name, whole and from each change of case on. */
function wordsOf(name: string): string[] {
  const words = name.normalize('NFKC').split(/[^\p{L}\p{N}\p{M}]+/u)
  return words.flatMap((word) => [
    word,
    ...word.split(/(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u),
  ])
}

const remembered = new Map<string, string[]>()

function foldedWords(model: Written): string[] {
  const known = remembered.get(model.sha256)
  const words = known ?? [...model.names, model.sha256].flatMap(wordsOf).map(fold)
  remembered.set(model.sha256, words)
  return words
}

function finder(search: string): (model: Written) => boolean {
  const typed = fold(search.normalize('NFKC'))
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
  if (typed.length === 0) return (model) => model.display_name.includes(search.trim())
  return (model) => {
    const words = foldedWords(model)
    return typed.every((one) => words.some((word) => word.startsWith(one)))
  }
}

type Asked = string | readonly string[] | undefined

/** A filter given several times lets each of its values pass. */
function lets(asked: Asked, values: readonly string[]): boolean {
  if (asked === undefined) return true
  return values.some((value) => (typeof asked === 'string' ? [asked] : asked).includes(value))
}

const locations = (model: Written) => (model.status === 'missing' ? [] : ['local'])

function passes(model: Written, query: Query): boolean {
  return (
    lets(query.kind, [model.kind]) &&
    lets(query.status, [model.status]) &&
    lets(query.where, [model.where]) &&
    lets(query.location, locations(model)) &&
    lets(query.pack, model.used_by_packs)
  )
}

const COLUMNS: Readonly<Record<string, (model: Written) => string | number | null>> = {
  name: (model) => model.display_name.normalize('NFC').toLowerCase(),
  kind: (model) => model.kind,
  size: (model) => model.size_bytes,
  status: (model) => model.status,
  where: (model) => model.where,
  created: (model) => model.created_at,
}

/** Bytes of UTF-8, or a number; nothing comes first. */
function compare(a: string | number | null, b: string | number | null): number {
  if (typeof a === 'string' && typeof b === 'string')
    return Buffer.compare(Buffer.from(a), Buffer.from(b))
  if (a === null || b === null) return Number(a !== null) - Number(b !== null)
  return Number(a) - Number(b)
}

function sorted(models: readonly Written[], sort: string): Written[] {
  const [column = '', direction] = sort.split('_')
  const value = COLUMNS[column] ?? assert.fail(column)
  const sign = direction === 'asc' ? 1 : -1
  const keyed = models.map((model) => [value(model), model] as const)
  keyed.sort(([a, one], [b, other]) => sign * (compare(a, b) || compare(one.sha256, other.sha256)))
  return keyed.map(([, model]) => model)
}

const SEARCHES = [
  'anime',
  'ANIM',
  'portret',
  'Portrét',
  'zlutoucky',
  'kun',
  '水',
  '水彩 v9',
  'turbo',
  'xlturbo',
  'film',
  'angstrom',
  'under score',
  'under_score',
  '100%',
  '100',
  '%',
  '_',
  '🦊',
  '"',
  "'",
  '*',
  '(',
  'Pack 12',
  'pack 1 anime',
  'AND',
  'NEAR(a b)',
  'safetensors',
  'nothing like this',
  ' ',
  'search : anime',
]

describe('a list of ten thousand models', () => {
  let folder = ''
  let index: Index
  let models: Written[] = []
  const orders = new Map<string, Written[]>()

  before(async () => {
    folder = fs.mkdtempSync(join(FAST, 'synapse-list-'))
    const paths = new StorePaths(folder)
    models = writeManyModels(paths, COUNT)
    const reader = new StoreReader(paths, createCache(paths))
    index = openIndex({ path: paths.index, reader, clock: { now: () => 0 } })
    await index.complete()
  })
  after(() => {
    index[Symbol.dispose]()
    fs.rmSync(folder, { recursive: true })
  })

  function expected(query: Query): Written[] {
    const sort = query.sort_by ?? 'size_desc'
    const order = orders.get(sort) ?? sorted(models, sort)
    orders.set(sort, order)
    const isFound = query.search === undefined ? () => true : finder(query.search)
    return order.filter((model) => passes(model, query) && isFound(model))
  }

  function check(query: Query): void {
    const all = expected(query)
    const { limit, offset } = v.parse(InventoryQuery, query)
    const page = index.list(v.parse(InventoryQuery, query))
    assert.equal(page.total, all.length)
    assert.deepEqual(
      page.items.map((item) => item.sha256),
      all.slice(offset, offset + limit).map((model) => model.sha256),
    )
  }

  test('each search finds what it should, whatever is filtered and however it is sorted', () => {
    for (const search of SEARCHES) {
      check({ search, limit: 1000 })
      check({ search, status: 'orphan', sort_by: 'name_asc' })
      check({
        search,
        kind: 'lora',
        where: 'local_only',
        location: 'local',
        sort_by: 'created_desc',
      })
      check({ search, pack: 'Pack 12' })
      check({ search: models[4711]?.sha256.slice(0, 8) ?? '' })
    }
  })

  test('every page of every order holds the rows that belong there', () => {
    const text = fc.constantFrom(...SEARCHES)
    const maybe = <T>(arbitrary: fc.Arbitrary<T>) =>
      fc.option(arbitrary, { nil: undefined, freq: 1 })
    /** One value, or several. */
    const some = <T>(...values: T[]) =>
      maybe(fc.oneof(fc.constantFrom(...values), fc.subarray(values, { minLength: 1 })))
    const query = fc.record({
      kind: some('checkpoint', 'lora', 'embedding', 'nothing'),
      status: some('referenced', 'orphan', 'missing', 'backup_only'),
      where: some('local_only', 'nowhere', 'both'),
      location: some('local', 'elsewhere'),
      pack: some('Pack 3', 'Pack 240', 'Pack'),
      search: maybe(text),
      sort_by: fc.constantFrom(...InventorySort.options),
      limit: fc.constantFrom(1, 7, 200, 1000),
      offset: fc.oneof(fc.constant(0), fc.nat({ max: 120 }), fc.nat({ max: COUNT + 10 })),
    })
    const given = (one: object) =>
      Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined))
    fc.assert(
      fc.property(query, (one) => {
        check(given(one))
      }),
      { numRuns: 150 },
    )
  })

  test('an item shows what was written down', () => {
    for (const model of [models[0], models[6], models[9]]) {
      assert.ok(model)
      const item = index.item(model.sha256 as never)
      const { names: _names, ...facts } = model
      assert.deepEqual({ ...item, ...facts }, item)
    }
  })

  test('the summary counts every model once', () => {
    const bytes = (status: string) =>
      models
        .filter((one) => one.status === status)
        .reduce((sum, one) => sum + (one.size_bytes ?? 0), 0)
    const summary = index.summary()
    assert.deepEqual(
      [summary.blobs_total, summary.blobs_referenced, summary.blobs_orphan, summary.blobs_missing],
      [COUNT, COUNT * 0.4, COUNT * 0.1, COUNT * 0.5],
    )
    assert.equal(summary.bytes_total, bytes('referenced') + bytes('orphan'))
    assert.equal(summary.bytes_orphan, bytes('orphan'))
    const kinds = Object.values(summary.bytes_by_kind).reduce((sum, one) => sum + one, 0)
    assert.equal(kinds, summary.bytes_total)
  })

  test('a list is answered from the rows at once, and what changed on disk taken over after it', async () => {
    const gone = models.find((model) => model.status === 'orphan') ?? assert.fail()
    const paths = new StorePaths(folder)
    fs.rmSync(paths.blob(gone.sha256 as never))
    const reader = new StoreReader(paths, createCache(paths))
    using other = openIndex({ path: paths.index, reader, clock: { now: () => 0 } })
    const orphans = () => other.list(v.parse(InventoryQuery, { status: 'orphan' })).total
    await other.complete()
    assert.equal(orphans(), COUNT * 0.1)
    while (orphans() === COUNT * 0.1) await sleep(20)
    assert.equal(orphans(), COUNT * 0.1 - 1)
  })
})

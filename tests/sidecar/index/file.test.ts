import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import Database from 'better-sqlite3'
import { createSynapse } from '../../../sidecar/http/create-synapse.ts'
import { openIndex } from '../../../sidecar/index/index-file.ts'
import { createTestSynapse, type TestSynapse } from '../../_support/test-synapse.ts'
import { indexProblems } from '../../safety/index-check.ts'
import { createSmallStore } from './small-store.ts'

const indexPath = ({ root }: TestSynapse) => join(root, 'data/index.sqlite')

/** Every file of the store but the index itself. */
function others({ root }: TestSynapse): Map<string, string> {
  const names = fs.readdirSync(root, { recursive: true, encoding: 'utf8' })
  const files = names.filter(
    (name) => !name.includes('index.sqlite') && fs.lstatSync(join(root, name)).isFile(),
  )
  return new Map(files.map((name) => [name, fs.readFileSync(join(root, name), 'base64')]))
}

const CORRUPTIONS: Readonly<Record<string, (path: string) => void>> = {
  'is garbage': (path) => fs.writeFileSync(path, 'no database at all '.repeat(1000)),
  'is empty': (path) => fs.truncateSync(path, 0),
  'is cut off in its first page': (path) => fs.truncateSync(path, 1000),
  'is cut off after its first pages': (path) => fs.truncateSync(path, 3 * 4096),
  'is cut in half': (path) => fs.truncateSync(path, (fs.statSync(path).size >> 13) << 12),
  'is overwritten in the middle': (path) => {
    const bytes = fs.readFileSync(path)
    fs.writeFileSync(path, bytes.fill(0xa5, 4096 * 2, bytes.length - 4096))
  },
  'is of a newer version': (path) => {
    using database = closing(new Database(path))
    database.sqlite.exec('DROP TABLE blobs; CREATE TABLE blobs (of, tomorrow)')
    database.sqlite.pragma('user_version = 1000')
  },
  'is of an older version': (path) => {
    using database = closing(new Database(path))
    database.sqlite.pragma('user_version = 0')
  },
  'is another program’s': (path) => {
    fs.rmSync(path)
    using database = closing(new Database(path))
    database.sqlite.exec('CREATE TABLE recipes (name)')
  },
  'is gone': (path) => fs.rmSync(path),
}

function closing(sqlite: Database.Database) {
  return {
    sqlite,
    [Symbol.dispose]() {
      sqlite.close()
    },
  }
}

describe('a file of the index that is no good', () => {
  for (const [what, corrupt] of Object.entries(CORRUPTIONS)) {
    test(`${what}: another one is made, and nothing else is lost`, async (t) => {
      const setup = await createSmallStore(t)
      const summary = await setup.client.call('inventory.summary')
      const list = await setup.client.call('inventory.list')
      await setup.synapse[Symbol.asyncDispose]()
      const before = others(setup)
      corrupt(indexPath(setup))
      await using again = await createSynapse({ root: setup.root, home: setup.home, watched: true })
      const after = await again.client.call('inventory.list')
      assert.deepEqual(
        after.items.map(({ copies: _seen, ...item }) => item),
        list.items.map(({ copies: _seen, ...item }) => item),
      )
      const { blobs_total, bytes_by_kind } = await again.client.call('inventory.summary')
      assert.deepEqual([blobs_total, bytes_by_kind], [summary.blobs_total, summary.bytes_by_kind])
      assert.deepEqual(await indexProblems(again), [])
      assert.deepEqual(others(setup), before)
    })

    test(`${what}, while it is open: the next operations and answers are right`, async (t) => {
      const setup = await createSmallStore(t)
      corrupt(indexPath(setup))
      await setup.client.call('packs.delete', { params: { name: 'A' } })
      const orphans = async ({ client }: Pick<TestSynapse, 'client'>) =>
        (await client.call('inventory.list', { query: { status: 'orphan' } })).total
      assert.equal(await orphans(setup), 3)
      await setup.synapse[Symbol.asyncDispose]()
      await using again = await createSynapse({ root: setup.root, home: setup.home })
      assert.equal(await orphans(again), 3)
      assert.deepEqual(await indexProblems(again), [])
    })
  }
})

describe('two processes on one store', () => {
  test('each sees at once what the other did', async (t) => {
    const one = await createSmallStore(t)
    const other = await createTestSynapse(t, one.root)
    const totals = async () =>
      Promise.all(
        [one, other].map(
          async ({ client }) => (await client.call('inventory.summary')).blobs_total,
        ),
      )
    assert.deepEqual(await totals(), [3, 3])
    const search = { query: { search: 'fresh' } }
    assert.equal((await other.client.call('inventory.list', search)).total, 0)
    await one.import({ paths: [one.file('loras/fresh.safetensors', 'fresh')] })
    assert.deepEqual(await totals(), [4, 4])
    assert.equal((await other.client.call('inventory.list', search)).total, 1)
    await other.client.call('packs.delete', { params: { name: 'A' } })
    assert.equal((await one.client.call('inventory.summary')).blobs_orphan, 4)
    assert.deepEqual(await indexProblems(one.synapse), [])
    assert.deepEqual(await indexProblems(other.synapse), [])
  })

  test('go on when the file is removed under both of them', async (t) => {
    const one = await createSmallStore(t)
    const other = await createTestSynapse(t, one.root)
    await other.client.call('inventory.summary')
    fs.rmSync(indexPath(one))
    const body = (name: string) => ({ name, dependencies: [{ sha256: one.loose }] }) as never
    await one.client.call('packs.create', { body: body('B') })
    await other.client.call('packs.create', { body: body('C') })
    for (const { client, synapse } of [one, other, one]) {
      const { item } = await client.call('inventory.show', { params: { item: one.loose } })
      assert.deepEqual(item.used_by_packs, ['B', 'C'])
      assert.deepEqual(await indexProblems(synapse), [])
    }
  })
})

/** Every statement that better-sqlite3 is given from now on. */
function listenToStatements(t: TestContext): string[] {
  const heard: string[] = []
  const { prepare } = Database.prototype
  t.mock.method(Database.prototype, 'prepare', function listen(this: never, sql: string) {
    heard.push(sql)
    return prepare.call(this, sql)
  })
  return heard
}

test('the summary is read from the counters alone, however many models there are', async (t) => {
  const setup = await createSmallStore(t)
  const { store, clock } = setup.synapse.services
  await setup.synapse.services.index.complete()
  using index = openIndex({ path: store.paths.index, reader: store.reader, clock })
  assert.equal(index.isComplete(), true)
  const heard = listenToStatements(t)
  assert.equal(index.summary().blobs_total, 3)
  assert.deepEqual(heard.length, 1)
  using database = closing(new Database(store.paths.index))
  const steps = database.sqlite.prepare(`EXPLAIN QUERY PLAN ${heard[0] ?? ''}`).all()
  assert.deepEqual(
    (steps as { detail: string }[]).map((step) => step.detail),
    ['SCAN groups'],
  )
})

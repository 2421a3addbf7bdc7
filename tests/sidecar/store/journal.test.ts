import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { PackName, Uuid } from '../../../schemas/ids.ts'
import { lineText } from '../../../schemas/json.ts'
import { editPack } from '../../../sidecar/domain/packs/edit-pack.ts'
import { uuidv7 } from '../../../sidecar/platform/uuid.ts'
import { Journal } from '../../../sidecar/store/journal.ts'
import { createTestStore, type TestStore } from '../../_support/test-store.ts'
import { createTestSynapse, temporaryFolder } from '../../_support/test-synapse.ts'

const folderOf = (root: string) => join(root, 'data/journal')

function journalBytes(root: string): number {
  const folder = folderOf(root)
  return fs.readdirSync(folder).reduce((sum, name) => sum + fs.statSync(join(folder, name)).size, 0)
}

const record = (
  id: Uuid,
  phase: 'begin' | 'end',
  more: object = {},
  at = '2026-11-29T10:00:00Z',
) => ({
  id,
  op: 'pack.edit',
  phase,
  at,
  actor: 'test',
  before: {},
  after: {},
  ...more,
})

async function fill(journal: Journal, count: number, at?: string): Promise<void> {
  for (let one = 0; one < count; one += 1) {
    const id = uuidv7(Date.now())
    await journal.append(record(id, 'begin', { after: { text: 'x'.repeat(200_000) } }, at))
    await journal.append(record(id, 'end', {}, at))
  }
}

describe('the files of the journal', () => {
  it('are small, numbered, and each begins with what is open', async (t) => {
    const folder = temporaryFolder(t)
    const journal = new Journal(folder)
    const open = uuidv7(Date.now())
    await journal.append(record(open, 'begin', { steps: [{ do: 'once', path: 'x', text: '' }] }))
    await fill(journal, 50)
    const names = fs.readdirSync(folder).sort()
    assert.ok(names.length > 2)
    assert.deepEqual(names.slice(0, 2), ['2026-11.0001.jsonl', '2026-11.0002.jsonl'])
    for (const name of names) assert.ok(fs.statSync(join(folder, name)).size < 64 * 1024 ** 2)
    for (const name of names.slice(0, -1)) fs.rmSync(join(folder, name))
    const [left, ...others] = new Journal(folder).openOperations()
    assert.deepEqual([left?.begin.id, others.length], [open, 0], 'only the last file is read')
    assert.ok(left?.begin['steps'])
    assert.equal(new Journal(folder).operations().length > 0, true)
  })

  it('never go back to an earlier month', async (t) => {
    const folder = temporaryFolder(t)
    const journal = new Journal(folder)
    await fill(journal, 1, '2026-12-01T00:00:00Z')
    await fill(journal, 1, '2026-11-01T00:00:00Z')
    await fill(journal, 1, '2027-01-01T00:00:00Z')
    const names = fs.readdirSync(folder).sort()
    assert.deepEqual(names, ['2026-12.0001.jsonl', '2027-01.0001.jsonl'])
    assert.equal(journal.operations().length, 3)
  })

  it('put operations in their order, although a clock was ahead of this one', async (t) => {
    const { store } = await createTestStore(t)
    const ahead = Date.UTC(2099, 0)
    const time = ahead.toString(16).padStart(12, '0')
    const id = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000` as Uuid
    const at = new Date(ahead).toISOString()
    const journal = new Journal(store.paths.journal)
    for (const phase of ['begin', 'end'] as const) await journal.append(record(id, phase, {}, at))
    const next = await store.transact('test', (tx) => tx.begin({ op: 'pack.edit' }))
    assert.ok(next > id, `${next} sorts before ${id}`)
  })

  it('go on from a journal of version 0.1.0, whatever its size', async (t) => {
    const folder = temporaryFolder(t)
    const [ended, open, last] = [uuidv7(1), uuidv7(2), uuidv7(3)]
    const text = 'x'.repeat(30_000_000)
    const write = { do: 'write', path: 'state/packs/A/pack.json', before: null, after: text }
    const old = [
      record(ended, 'begin', { steps: [write] }),
      record(ended, 'end'),
      record(open, 'begin', { steps: [write], views_follow: true }),
      'garbage',
      record(last, 'begin'),
      record(last, 'end'),
    ]
    const lines = old.map((one) => (typeof one === 'string' ? `${one}\n` : lineText(one)))
    fs.writeFileSync(join(folder, '2026-11.jsonl'), lines.join(''))
    const journal = new Journal(folder)
    assert.deepEqual(
      journal.openOperations().map(({ begin }) => begin.id),
      [open],
    )
    assert.equal(journal.openOperations()[0]?.begin['views_follow'], true)
    await fill(journal, 1)
    assert.equal(fs.existsSync(join(folder, '2026-11.0001.jsonl')), true)
    fs.rmSync(join(folder, '2026-11.jsonl'))
    assert.deepEqual(
      new Journal(folder).openOperations().map(({ begin }) => begin.id),
      [open],
    )
  })

  it('count a whole last line without newline', async (t) => {
    const folder = temporaryFolder(t)
    const journal = new Journal(folder)
    const id = uuidv7(Date.now())
    await journal.append(record(id, 'begin'))
    await journal.append(record(id, 'end'))
    const path = join(folder, '2026-11.0001.jsonl')
    fs.truncateSync(path, fs.statSync(path).size - 1)
    assert.deepEqual(new Journal(folder).openOperations(), [])
    await fill(journal, 1)
    assert.equal(new Journal(folder).operations().length, 2)
  })
})

async function packOf(setup: TestStore, count: number): Promise<PackName> {
  const blobs = Array.from({ length: count }, (_, n) =>
    setup.putBlob(`bytes ${String(n)}`, `style number ${String(n)} v1.0.safetensors`),
  )
  return setup.putPack('M', blobs)
}

/** Bytes that one edit of one entry writes below `data/journal`. */
async function bytesOfEdit(t: TestContext, count: number): Promise<number> {
  const setup = await createTestStore(t)
  const pack = await packOf(setup, count)
  const sha256 = setup.putBlob('one more', 'one more.safetensors')
  const { root } = setup.store.paths
  const before = journalBytes(root)
  await setup.store.transact('test', (tx) =>
    editPack(tx, { name: pack, add: [{ sha256, required: true }], remove: [] }),
  )
  return journalBytes(root) - before
}

describe('what is written below data/journal', () => {
  for (const count of [1, 40, 1500]) {
    it(`is bounded for an edit of a pack of ${String(count)}`, async (t) => {
      const bytes = await bytesOfEdit(t, count)
      assert.ok(bytes < 12_000, `${String(bytes)} bytes`)
    })
  }

  it('is bounded for each file of an import, however many there are', async (t) => {
    const setup = await createTestSynapse(t)
    const count = 400
    for (let n = 0; n < count; n += 1)
      setup.file(`loras/s${String(n)}.safetensors`, `bytes ${String(n)}`)
    const { imported } = await setup.import({ paths: [setup.folder], mode: 'move', pack: 'M' })
    assert.equal(imported, count)
    const bytes = journalBytes(setup.root) / count
    assert.ok(bytes < 12_000, `${String(bytes)} bytes a file`)
    const edits = await setup.client.call('journal.list', { query: { op: 'pack.edit' } })
    assert.ok(edits.total <= 4, 'each edit adds as many as the pack has')
    const { items } = await setup.client.call('journal.list')
    const [entry] = items.filter((one) => one.op === 'blob.import')
    assert.equal(items.filter((one) => one.op === 'blob.import').length, 1, 'one job, one entry')
    const undone = await setup.client.call('journal.undo', { params: { id: entry?.id ?? '' } })
    assert.deepEqual(undone.parts?.kept.items, [])
    assert.equal(fs.readdirSync(join(setup.folder, 'loras')).length, count)
    assert.equal((await setup.client.call('inventory.list')).total, 0)
    await assert.rejects(setup.client.call('journal.undo', { params: { id: entry?.id ?? '' } }), {
      code: 'journal.not_undoable',
    })
  })
})

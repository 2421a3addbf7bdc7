import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { panelOf } from '../../../_support/paired-browser.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'

async function latest({ client }: TestSynapse) {
  return (await client.call('journal.show', { params: { id: 'latest' } })).entry
}

const undo = ({ client }: TestSynapse, id: string, dry_run = false) =>
  client.call('journal.undo', { params: { id }, body: { dry_run } })

async function digests({ client }: TestSynapse) {
  return (await client.call('inventory.list')).items.map((one) => one.id)
}

function files(setup: TestSynapse, ...names: readonly string[]): string[] {
  return names.map((name) => setup.file(`loras/${name}.safetensors`, `bytes of ${name}`))
}

describe('undoing an import that copied', () => {
  it('takes its copies to the trash, and its pack with them', async (t) => {
    const setup = await createTestSynapse(t)
    const paths = files(setup, 'a', 'b', 'c')
    await setup.import({ paths, pack: 'P' })
    const entry = await latest(setup)
    assert.ok(entry.parts > 3)
    const previewed = await undo(setup, 'latest', true)
    assert.deepEqual([previewed.dry_run, previewed.undone], [true, entry.id])
    assert.equal((await digests(setup)).length, 3, 'nothing is changed by the dry run')
    const done = await undo(setup, 'latest')
    assert.deepEqual(done.parts?.kept.items, [])
    assert.deepEqual(await digests(setup), [])
    assert.equal((await setup.client.call('packs.list')).total, 0)
    assert.equal((await setup.client.call('trash.list')).total, 3)
    for (const path of paths) assert.ok(fs.existsSync(path))
  })

  it('keeps what another pack uses, and what has lost its original, and says why', async (t) => {
    const setup = await createTestSynapse(t)
    const [a, b, c] = files(setup, 'a', 'b', 'c')
    await setup.client.call('packs.create', { body: { name: 'Q', dependencies: [] } })
    const { files: rows } = await setup.import({ paths: [a, b, c].map(String), pack: 'P' })
    const entry = await latest(setup)
    const sha256 = rows[0]?.sha256 ?? ''
    const params = { name: 'Q' }
    await setup.client.call('packs.edit', { params, body: { add: [{ sha256, kind: 'lora' }] } })
    fs.rmSync(String(b))
    const { parts } = await undo(setup, entry.id)
    const reasons = parts?.kept.items.map((one) => one.reason).sort() ?? []
    assert.equal(reasons.length, 2)
    assert.match(reasons[0] ?? '', /original cannot be read/u)
    assert.match(reasons[1] ?? '', /pack Q uses/u)
    assert.deepEqual((await digests(setup)).length, 2)
    fs.writeFileSync(String(b), 'bytes of b')
    assert.equal((await undo(setup, entry.id)).parts?.undone, 1, 'the rest, once it can')
  })

  it('keeps what the original no longer holds', async (t) => {
    const setup = await createTestSynapse(t)
    const [path] = files(setup, 'a')
    await setup.import({ paths: [String(path)] })
    fs.writeFileSync(String(path), 'other by')
    await assert.rejects(undo(setup, (await latest(setup)).id), { code: 'journal.not_undoable' })
    assert.equal((await digests(setup)).length, 1)
  })
})

describe('one job', () => {
  it('is one entry, whose parts are listed below it', async (t) => {
    const setup = await createTestSynapse(t)
    await setup.import({ paths: files(setup, 'a', 'b'), pack: 'P' })
    const { items, total } = await setup.client.call('journal.list')
    const mine = items.filter((one) => one.group !== null)
    assert.equal(mine.length, 1)
    const id = mine[0]?.id ?? ''
    const { entry, parts } = await setup.client.call('journal.show', { params: { id } })
    assert.equal(entry.parts, parts.total)
    assert.ok(parts.total > total - 1)
    const page = { limit: 1, offset: 1 }
    const second = await setup.client.call('journal.show', { params: { id }, query: page })
    assert.equal(second.parts.items[0]?.id, parts.items[1]?.id)
  })

  it('keeps a part whose document was changed since, and undoes the others', async (t) => {
    const setup = await createTestSynapse(t)
    const paths = files(setup, 'a', 'b')
    await setup.import({ paths, mode: 'move', pack: 'P' })
    const entry = await latest(setup)
    const params = { name: 'P' }
    await setup.client.call('packs.edit', { params, body: { description: 'mine' } })
    const { parts } = await undo(setup, entry.id)
    assert.match(parts?.kept.items[0]?.reason ?? '', /changed since/u)
    for (const path of paths) assert.ok(fs.existsSync(path))
    assert.equal((await setup.client.call('packs.show', { params })).summary.description, 'mine')
  })
})

describe('a paired browser', () => {
  it('undoes what it could ask for, and nothing that is the owner’s', async (t) => {
    const setup = await createTestSynapse(t)
    const [own] = files(setup, 'own')
    const old = setup.file('checkpoints/old.ckpt', 'pickle')
    const { files: rows } = await setup.import({ paths: [old], pack: 'Old' })
    const params = { item: rows[0]?.sha256 ?? '' }
    await setup.import({ paths: [String(own)], mode: 'move' })
    const edit = (body: object) => setup.client.call('store.config_edit', { body })
    await edit({ import_roots: [join(setup.folder, 'private')] })
    await edit({ import_roots: [] })
    await setup.client.call('inventory.approve', { params })
    await setup.client.call('inventory.revoke', { params })
    const panel = await panelOf(setup)
    const { items } = await panel.call('journal.list', { query: { limit: 50 } })
    const owners = ['config.edit', 'blob.approve', 'blob.revoke', 'blob.import']
    for (const op of owners) {
      const ids = items.filter((one) => one.op === op && one.parts === 1)
      assert.ok(ids.length > 0, op)
      for (const { id, undoable } of ids) {
        assert.equal(undoable, false, op)
        const asked = panel.call('journal.undo', { params: { id }, body: {} })
        const code = op === 'blob.import' ? 'auth.path_not_allowed' : 'auth.forbidden'
        await assert.rejects(asked, { code })
      }
    }
    await panel.call('packs.edit', { params: { name: 'Old' }, body: { description: 'x' } })
    const found = await panel.call('journal.show', { params: { id: 'latest' } })
    assert.equal(found.entry.op, 'pack.edit', 'the newest that it may undo')
    await panel.call('journal.undo', { params: { id: 'latest' }, body: {} })
  })
})

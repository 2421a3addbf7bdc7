/** The good file is imported again where the store's copy is damaged. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { ImportRequest } from '../../../../schemas/imports.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'

const BYTES = 'the bytes of a model, thirty-two'
const OTHER = 'THE BYTES OF A MODEL, THIRTY-TWO'

interface Damaged extends TestSynapse {
  readonly sha256: string
  readonly blob: string
  /** The link by which ComfyUI sees the model. */
  readonly link: string
  readonly good: string
  again(request: Partial<ImportRequest>): ReturnType<TestSynapse['import']>
}

async function createDamaged(
  t: TestContext,
  bytes: string,
  linkKind: 'symlink' | 'hard_link' = 'symlink',
): Promise<Damaged> {
  const world = await createTestSynapse(t)
  const { client } = world
  if (linkKind === 'hard_link') {
    await client.call('store.config_edit', { body: { link_kind: linkKind } })
  }
  const path = world.file('loras/one.safetensors', BYTES)
  const { files } = await world.import({ paths: [path], pack: 'One' })
  await client.call('profiles.use', { body: { pack: 'One' } })
  const sha256 = files[0]?.sha256 ?? ''
  const blob = join(world.root, 'data/blobs/sha256', sha256.slice(0, 2), sha256)
  fs.chmodSync(blob, 0o644)
  fs.writeFileSync(blob, bytes)
  const old = new Date(Date.now() - 120_000)
  fs.utimesSync(path, old, old)
  return {
    ...world,
    sha256,
    blob,
    link: join(world.root, 'data/views/comfyui/profiles/work__One/models/loras/one.safetensors'),
    good: path,
    again: (request) => world.import({ paths: [path], pack: 'One', ...request }),
  }
}

const read = (path: string) => fs.readFileSync(path, 'utf8')

const WAYS: readonly (readonly [string, Partial<ImportRequest>, string])[] = [
  ['copy', { mode: 'copy' }, OTHER],
  ['copy, truncated', { mode: 'copy' }, ''],
  ['link', { mode: 'link' }, OTHER],
  ['hard link', { mode: 'link', hard_link: true }, OTHER],
  ['move', { mode: 'move' }, OTHER],
]

describe('importing the good file of a damaged model', () => {
  for (const [name, request, bytes] of WAYS) {
    it(`replaces it, by ${name}`, async (t) => {
      const world = await createDamaged(t, bytes)
      const result = await world.again(request)
      assert.deepEqual([result.imported, result.already_there, result.failed], [1, 0, 0])
      assert.equal(result.files[0]?.replaced_damaged, true)
      assert.equal(read(world.blob), BYTES)
      assert.equal(fs.statSync(world.blob).mode & 0o777, 0o444)
      assert.equal(read(world.link), BYTES)
      const { items } = await world.client.call('inventory.list', { query: {} })
      assert.equal(items[0]?.integrity, 'good')
      assert.equal(fs.existsSync(world.good), request.mode !== 'move')
      const again = await createSecond(world)
      assert.deepEqual([again.imported, again.already_there], [0, 1])
    })
  }

  it('gives hard links of views the good bytes', async (t) => {
    const world = await createDamaged(t, OTHER, 'hard_link')
    assert.equal(fs.statSync(world.link).ino, fs.statSync(world.blob).ino)
    await world.again({})
    assert.equal(read(world.link), BYTES)
    assert.equal(fs.statSync(world.link).ino, fs.statSync(world.blob).ino)
  })

  it('sends the damaged bytes to the trash, from where they never come back', async (t) => {
    const world = await createDamaged(t, OTHER)
    await world.again({})
    const trash = await world.client.call('trash.list')
    const [entry] = trash.items
    assert.deepEqual([trash.total, entry?.bad], [1, true])
    const params = { id: entry?.id as never }
    await assert.rejects(world.client.call('trash.restore', { params, body: {} }), {
      code: 'blob.integrity_mismatch',
    })
    assert.equal(read(join(world.root, 'data/trash', entry?.id ?? '', 'blob')), OTHER)
  })

  it('is undone where the original was moved; the damaged bytes stay in the trash', async (t) => {
    const world = await createDamaged(t, OTHER)
    await world.again({ mode: 'move' })
    const { items } = await world.client.call('journal.list', { query: { op: 'blob.replace' } })
    assert.equal(items[0]?.undoable, true)
    const id = items[0].id as never
    await world.client.call('journal.undo', { params: { id }, body: {} })
    assert.equal(read(world.good), BYTES)
    assert.equal(fs.existsSync(world.blob), false)
    assert.equal((await world.client.call('trash.list')).items[0]?.bad, true)
  })
})

async function createSecond(world: Damaged) {
  const path = world.file('again/loras/one.safetensors', BYTES)
  return world.import({ paths: [path] })
}

describe('importing what is there', () => {
  it('reads the copy back where nothing proves that it is whole', async (t) => {
    const world = await createDamaged(t, BYTES)
    fs.rmSync(join(world.root, 'data/ledger/copies/store.jsonl'))
    const result = await world.again({})
    assert.deepEqual([result.imported, result.already_there], [0, 1])
    assert.match(read(join(world.root, 'data/ledger/copies/store.jsonl')), /"read_back"/u)
  })

  it('finds what was written in place under the old time', async (t) => {
    const world = await createDamaged(t, BYTES)
    await world.again({})
    const { mtime, atime } = fs.statSync(world.blob)
    fs.chmodSync(world.blob, 0o644)
    fs.writeFileSync(world.blob, OTHER)
    fs.utimesSync(world.blob, atime, mtime)
    const result = await world.again({})
    assert.equal(result.files[0]?.replaced_damaged, true)
    assert.equal(read(world.blob), BYTES)
  })
})

describe('deleting a damaged model', () => {
  it('marks it in the trash, and undo does not bring it back', async (t) => {
    const world = await createDamaged(t, '')
    await world.synapse.services.reconcile()
    const { client, sha256 } = world
    const query = { confirm_last_copy: sha256, force: true }
    await client.call('inventory.delete', { params: { item: sha256 }, query })
    assert.equal((await client.call('trash.list')).items[0]?.bad, true)
    const { items } = await client.call('journal.list', { query: { op: 'blob.delete' } })
    assert.equal(items[0]?.undoable, false)
  })
})

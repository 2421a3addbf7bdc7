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
  const setup = await createTestSynapse(t)
  const { client } = setup
  if (linkKind === 'hard_link') {
    await client.call('store.config_edit', { body: { link_kind: linkKind } })
  }
  const path = setup.file('loras/one.safetensors', BYTES)
  const { files } = await setup.import({ paths: [path], pack: 'One' })
  await client.call('profiles.use', { body: { pack: 'One' } })
  const sha256 = files[0]?.sha256 ?? ''
  const blob = join(setup.root, 'data/blobs/sha256', sha256.slice(0, 2), sha256)
  fs.chmodSync(blob, 0o644)
  fs.writeFileSync(blob, bytes)
  const old = new Date(Date.now() - 120_000)
  fs.utimesSync(path, old, old)
  return {
    ...setup,
    sha256,
    blob,
    link: join(setup.root, 'data/views/comfyui/profiles/work__One/models/loras/one.safetensors'),
    good: path,
    again: (request) => setup.import({ paths: [path], pack: 'One', ...request }),
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
      const setup = await createDamaged(t, bytes)
      const result = await setup.again(request)
      assert.deepEqual([result.imported, result.already_there, result.failed], [1, 0, 0])
      assert.equal(result.files[0]?.replaced_damaged, true)
      assert.equal(read(setup.blob), BYTES)
      assert.equal(fs.statSync(setup.blob).mode & 0o777, 0o444)
      assert.equal(read(setup.link), BYTES)
      const { items } = await setup.client.call('inventory.list', { query: {} })
      assert.equal(items[0]?.integrity, 'good')
      assert.equal(fs.existsSync(setup.good), request.mode !== 'move')
      const again = await createSecond(setup)
      assert.deepEqual([again.imported, again.already_there], [0, 1])
    })
  }

  it('gives hard links of views the good bytes', async (t) => {
    const setup = await createDamaged(t, OTHER, 'hard_link')
    assert.equal(fs.statSync(setup.link).ino, fs.statSync(setup.blob).ino)
    await setup.again({})
    assert.equal(read(setup.link), BYTES)
    assert.equal(fs.statSync(setup.link).ino, fs.statSync(setup.blob).ino)
  })

  it('sends the damaged bytes to the trash, from where they never come back', async (t) => {
    const setup = await createDamaged(t, OTHER)
    await setup.again({})
    const trash = await setup.client.call('trash.list')
    const [entry] = trash.items
    assert.deepEqual([trash.total, entry?.bad], [1, true])
    const params = { id: entry?.id as never }
    await assert.rejects(setup.client.call('trash.restore', { params, body: {} }), {
      code: 'blob.integrity_mismatch',
    })
    assert.equal(read(join(setup.root, 'data/trash', entry?.id ?? '', 'blob')), OTHER)
  })

  it('is undone where the original was moved; the damaged bytes stay in the trash', async (t) => {
    const setup = await createDamaged(t, OTHER)
    await setup.again({ mode: 'move' })
    const { items } = await setup.client.call('journal.list', { query: { op: 'blob.replace' } })
    assert.equal(items[0]?.undoable, true)
    const id = items[0].id as never
    await setup.client.call('journal.undo', { params: { id }, body: {} })
    assert.equal(read(setup.good), BYTES)
    assert.equal(fs.existsSync(setup.blob), false)
    assert.equal((await setup.client.call('trash.list')).items[0]?.bad, true)
  })
})

async function createSecond(setup: Damaged) {
  const path = setup.file('again/loras/one.safetensors', BYTES)
  return setup.import({ paths: [path] })
}

describe('importing what is there', () => {
  it('reads the copy back where nothing proves that it is whole', async (t) => {
    const setup = await createDamaged(t, BYTES)
    fs.rmSync(join(setup.root, 'data/ledger/copies/store.jsonl'))
    const result = await setup.again({})
    assert.deepEqual([result.imported, result.already_there], [0, 1])
    assert.match(read(join(setup.root, 'data/ledger/copies/store.jsonl')), /"read_back"/u)
  })

  it('finds what was written in place under the old time', async (t) => {
    const setup = await createDamaged(t, BYTES)
    await setup.again({})
    const { mtime, atime } = fs.statSync(setup.blob)
    fs.chmodSync(setup.blob, 0o644)
    fs.writeFileSync(setup.blob, OTHER)
    fs.utimesSync(setup.blob, atime, mtime)
    const result = await setup.again({})
    assert.equal(result.files[0]?.replaced_damaged, true)
    assert.equal(read(setup.blob), BYTES)
  })
})

describe('deleting a damaged model', () => {
  it('marks it in the trash, and undo does not bring it back', async (t) => {
    const setup = await createDamaged(t, '')
    await setup.synapse.services.reconcile()
    const { client, sha256 } = setup
    const query = { confirm_last_copy: sha256, force: true }
    await client.call('inventory.delete', { params: { item: sha256 }, query })
    assert.equal((await client.call('trash.list')).items[0]?.bad, true)
    const { items } = await client.call('journal.list', { query: { op: 'blob.delete' } })
    assert.equal(items[0]?.undoable, false)
  })
})

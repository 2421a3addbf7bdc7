import assert from 'node:assert/strict'
import fs from 'node:fs'
import { describe, it } from 'node:test'
import type { PackName, ProfileName, Sha256, UiName } from '../../../schemas/ids.ts'
import { createCache } from '../../../sidecar/store/store-cache.ts'
import { StoreReader } from '../../../sidecar/store/store-reader.ts'
import { createTestStore } from '../../_support/test-store.ts'

const ALPHA = 'Alpha' as PackName
const UI = 'comfyui' as UiName

describe('the documents of a store', () => {
  it('are the same object until their file changes', async (t) => {
    const { store, putBlob, putPack } = await createTestStore(t)
    await putPack(ALPHA, [putBlob('1', 'a.safetensors')])
    const { reader } = store
    const before = reader.requirePack(ALPHA)
    assert.equal(reader.requirePack(ALPHA), before)
    const path = reader.paths.pack(ALPHA)
    fs.writeFileSync(path, JSON.stringify({ ...before, description: 'changed by hand' }))
    assert.equal(reader.requirePack(ALPHA).description, 'changed by hand')
    assert.equal(reader.config(), reader.config(), 'also those that have no file of their own')
  })

  it('are null where they are not there, and refused where they cannot be read', async (t) => {
    const { store, put } = await createTestStore(t)
    const { reader } = store
    assert.equal(reader.pack(ALPHA), null)
    assert.throws(() => reader.requirePack(ALPHA), { code: 'pack.not_found' })
    put('state/packs/Alpha/pack.json', '{"torn')
    assert.throws(() => reader.pack(ALPHA), { code: 'store.document_broken' })
    put('state/packs/Alpha/pack.json', '{"schema":"synapse.pack.v99","name":"Alpha"}')
    assert.throws(() => reader.pack(ALPHA), { code: 'store.newer_format' })
    assert.deepEqual(reader.packNames(), [ALPHA], 'a pack that cannot be read is there')
  })

  it('are of packs and profiles with safe names alone, in their order', async (t) => {
    const { store, put } = await createTestStore(t)
    for (const name of ['b', 'A', 'a\nline', 'empty']) {
      put(`state/packs/${name}/${name === 'empty' ? 'notes.txt' : 'lock.json'}`, '{}')
    }
    put('state/profiles/p/profile.json', '{}')
    put('state/profiles/q/other.json', '{}')
    assert.deepEqual(store.reader.packNames(), ['A', 'b'])
    assert.deepEqual(
      store.reader.profileNames().filter((name) => name !== 'global'),
      ['p'],
    )
  })
})

describe('the stack of an interface', () => {
  it('is what runtime.json says; where that is gone, what the interface shows', async (t) => {
    const { store, put, putBlob, putPack } = await createTestStore(t)
    await putPack(ALPHA, [putBlob('1', 'a.safetensors')])
    const { reader } = store
    put(
      'state/profiles/evening/profile.json',
      fs.readFileSync(reader.paths.profile('global' as ProfileName)),
    )
    put('data/runtime.json', JSON.stringify({ ui: { [UI]: { stack: ['global', 'evening'] } } }))
    assert.deepEqual(reader.stack(UI), ['global', 'evening'])
    fs.rmSync(reader.paths.runtime)
    const active = reader.paths.active(UI)
    fs.rmSync(active, { force: true })
    assert.equal(reader.activeProfile(UI), null)
    assert.deepEqual(reader.stack(UI), ['global'])
    for (const target of ['profiles/evening', '/elsewhere/views/comfyui/profiles/evening/']) {
      fs.rmSync(active, { force: true })
      fs.mkdirSync(reader.paths.at(`data/views/${UI}`), { recursive: true })
      fs.symlinkSync(target, active)
      assert.equal(reader.activeProfile(UI), 'evening', target)
      assert.deepEqual(reader.stack(UI), ['global', 'evening'])
    }
    fs.rmSync(reader.paths.profile('evening' as ProfileName))
    assert.deepEqual(reader.stack(UI), ['global'], 'a profile that is gone lies on nothing')
  })
})

describe('the blobs of a store', () => {
  it('are the files named by a digest, each in its own folder', async (t) => {
    const { store, put, putBlob } = await createTestStore(t)
    const { reader } = store
    const here = [putBlob('1', 'a'), putBlob('2', 'b')].sort()
    const other = 'f'.repeat(64)
    put(`data/blobs/sha256/00/${other}`, 'in the wrong folder')
    put('data/blobs/sha256/zz/x', 'no shard')
    put('data/blobs/sha256/00/0123.part', 'half a download')
    assert.deepEqual([...reader.blobs()], here)
    assert.equal(reader.hasBlob(other as Sha256), false)
    const [first] = here
    assert.ok(first)
    const blob = reader.blob(first)
    const stat = fs.statSync(reader.paths.blob(first), { bigint: true })
    assert.deepEqual(
      [blob?.size_bytes, blob?.mtime_ns, blob?.mode],
      [1, String(stat.mtimeNs), Number(stat.mode) & 0o777],
    )
    fs.rmSync(reader.paths.blob(first))
    assert.deepEqual([reader.blob(first), reader.hasBlob(first)], [null, false])
  })

  it('are bad where their size is not that of their manifest', async (t) => {
    const { store, put } = await createTestStore(t)
    const { reader } = store
    const sha256 = 'ab'.repeat(32) as Sha256
    put(reader.paths.relative(reader.paths.blob(sha256)), 'four')
    const meta = {
      version: 1,
      created_at: '2026-11-30T00:00:00Z',
      original_filename: 'a',
      kind: 'lora',
      size_bytes: 4,
    }
    put(reader.paths.relative(reader.paths.meta(sha256)), JSON.stringify(meta))
    const isBad = () => new StoreReader(reader.paths, createCache(reader.paths)).isBad(sha256)
    assert.equal(isBad(), false)
    fs.appendFileSync(reader.paths.blob(sha256), ' and more')
    assert.equal(isBad(), true)
    fs.rmSync(reader.paths.blob(sha256))
    assert.equal(isBad(), false, 'what is not here is not bad')
  })
})

describe('an entry of the trash', () => {
  it('lies where its bytes are, where both folders know it', async (t) => {
    const { store, put } = await createTestStore(t)
    const { reader } = store
    const id = '01890a5d-ac96-774b-bcce-b302099a8057'
    const place = (folder: string) => reader.paths.relative(folder)
    assert.deepEqual(reader.trashIds(), [])
    put(`${place(reader.paths.trash)}/${id}/entry.json`, '{}')
    assert.equal(reader.trashEntryFolder(id), `${reader.paths.trash}/${id}`)
    put(`${place(reader.paths.blobsTrash)}/${id}/blob`, 'bytes')
    put(`${place(reader.paths.trash)}/empty/notes.txt`, '')
    assert.deepEqual(reader.trashIds(), [id])
    assert.equal(reader.trashEntryFolder(id), `${reader.paths.blobsTrash}/${id}`)
    put(`${place(reader.paths.trash)}/${id}/blob`, 'bytes')
    assert.equal(reader.trashEntryFolder(id), `${reader.paths.trash}/${id}`)
  })
})

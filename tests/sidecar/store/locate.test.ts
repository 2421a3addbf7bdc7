import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { RelativePath, Sha256, Uuid } from '../../../schemas/ids.ts'
import type { LocationId } from '../../../schemas/locations.ts'
import type { FileRecord } from '../../../schemas/records.ts'
import { identityAt, seenFile } from '../../../sidecar/platform/file-identity.ts'
import { createTestStore } from '../../_support/test-store.ts'
import { freshFolder } from '../../_support/volumes.ts'

const FOLDER = '0195d5b2-0000-7000-8000-000000000001' as LocationId
const FILE = '0195d5b2-0000-7000-8000-00000000000a' as Uuid
const DIGEST = 'd'.repeat(64) as Sha256
const at = '2026-01-01T00:00:00.000Z'

/** A store that knows a folder with one file. */
async function withFolder(t: TestContext) {
  const setup = await createTestStore(t)
  const root = freshFolder(t)
  const path = join(root, 'loras/a.safetensors')
  fs.mkdirSync(join(root, 'loras'))
  fs.writeFileSync(path, 'the bytes')
  const locations = [{ id: FOLDER, kind: 'folder', path: root }, { kind: 'of the future' }]
  setup.put('data/machine.json', JSON.stringify({ locations }))
  const seen = () => seenFile(identityAt(path) ?? assert.fail())
  const record = (...records: FileRecord[]) =>
    setup.store.transact('test', (tx) => tx.recordFiles(FOLDER, records))
  await record({
    event: 'seen',
    id: FILE,
    at,
    path: 'loras/a.safetensors' as RelativePath,
    seen: seen(),
  })
  return { ...setup, reader: setup.store.reader, path, seen, record }
}

describe('the files of a folder', () => {
  it('have an id that stays when the digest joins it', async (t) => {
    const { reader, seen, record } = await withFolder(t)
    assert.equal(reader.files(FOLDER).byId.get(FILE)?.sha256, null)
    await record({ event: 'hashed', id: FILE, at, sha256: DIGEST, seen: seen() })
    assert.equal(reader.files(FOLDER).byId.get(FILE)?.sha256, DIGEST)
    assert.deepEqual(
      reader
        .files(FOLDER)
        .of(DIGEST)
        .map(({ id }) => id),
      [FILE],
    )
  })

  it('lose their digest when they change, and keep it when they only move', async (t) => {
    const { reader, path, seen, record } = await withFolder(t)
    await record({ event: 'hashed', id: FILE, at, sha256: DIGEST, seen: seen() })
    await record({
      event: 'seen',
      id: FILE,
      at,
      path: 'loras/b.safetensors' as RelativePath,
      seen: seen(),
    })
    assert.equal(reader.files(FOLDER).byId.get(FILE)?.sha256, DIGEST)
    fs.writeFileSync(path, 'other bytes')
    await record({
      event: 'seen',
      id: FILE,
      at,
      path: 'loras/a.safetensors' as RelativePath,
      seen: seen(),
    })
    assert.equal(reader.files(FOLDER).byId.get(FILE)?.sha256, null)
    assert.deepEqual(reader.files(FOLDER).of(DIGEST), [])
    await record({ event: 'gone', id: FILE, at })
    assert.equal(reader.files(FOLDER).byId.size, 0)
  })
})

describe('locate()', () => {
  it("gives the store's own copy before any other", async (t) => {
    const { reader, store, putBlob, record, seen } = await withFolder(t)
    const sha256 = putBlob('the bytes', 'a.safetensors')
    await record({ event: 'hashed', id: FILE, at, sha256, seen: seen() })
    assert.deepEqual(reader.locate(sha256), { location: 'store', path: store.paths.blob(sha256) })
    fs.rmSync(store.paths.blob(sha256))
    assert.equal(reader.locate(sha256)?.location, FOLDER)
  })

  it('gives a file of a folder while it is what was hashed', async (t) => {
    const { reader, path, seen, record } = await withFolder(t)
    assert.equal(reader.locate(DIGEST), null)
    await record({ event: 'hashed', id: FILE, at, sha256: DIGEST, seen: seen() })
    assert.deepEqual(reader.locate(DIGEST), { location: FOLDER, path })
    fs.appendFileSync(path, '.')
    assert.equal(reader.locate(DIGEST), null)
    fs.rmSync(path)
    assert.equal(reader.locate(DIGEST), null)
  })

  it('never leaves the folder, whatever the ledger says', async (t) => {
    const { reader, path, seen, record } = await withFolder(t)
    await record(
      { event: 'seen', id: FILE, at, path: '../../etc/passwd' as RelativePath, seen: seen() },
      { event: 'hashed', id: FILE, at, sha256: DIGEST, seen: seen() },
    )
    assert.equal(reader.locate(DIGEST)?.path, path)
  })

  it('passes over a file that a link has led out of its folder', async (t) => {
    const { reader, path, seen, record } = await withFolder(t)
    await record({ event: 'hashed', id: FILE, at, sha256: DIGEST, seen: seen() })
    assert.notEqual(reader.locate(DIGEST), null)
    const folder = dirname(path)
    const elsewhere = join(freshFolder(t), 'loras')
    fs.renameSync(folder, elsewhere)
    fs.symlinkSync(elsewhere, folder, 'junction')
    assert.equal(reader.locate(DIGEST), null)
  })
})

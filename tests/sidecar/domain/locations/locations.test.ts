import assert from 'node:assert/strict'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openLocation } from '../../../../sidecar/domain/locations/open-location.ts'
import { readBack } from '../../../../sidecar/domain/locations/read-back.ts'
import { storeLocation } from '../../../../sidecar/domain/locations/store-location.ts'
import { writableStore } from '../../../../sidecar/domain/imports/put-in-store.ts'
import { openHashPool } from '../../../../sidecar/platform/hash-pool.ts'
import { MountProcesses } from '../../../../sidecar/platform/mount-processes.ts'
import {
  locationContract,
  writableContract,
  type LocationUnderTest,
  type WritableUnderTest,
} from '../../../contract/location.ts'
import { createTestStore } from '../../../_support/test-store.ts'
import { freshFolder } from '../../../_support/volumes.ts'

const PROGRAM = new URL('../../../../sidecar/app/mounts/source-process.ts', import.meta.url)

function openPool(t: TestContext) {
  const pool = openHashPool({ workers: 1 })
  t.after(() => pool[Symbol.asyncDispose]())
  return pool
}

async function store(t: TestContext): Promise<LocationUnderTest> {
  const setup = await createTestStore(t)
  return {
    location: storeLocation({ store: setup.store, pool: openPool(t) }),
    put: (name, bytes) => setup.putBlob(bytes, name),
    unplug: () => {
      fs.renameSync(setup.store.paths.blobsPart, `${setup.store.paths.blobsPart}.away`)
    },
    missing: 'a'.repeat(64),
    bad: ['', '../../state/config.json', 'A'.repeat(64), `${'a'.repeat(64)}.meta`],
  }
}

async function emptyStore(t: TestContext): Promise<WritableUnderTest> {
  const setup = await createTestStore(t)
  const facts = { name: 'a.safetensors', kind: 'lora', source: 'a test' }
  return {
    location: writableStore({ ...setup.ctx, pool: openPool(t) }, 'test', () => facts),
    files: () =>
      fs
        .readdirSync(setup.store.paths.blobsPart, { recursive: true, encoding: 'utf8' })
        .filter((path) => fs.statSync(join(setup.store.paths.blobsPart, path)).isFile())
        .sort(),
  }
}

/** @param own folders whose calls are made here; all others are made by a process of their mount */
async function openFolder(t: TestContext, own: (root: string) => string[]) {
  const setup = await createTestStore(t)
  const root = join(freshFolder(t), 'models')
  fs.mkdirSync(root)
  const id = '0195d5b2-0000-7000-8000-000000000001'
  const locations = [
    { kind: 'bucket', id },
    { kind: 'folder', id, path: root, label: 'Models' },
  ]
  setup.put('data/machine.json', JSON.stringify({ locations }))
  const mounts = new MountProcesses({ program: PROGRAM, own: () => own(root) })
  t.after(() => {
    mounts[Symbol.dispose]()
  })
  const [entry = assert.fail()] = setup.store.reader.locations()
  return { root, location: openLocation({ pool: openPool(t), mounts }, entry) }
}

function folder(own: (root: string) => string[]) {
  return async (t: TestContext): Promise<LocationUnderTest> => {
    const { root, location } = await openFolder(t, own)
    return {
      location,
      put(name, bytes) {
        const key = `loras/${name}`
        fs.mkdirSync(join(root, 'loras'), { recursive: true })
        fs.writeFileSync(join(root, key), bytes)
        return key
      },
      unplug: () => {
        fs.renameSync(root, `${root}.away`)
      },
      missing: 'loras/none.safetensors',
      bad: ['', '.', '..', '../x', '/etc/passwd', 'loras/../../x', 'loras//x', 'a\0b'],
    }
  }
}

locationContract('store', store)
writableContract('store', emptyStore)
locationContract(
  'folder, read by this process',
  folder((root) => [root]),
)
locationContract(
  'folder, read by a process of its own',
  folder(() => []),
)

describe('a folder', () => {
  it('shows what links in it lead to inside, and nothing outside', async (t) => {
    const { root, location } = await openFolder(t, (own) => [own])
    const outside = join(dirname(root), 'outside')
    fs.mkdirSync(join(outside, 'deep'), { recursive: true })
    fs.writeFileSync(join(outside, 'deep', 'secret.safetensors'), 'a secret')
    fs.writeFileSync(join(root, 'a.safetensors'), 'a model')
    fs.symlinkSync('a.safetensors', join(root, 'name.safetensors'))
    fs.symlinkSync(join(outside, 'deep', 'secret.safetensors'), join(root, 'out.safetensors'))
    fs.symlinkSync(outside, join(root, 'out'))
    const keys: string[] = []
    for await (const file of location.list(new AbortController().signal)) keys.push(file.key)
    assert.deepEqual(keys, ['a.safetensors'])
    assert.equal((await location.hash('name.safetensors')).size_bytes, 7)
    for (const key of ['out.safetensors', 'out/deep/secret.safetensors']) {
      assert.equal(await location.stat(key), null)
      await assert.rejects(location.hash(key), { code: 'import.source_not_found' })
    }
  })
})

describe('readBack()', () => {
  it('reports whether the bytes match the digest, with the file that was read', async (t) => {
    const setup = await createTestStore(t)
    const location = storeLocation({ store: setup.store, pool: openPool(t) })
    const sha256 = setup.putBlob('the bytes', 'a.safetensors')
    const good = await readBack(location, sha256)
    assert.deepEqual([good.good, good.record.seen?.size_bytes], [true, 9])
    fs.writeFileSync(setup.store.paths.blob(sha256), 'THE BYTES')
    assert.equal((await readBack(location, sha256)).record.good, false)
  })
})

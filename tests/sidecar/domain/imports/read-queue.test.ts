/** Which files of one import are read at once, by the disks that they lie on. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, it, type TestContext } from 'node:test'
import type { ScopedImportRequest } from '../../../../sidecar/domain/imports/source-folders.ts'
import { importFiles } from '../../../../sidecar/domain/imports/import-files.ts'
import { ReadQueue } from '../../../../sidecar/domain/imports/read-queue.ts'
import type { DeviceKind } from '../../../../sidecar/platform/devices.ts'
import type { FindDevices } from '../../../../sidecar/platform/find-devices.ts'
import type { HashPool } from '../../../../sidecar/platform/hash-pool.ts'
import { createTestSynapse } from '../../../_support/test-synapse.ts'
import { quietWork } from '../../../../sidecar/domain/progress.ts'

/** Devices by the name of a folder: `hdd-a` spins, others do not. */
const devicesBehind: FindDevices = async (folder) =>
  folder
    .slice(1)
    .split('+')
    .map((id) => ({ id, kind: id.startsWith('hdd') ? 'spinning' : 'solid' }))

const queueOf = (...paths: readonly string[]) =>
  ReadQueue.of(
    paths.map((source) => ({ source })),
    devicesBehind,
  )

describe('a queue of files to read', () => {
  it('gives the next file of a disk that spins once the one before was read', async () => {
    const queue = await queueOf('/hdd/1', '/hdd/2')
    const first = await queue.next()
    const waiting = queue.next()
    let given = false
    void waiting.then(() => (given = true))
    await nextTurn()
    assert.equal(given, false)
    first?.done()
    assert.equal((await waiting)?.file.source, '/hdd/2')
  })

  it('reads other disks meanwhile, each in the order of its files', async () => {
    const queue = await queueOf('/hdd-a/1', '/hdd-a/2', '/hdd-b/1', '/ssd/1', '/ssd/2')
    const given = [await queue.next(), await queue.next(), await queue.next(), await queue.next()]
    assert.deepEqual(
      given.map((turn) => turn?.file.source),
      ['/hdd-a/1', '/hdd-b/1', '/ssd/1', '/ssd/2'],
    )
    given[0]?.done()
    assert.equal((await queue.next())?.file.source, '/hdd-a/2')
    assert.equal(await queue.next(), null)
  })

  it('counts each disk of a volume that lies on several', async () => {
    const queue = await queueOf('/hdd-a+hdd-b/1', '/hdd-b/1', '/hdd-c/1')
    const first = await queue.next()
    assert.equal((await queue.next())?.file.source, '/hdd-c/1')
    first?.done()
    assert.equal((await queue.next())?.file.source, '/hdd-b/1')
  })
})

/** Imports files of one disk of a kind; returns how many were read at once at most. */
async function readAtOnce(t: TestContext, kind: DeviceKind): Promise<number> {
  const setup = await createTestSynapse(t)
  for (const name of ['a', 'b', 'c', 'd']) setup.file(`loras/${name}.safetensors`, name)
  const { services } = setup.synapse
  let [reading, most] = [0, 0]
  const counted = async <T>(read: () => Promise<T>): Promise<T> => {
    reading += 1
    most = Math.max(most, reading)
    await nextTurn()
    return read().finally(() => (reading -= 1))
  }
  const pool: HashPool = {
    copy: (...about) => counted(() => services.pool.copy(...about)),
    hash: (...about) => counted(() => services.pool.hash(...about)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const request: ScopedImportRequest = {
    ...{ paths: [join(setup.folder, 'loras')], mode: 'copy' },
    ...{ hard_link: false, all_files: false },
  }
  const devices: FindDevices = async () => [{ id: 'device:sda', kind }]
  const ctx = { ...services, pool, devicesBehind: devices }
  const { imported } = await importFiles(ctx, { ...quietWork, actor: 'test' }, request)
  assert.equal(imported, 4)
  return most
}

describe('an import', () => {
  it('reads one file at a time from a disk that spins', async (t) => {
    assert.equal(await readAtOnce(t, 'spinning'), 1)
  })

  it('reads two at once from any other', async (t) => {
    assert.equal(await readAtOnce(t, 'solid'), 2)
    assert.equal(await readAtOnce(t, 'unknown'), 2)
  })
})

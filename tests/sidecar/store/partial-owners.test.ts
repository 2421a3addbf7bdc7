import assert from 'node:assert/strict'
import fs, { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isAppError } from '../../../schemas/errors.ts'
import { observeDisk } from '../../../sidecar/platform/disk-calls.ts'
import { ownProcess } from '../../../sidecar/platform/temporary-names.ts'
import { ownPartials } from '../../../sidecar/store/partial-owners.ts'
import type { StorePaths } from '../../../sidecar/store/store-paths.ts'
import { otherProcess } from '../../_support/lock-holder.ts'
import { createTestStore } from '../../_support/test-store.ts'
import { createTestSynapse } from '../../_support/test-synapse.ts'

const ownLock = ({ temporary }: StorePaths) => join(temporary, `${ownProcess}.lock`)

test('all who ask at once for the partials of one process get them', async (t) => {
  const { synapse } = await createTestSynapse(t)
  const { paths } = synapse.services.store
  const asked = await Promise.all([1, 2, 3].map(() => ownPartials(paths)))
  for (const one of asked) one[Symbol.dispose]()
  assert.ok(existsSync(paths.temporary))
  const again = await ownPartials(paths)
  again[Symbol.dispose]()
})

test('a lock file that was removed is made and taken again', async (t) => {
  const { store } = await createTestStore(t)
  const path = ownLock(store.paths)
  using other = await ownPartials(store.paths)
  fs.rmSync(store.paths.temporary, { recursive: true })
  assert.equal(other.isHeld(), false)
  await store.transact('test', () => Promise.resolve())
  assert.equal(other.isHeld(), true)
  assert.equal((await otherProcess(t, path)).got, false)
})

test('partials that the disk did not let a process own are owned once it does', async (t) => {
  const { store } = await createTestStore(t)
  store[Symbol.dispose]()
  const before = observeDisk(({ path }) => {
    if (path === ownLock(store.paths)) {
      throw Object.assign(new Error('made for the test'), { code: 'ENOSPC' })
    }
  })
  const asked = await Promise.allSettled([ownPartials(store.paths), ownPartials(store.paths)])
  observeDisk(before)
  for (const one of asked) {
    assert.ok(one.status === 'rejected' && isAppError(one.reason, 'disk.full'))
  }
  using owned = await ownPartials(store.paths)
  assert.equal(owned.isHeld(), true)
})

test('a store that is closed while it asks leaves no lock behind', async (t) => {
  const { store } = await createTestStore(t)
  store[Symbol.dispose]()
  const asking = store.ownPartials()
  store[Symbol.dispose]()
  await asking
  assert.equal(existsSync(ownLock(store.paths)), false)
})

test('an import of several files as the first operation of a process ends', async (t) => {
  const first = await createTestSynapse(t)
  await first.synapse[Symbol.asyncDispose]()
  const second = await createTestSynapse(t, first.root)
  for (const name of ['a', 'b', 'c']) second.file(`loras/${name}.safetensors`, name)
  const result = await second.import({ paths: [second.folder] })
  assert.equal(result.imported, 3)
  assert.deepEqual(
    readdirSync(second.synapse.services.store.paths.temporary).filter((name) =>
      name.endsWith('.part'),
    ),
    [],
  )
})

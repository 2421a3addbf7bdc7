import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isAppError } from '../../../schemas/errors.ts'
import { FileLock } from '../../../sidecar/platform/file-lock.ts'
import { Store } from '../../../sidecar/store/store.ts'
import { RECOVERY } from '../../../sidecar/domain/journal/operations/operations.ts'
import { otherProcess } from '../../_support/lock-holder.ts'
import { createTestStore } from '../../_support/test-store.ts'
import { temporaryFolder } from '../../_support/test-synapse.ts'

const isLocked = (error: unknown) => isAppError(error, 'store.locked')

for (const how of ['removed', 'replaced'] as const) {
  const change = (path: string) => {
    fs.rmSync(path)
    if (how === 'replaced') fs.writeFileSync(path, '')
  }

  describe(`a lock file that is ${how}`, () => {
    it('is left for the one that others take', async (t) => {
      const path = join(temporaryFolder(t), 'a.lock')
      const lock = new FileLock(path)
      t.after(() => {
        lock.close()
      })
      ;(await lock.acquire(0))()
      change(path)
      const other = await otherProcess(t, path)
      assert.equal(other.got, true)
      await assert.rejects(lock.acquire(50), isLocked)
      other.end()
      ;(await lock.acquire(5000))()
    })

    it('while it is held lets no second process change the store', async (t) => {
      const { store } = await createTestStore(t)
      await store.transact('one', async () => {
        change(store.paths.lock)
        const first = await otherProcess(t, store.paths.lock)
        assert.equal(first.got, true, 'the new file is free')
        const second = await otherProcess(t, store.paths.secondLock)
        assert.equal(second.got, false, 'and is not enough')
        first.end()
      })
      await store.transact('two', () => Promise.resolve())
    })

    it('together with the second one stops the change that is under way', async (t) => {
      const { store } = await createTestStore(t)
      await assert.rejects(
        store.transact('one', async (tx) => {
          change(store.paths.lock)
          change(store.paths.secondLock)
          await tx.begin({ op: 'config.edit' })
        }),
        isLocked,
      )
      await store.transact('two', async (tx) => tx.end(await tx.begin({ op: 'config.edit' })))
    })
  })
}

describe('a lock that a store is given', () => {
  it('is taken for each change instead of the files, and asked before each operation', async (t) => {
    const { store: made, ctx } = await createTestStore(t)
    const calls: string[] = []
    let isInPlace = true
    const lock = {
      acquire: async () => {
        calls.push('acquire')
        return () => void calls.push('release')
      },
      isInPlace: () => isInPlace,
      close: () => void calls.push('close'),
    }
    const { root } = made.paths
    const store = new Store({ root, clock: ctx.clock, ...RECOVERY, lock })
    await made.transact('files', async () => {
      await store.transact('given', async () => void calls.push('change'))
    })
    isInPlace = false
    const begin = store.transact('given', async (tx) => tx.begin({ op: 'config.edit' }))
    await assert.rejects(begin, isLocked)
    store[Symbol.dispose]()
    const transaction = ['acquire', 'change', 'release']
    assert.deepEqual(calls, [...transaction, 'acquire', 'release', 'close'])
  })
})

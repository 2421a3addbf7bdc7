import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { isAppError } from '../../../schemas/errors.ts'
import { FileLock } from '../../../sidecar/platform/file-lock.ts'
import { createTestStore } from '../../_support/test-store.ts'
import { temporaryFolder } from '../../_support/test-synapse.ts'

const LOCK = join(import.meta.dirname, '../../../sidecar/platform/file-lock.ts')

/** Has another process take a lock; resolves once it holds it, or tells that it does not get it. */
async function otherProcess(t: TestContext, path: string): Promise<{ got: boolean; end(): void }> {
  const program = `
    import { FileLock } from ${JSON.stringify(LOCK)}
    const lock = new FileLock(${JSON.stringify(path)})
    await lock.acquire(50).then(() => console.log('held'), () => { console.log('refused'); process.exit() })
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const first = await new Promise<string>((resolve) => {
    child.stdout.once('data', (data) => {
      resolve(String(data))
    })
  })
  return { got: first.startsWith('held'), end: () => child.kill('SIGKILL') }
}

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

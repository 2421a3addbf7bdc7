/** What becomes of a lock whose handles are closed, or whose file cannot be opened. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { isAppError, type ErrorCode } from '../../../schemas/errors.ts'
import { observeDisk } from '../../../sidecar/platform/disk-calls.ts'
import { FileLock } from '../../../sidecar/platform/file-lock.ts'
import { otherProcess } from '../../_support/lock-holder.ts'
import { temporaryFolder } from '../../_support/test-synapse.ts'

const failsWith = (code: ErrorCode) => (error: unknown) => isAppError(error, code)

function handles(t: TestContext, count: number): { path: string; locks: FileLock[] } {
  const path = join(temporaryFolder(t), 'a.lock')
  const locks = Array.from({ length: count }, () => new FileLock(path))
  t.after(() => {
    for (const lock of locks) lock.close()
  })
  return { path, locks }
}

/** Does `work` on a disk that opens no file. */
async function unopenable(work: () => Promise<void>): Promise<void> {
  const before = observeDisk(() => {
    throw Object.assign(new Error('made for the test'), { code: 'EIO' })
  })
  try {
    await work()
  } finally {
    observeDisk(before)
  }
}

describe('a handle that is closed', () => {
  it('while it holds the lock lets the next one of this process in', async (t) => {
    const [first, second] = handles(t, 2).locks as [FileLock, FileLock]
    await first.acquire(0)
    const waiting = second.acquire(0)
    first.close()
    const release = await waiting
    release()
  })

  it('while it holds the lock lets other processes in', async (t) => {
    const { path, locks } = handles(t, 2)
    await locks[0]?.acquire(0)
    assert.equal((await otherProcess(t, path)).got, false)
    locks[0]?.close()
    assert.equal((await otherProcess(t, path)).got, true)
  })

  it('while it waits is refused, and those behind it are not', async (t) => {
    const [first, second, third] = handles(t, 3).locks as [FileLock, FileLock, FileLock]
    const release = await first.acquire(0)
    const refused = assert.rejects(second.acquire(0), failsWith('job.cancelled'))
    const waiting = third.acquire(0)
    second.close()
    release()
    await refused
    const last = await waiting
    last()
  })

  it('frees nothing that another handle has taken since', async (t) => {
    const { path, locks } = handles(t, 2)
    const [first, second] = locks as [FileLock, FileLock]
    const release = await first.acquire(0)
    release()
    await second.acquire(0)
    first.close()
    release()
    assert.equal((await otherProcess(t, path)).got, false)
  })
})

describe('a lock whose file cannot be opened', () => {
  it('is taken by the next who asks, once it is back', async (t) => {
    const { path, locks } = handles(t, 1)
    const [lock] = locks as [FileLock]
    fs.renameSync(path, `${path}.aside`)
    await unopenable(() => assert.rejects(lock.acquire(0), failsWith('disk.failed')))
    fs.renameSync(`${path}.aside`, path)
    const release = await lock.acquire(0)
    assert.equal((await otherProcess(t, path)).got, false)
    release()
    assert.equal((await otherProcess(t, path)).got, true)
  })
})

describe('a lock that is only tried', () => {
  it('is refused at once while another handle of this process holds or wants it', async (t) => {
    const [first, second, third] = handles(t, 3).locks as [FileLock, FileLock, FileLock]
    const release = await first.acquire(0)
    assert.equal(await second.tryAcquire(), null)
    const waiting = third.acquire(0)
    release()
    assert.equal(await second.tryAcquire(), null)
    const last = await waiting
    last()
    assert.notEqual(await second.tryAcquire(), null)
  })

  it('is refused while another process holds it', async (t) => {
    const { path, locks } = handles(t, 1)
    const other = await otherProcess(t, path)
    assert.equal(await locks[0]?.tryAcquire(), null)
    other.end()
  })
})

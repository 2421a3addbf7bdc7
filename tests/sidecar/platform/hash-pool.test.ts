import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { blake3 } from '@napi-rs/blake-hash'
import { isAppError } from '../../../schemas/errors.ts'
import { identityOf } from '../../../sidecar/platform/file-identity.ts'
import { openHashPool, type HashPoolOptions } from '../../../sidecar/platform/hash-pool.ts'
import { SLOT_BYTES } from '../../../sidecar/platform/hash-ring.ts'
import {
  canRun,
  freshFolder,
  skipLoudly,
  tmpfs,
  withoutPrivileges,
} from '../../_support/volumes.ts'

const MIB = 2 ** 20

function opened(t: TestContext, options: HashPoolOptions = { workers: 2 }) {
  const pool = openHashPool(options)
  t.after(() => pool[Symbol.asyncDispose]())
  return pool
}

function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE((at * 2_654_435_761) >>> 0, at)
  return bytes
}

function bigFile(folder: string, megabytes: number): string {
  const path = join(folder, 'big')
  fs.writeFileSync(path, '')
  fs.truncateSync(path, megabytes * MIB)
  return path
}

const KNOWN = [
  {
    text: '',
    sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    blake3: 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
  },
  {
    text: 'abc',
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    blake3: '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85',
  },
]

for (const { text, ...digests } of KNOWN) {
  test(`hash() gives the published digests of ${JSON.stringify(text)}`, async (t) => {
    const path = join(freshFolder(t), 'file')
    fs.writeFileSync(path, text)
    const { sha256, blake3: other } = await opened(t).hash(path)
    assert.deepEqual({ sha256, blake3: other }, digests)
  })
}

const sizes = [1, SLOT_BYTES - 1, SLOT_BYTES, SLOT_BYTES + 1, 4 * SLOT_BYTES, 11 * SLOT_BYTES + 13]
for (const workers of [1, 2]) {
  for (const size of sizes) {
    test(`hash() of ${String(size)} bytes on ${String(workers)} threads`, async (t) => {
      const path = join(freshFolder(t), 'file')
      const bytes = bytesOf(size)
      fs.writeFileSync(path, bytes)
      const stat = fs.statSync(path, { bigint: true })
      assert.deepEqual(await opened(t, { workers }).hash(path), {
        sha256: createHash('sha256').update(bytes).digest('hex'),
        blake3: blake3(bytes).toString('hex'),
        ...identityOf(stat),
      })
    })
  }
}

test('hash() leaves out BLAKE3 on request', async (t) => {
  const path = join(freshFolder(t), 'file')
  fs.writeFileSync(path, 'abc')
  const digests = await opened(t).hash(path, { blake3: false })
  assert.equal(digests.sha256, KNOWN[1]?.sha256)
  assert.equal(digests.blake3, null)
})

test('hash() keeps many files apart', async (t) => {
  const folder = freshFolder(t)
  const pool = opened(t, { workers: 3 })
  const files = Array.from({ length: 60 }, (_, index) => ({
    path: join(folder, String(index)),
    bytes: bytesOf(index * 65_537),
  }))
  for (const { path, bytes } of files) fs.writeFileSync(path, bytes)
  const found = await Promise.all(files.map(({ path }) => pool.hash(path)))
  for (const [index, { bytes }] of files.entries()) {
    assert.equal(found[index]?.sha256, createHash('sha256').update(bytes).digest('hex'))
    assert.equal(found[index].blake3, blake3(bytes).toString('hex'))
  }
})

test('hash() refuses folders, links, FIFOs and devices, and never hangs', async (t) => {
  const folder = freshFolder(t)
  const pool = opened(t)
  fs.writeFileSync(join(folder, 'file'), '')
  fs.symlinkSync('file', join(folder, 'link'))
  if (!canRun('mkfifo', join(folder, 'fifo'))) {
    skipLoudly(t, 'there is no mkfifo')
    return
  }
  for (const path of [folder, join(folder, 'link'), join(folder, 'fifo'), '/dev/zero']) {
    await assert.rejects(pool.hash(path), { code: 'import.not_a_file' }, path)
  }
})

test('hash() reports a missing file', async (t) => {
  const folder = freshFolder(t)
  fs.writeFileSync(join(folder, 'file'), '')
  const pool = opened(t)
  for (const name of ['nothing', 'file/below']) {
    await assert.rejects(pool.hash(join(folder, name)), { code: 'import.source_not_found' })
  }
})

test('hash() reports an unreadable file', async (t) => {
  const folder = freshFolder(t)
  fs.chmodSync(folder, 0o755)
  const path = join(folder, 'file')
  fs.writeFileSync(path, '', { mode: 0 })
  const pool = opened(t)
  // The threads load their program while this user may still read the checkout.
  const readable = join(folder, 'readable')
  fs.writeFileSync(readable, 'x')
  await pool.hash(readable)
  await withoutPrivileges(() => assert.rejects(pool.hash(path), { code: 'disk.denied' }))
})

const changes: Readonly<Record<string, (path: string) => void>> = {
  'its bytes': (path) => {
    const fd = fs.openSync(path, 'r+')
    fs.writeSync(fd, 'x', 0)
    fs.closeSync(fd)
  },
  'its length, growing': (path) => {
    fs.appendFileSync(path, 'x')
  },
  'its length, shrinking': (path) => {
    fs.truncateSync(path, 1)
  },
  'another file of the same size and time': (path) => {
    const { size, mtimeMs } = fs.statSync(path)
    fs.writeFileSync(`${path}.new`, '')
    fs.truncateSync(`${path}.new`, size)
    fs.utimesSync(`${path}.new`, mtimeMs / 1000, mtimeMs / 1000)
    fs.renameSync(`${path}.new`, path)
  },
  'nothing: it is gone': (path) => {
    fs.unlinkSync(path)
  },
}
for (const [what, change] of Object.entries(changes)) {
  test(`hash() notices a file that changes while it is read: ${what}`, async (t) => {
    const path = bigFile(freshFolder(t), 600)
    fs.utimesSync(path, 1_700_000_000, 1_700_000_000)
    let changed = false
    const onBytes = (): void => {
      if (!changed) change(path)
      changed = true
    }
    await assert.rejects(opened(t).hash(path, { onBytes }), { code: 'import.source_changed' })
  })
}

for (const workers of [1, 2]) {
  test(`hash() reads a file again whose change time alone moved, on ${String(workers)} threads`, async (t) => {
    const path = bigFile(freshFolder(t), 600)
    let touched = false
    const onBytes = (): void => {
      if (!touched) fs.chmodSync(path, 0o600)
      touched = true
    }
    const digests = await opened(t, { workers }).hash(path, { onBytes })
    assert.deepEqual(identityOf(fs.statSync(path, { bigint: true })).ctime_ns, digests.ctime_ns)
    assert.ok(touched)
  })

  test(`hash() sees bytes that were changed behind an old time, on ${String(workers)} threads`, async (t) => {
    const path = bigFile(freshFolder(t), 600)
    const pool = opened(t, { workers })
    const before = await pool.hash(path)
    const { atime, mtime } = fs.statSync(path)
    let changed = false
    const onBytes = (): void => {
      if (changed) return
      changed = true
      const fd = fs.openSync(path, 'r+')
      fs.writeSync(fd, 'x', 0)
      fs.closeSync(fd)
      fs.utimesSync(path, atime, mtime)
    }
    // Where the clock's grain lets the time come back exactly, it is read again; else it is refused.
    const now = await pool.hash(path, { onBytes }).catch(() => null)
    assert.notEqual(now?.sha256, before.sha256)
  })
}

for (const workers of [1, 2]) {
  test(`hash() stops in the middle on ${String(workers)} threads, and the pool goes on`, async (t) => {
    const folder = freshFolder(t)
    const pool = opened(t, { workers })
    const controller = new AbortController()
    let reported = 0
    const onBytes = (done: number): void => {
      reported = done
      controller.abort()
    }
    const path = bigFile(folder, 20_000)
    const hashing = pool.hash(path, { signal: controller.signal, onBytes })
    await assert.rejects(hashing, { code: 'job.cancelled' })
    assert.ok(reported < 10_000 * MIB)
    fs.writeFileSync(join(folder, 'small'), 'abc')
    assert.equal((await pool.hash(join(folder, 'small'))).sha256, KNOWN[1]?.sha256)
  })
}

test('hash() leaves the queue when it is stopped there', async (t) => {
  const path = bigFile(freshFolder(t), 300)
  const pool = opened(t, { workers: 1 })
  const controller = new AbortController()
  const first = pool.hash(path)
  const second = pool.hash(path, { signal: controller.signal })
  setTimeout(() => {
    controller.abort()
  }, 20)
  await assert.rejects(second, { code: 'job.cancelled' })
  await first
  await assert.rejects(pool.hash(path, { signal: controller.signal }), { code: 'job.cancelled' })
})

test('hash() reports its progress now and then, rising to the end', async (t) => {
  const path = bigFile(freshFolder(t), 600)
  const reported: number[] = []
  await opened(t).hash(path, { onBytes: (done) => reported.push(done) })
  assert.deepEqual(
    reported,
    [...reported].sort((a, b) => a - b),
  )
  assert.equal(reported.at(-1), 600 * MIB)
  assert.ok(reported.length >= 2)
  assert.ok(reported.length < 600, `${String(reported.length)} times in 600 MiB`)
})

test('hash() leaves the main thread free', async (t) => {
  const path = bigFile(freshFolder(t), 600)
  let ticks = 0
  const ticking = setInterval(() => (ticks += 1), 5)
  await opened(t).hash(path)
  clearInterval(ticking)
  assert.ok(ticks >= 5, `${String(ticks)} ticks`)
})

test('hash() fails when its thread dies, and the next gets a new one', async (t) => {
  const folder = freshFolder(t)
  const program = join(folder, 'dies-once.ts')
  const real = new URL('../../../sidecar/platform/hash-worker.ts', import.meta.url)
  fs.writeFileSync(join(folder, 'file'), 'abc')
  fs.writeFileSync(
    program,
    `import fs from 'node:fs'
     import { parentPort } from 'node:worker_threads'
     const died = ${JSON.stringify(join(folder, 'died'))}
     if (fs.existsSync(died)) await import(${JSON.stringify(real.href)})
     else parentPort.once('message', () => { fs.writeFileSync(died, ''); throw new Error('dies') })`,
  )
  const pool = opened(t, { workers: 1, program: pathToFileURL(program) })
  await assert.rejects(pool.hash(join(folder, 'file')), { code: 'internal' })
  assert.equal((await pool.hash(join(folder, 'file'))).sha256, KNOWN[1]?.sha256)
})

test('hash() fails, and does not hang, when one of its two threads dies', async (t) => {
  const folder = freshFolder(t)
  const real = new URL('../../../sidecar/platform/hash-worker.ts', import.meta.url)
  for (const role of ['produce', 'consume']) {
    const program = join(folder, `${role}-dies.ts`)
    fs.writeFileSync(
      program,
      `import { parentPort } from 'node:worker_threads'
       parentPort.prependListener('message', (order) => {
         if (order.role === '${role}') throw new Error('dies')
       })
       await import(${JSON.stringify(real.href)})`,
    )
    const pool = opened(t, { workers: 2, program: pathToFileURL(program) })
    await assert.rejects(pool.hash(bigFile(folder, 50)), { code: 'internal' }, role)
  }
})

test('openHashPool() stops what runs and what waits when it is closed', async (t) => {
  const path = bigFile(freshFolder(t), 20_000)
  const pool = openHashPool({ workers: 1 })
  const hashing = Promise.allSettled([pool.hash(path), pool.hash(path)])
  setTimeout(() => void pool[Symbol.asyncDispose](), 50)
  for (const result of await hashing) {
    assert.ok(result.status === 'rejected' && isAppError(result.reason, 'job.cancelled'))
  }
  await assert.rejects(pool.hash(path), { code: 'job.cancelled' })
})

test('openHashPool() ends a thread that rests, and starts it again when needed', async (t) => {
  const folder = freshFolder(t)
  const path = join(folder, 'file')
  const starts = join(folder, 'starts')
  const program = join(folder, 'counts-starts.ts')
  const real = new URL('../../../sidecar/platform/hash-worker.ts', import.meta.url)
  fs.writeFileSync(path, 'abc')
  fs.writeFileSync(
    program,
    `import fs from 'node:fs'
     fs.appendFileSync(${JSON.stringify(starts)}, '.')
     await import(${JSON.stringify(real.href)})`,
  )
  const pool = opened(t, { workers: 1, program: pathToFileURL(program), restMs: 200 })
  await pool.hash(path)
  await pool.hash(path)
  assert.equal(fs.readFileSync(starts, 'utf8'), '.')
  await sleep(600)
  assert.equal((await pool.hash(path)).sha256, KNOWN[1]?.sha256)
  assert.equal(fs.readFileSync(starts, 'utf8'), '..')
})

test('openHashPool() does not keep the process alive when idle, but does at work', async (t) => {
  const path = join(freshFolder(t), 'file')
  fs.writeFileSync(path, 'abc')
  const module = new URL('../../../sidecar/platform/hash-pool.ts', import.meta.url).href
  const program = `
    const { openHashPool } = await import(${JSON.stringify(module)})
    openHashPool({ workers: 2 }).hash(${JSON.stringify(path)}).then((d) => console.log(d.sha256))`
  const run = promisify(execFile)
  const args = ['--input-type=module', '--eval', program]
  const { stdout } = await run(process.execPath, args, { timeout: 20_000 })
  assert.equal(stdout.trim(), KNOWN[1]?.sha256)
})

test('copy() writes what it reads', async (t) => {
  const folder = freshFolder(t)
  const bytes = bytesOf(9 * SLOT_BYTES + 7)
  fs.writeFileSync(join(folder, 'from'), bytes)
  for (const workers of [1, 2]) {
    const path = join(folder, `to-${String(workers)}`)
    const fd = fs.openSync(path, 'wx')
    const digests = await opened(t, { workers }).copy(join(folder, 'from'), { fd, path })
    fs.closeSync(fd)
    assert.ok(fs.readFileSync(path).equals(bytes))
    assert.equal(digests.sha256, createHash('sha256').update(bytes).digest('hex'))
  }
})

test('copy() reports a full disk with the path that it wrote to', async (t) => {
  const small = tmpfs(t, '2m')
  if (small === null) return
  const path = join(small, 'to')
  const fd = fs.openSync(path, 'wx')
  t.after(() => {
    fs.closeSync(fd)
  })
  const copying = opened(t).copy(bigFile(freshFolder(t), 8), { fd, path })
  await assert.rejects(copying, {
    code: 'disk.full',
    message: `${path}: the disk is full (ENOSPC)`,
  })
})

test('copy() keeps memory bounded', async (t) => {
  const folder = freshFolder(t)
  const pool = opened(t)
  const path = join(folder, 'to')
  await pool.hash(bigFile(folder, 10))
  const before = process.memoryUsage.rss()
  let most = 0
  const fd = fs.openSync(path, 'wx')
  await pool.copy(
    bigFile(folder, 700),
    { fd, path },
    {
      onBytes: () => {
        most = Math.max(most, process.memoryUsage.rss() - before)
      },
    },
  )
  fs.closeSync(fd)
  assert.ok(most < 64 * MIB, `${String(most)} bytes more`)
})

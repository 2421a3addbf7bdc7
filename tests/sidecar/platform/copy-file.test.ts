import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { cloneFile } from '../../../sidecar/platform/clone-file.ts'
import { copyHashed, requireSpace } from '../../../sidecar/platform/copy-file.ts'
import { observeDisk, type DiskCall } from '../../../sidecar/platform/disk-calls.ts'
import { openHashPool, type HashPool } from '../../../sidecar/platform/hash-pool.ts'
import { btrfs, freshFolder, tmpfs } from '../../_support/volumes.ts'

const MIB = 2 ** 20

function opened(t: TestContext): HashPool {
  const pool = openHashPool({ workers: 2 })
  t.after(() => pool[Symbol.asyncDispose]())
  return pool
}

function observed(t: TestContext): DiskCall[] {
  const calls: DiskCall[] = []
  const before = observeDisk((call) => calls.push(call))
  t.after(() => {
    observeDisk(before)
  })
  return calls
}

function sourceOf(folder: string, bytes: Buffer): string {
  const path = join(folder, 'source')
  fs.writeFileSync(path, bytes)
  return path
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

test('copyHashed() makes a complete copy and returns the identity of its source', async (t) => {
  const folder = freshFolder(t)
  const bytes = randomBytes(5 * MIB + 3)
  const source = sourceOf(folder, bytes)
  const result = await copyHashed(opened(t), { source, temporary: join(folder, 'tmp') })
  const stat = fs.statSync(source, { bigint: true })
  assert.ok(fs.readFileSync(join(folder, 'tmp')).equals(bytes))
  assert.equal(result.sha256, sha256(bytes))
  assert.deepEqual(
    [BigInt(result.size_bytes), result.mtime_ns, result.ino, result.dev],
    [stat.size, stat.mtimeNs, stat.ino, stat.dev],
  )
})

test('copyHashed() announces the copy, and its flush after it', async (t) => {
  const folder = tmpfs(t, '8m')
  if (folder === null) return
  const calls = observed(t)
  const source = sourceOf(folder, randomBytes(100))
  const { how } = await copyHashed(opened(t), { source, temporary: join(folder, 'tmp') })
  assert.equal(how, 'copied')
  const written = calls.slice(calls.findIndex(({ op }) => op === 'create'))
  assert.deepEqual(
    written.map(({ op }) => op),
    ['create', 'copy', 'flush'],
  )
})

test('copyHashed() shares blocks where the volume can', async (t) => {
  const folder = btrfs(t)
  if (folder === null) return
  const bytes = randomBytes(3 * MIB)
  const source = sourceOf(folder, bytes)
  const result = await copyHashed(opened(t), { source, temporary: join(folder, 'tmp') })
  assert.equal(result.how, 'reflink')
  assert.equal(result.sha256, sha256(bytes))
  assert.equal(result.ino, fs.statSync(source, { bigint: true }).ino)
})

test('copyHashed() refuses before it writes where the space does not suffice', async (t) => {
  const folder = tmpfs(t, '2m')
  if (folder === null) return
  const source = sourceOf(freshFolder(t), randomBytes(3 * MIB))
  const calls = observed(t)
  await assert.rejects(copyHashed(opened(t), { source, temporary: join(folder, 'tmp') }), {
    code: 'disk.full',
    hint: /^Free 1\.\d MB on this disk/u,
  })
  assert.deepEqual(fs.readdirSync(folder), [])
  assert.ok(calls.every(({ op }) => op !== 'create' && op !== 'write'))
})

test('requireSpace() leaves room to spare', (t) => {
  const folder = tmpfs(t, '10m')
  if (folder === null) return
  requireSpace(folder, 9.8 * MIB)
  assert.throws(
    () => {
      requireSpace(folder, 10 * MIB)
    },
    { code: 'disk.full' },
  )
})

test('copyHashed() leaves nothing when the disk fills up under it', async (t) => {
  const folder = tmpfs(t, '400m')
  if (folder === null) return
  const source = sourceOf(freshFolder(t), Buffer.alloc(300 * MIB))
  const before = observeDisk((call) => {
    if (call.op === 'copy' && fs.existsSync(call.path)) {
      fs.writeFileSync(join(folder, 'other'), Buffer.alloc(200 * MIB))
    }
  })
  t.after(() => {
    observeDisk(before)
  })
  await assert.rejects(copyHashed(opened(t), { source, temporary: join(folder, 'tmp') }), {
    code: 'disk.full',
  })
  assert.deepEqual(fs.readdirSync(folder), ['other'])
})

test('copyHashed() leaves nothing when the source changes under it', async (t) => {
  const folder = freshFolder(t)
  const source = sourceOf(folder, Buffer.alloc(300 * MIB))
  let changed = false
  const onBytes = (): void => {
    if (!changed) fs.appendFileSync(source, 'x')
    changed = true
  }
  const copying = copyHashed(opened(t), { source, temporary: join(folder, 'tmp') }, { onBytes })
  await assert.rejects(copying, { code: 'import.source_changed' })
  assert.deepEqual(fs.readdirSync(folder), ['source'])
})

test('copyHashed() leaves nothing when it is stopped', async (t) => {
  const folder = freshFolder(t)
  const source = sourceOf(folder, Buffer.alloc(300 * MIB))
  const controller = new AbortController()
  const onBytes = (): void => {
    controller.abort()
  }
  const options = { onBytes, signal: controller.signal }
  const copying = copyHashed(opened(t), { source, temporary: join(folder, 'tmp') }, options)
  await assert.rejects(copying, { code: 'job.cancelled' })
  assert.deepEqual(fs.readdirSync(folder), ['source'])
})

test('copyHashed() leaves alone what bears the temporary name already', async (t) => {
  const folder = freshFolder(t)
  const source = sourceOf(folder, randomBytes(10))
  fs.writeFileSync(join(folder, 'tmp'), 'theirs')
  await assert.rejects(copyHashed(opened(t), { source, temporary: join(folder, 'tmp') }), {
    code: 'EEXIST',
  })
  assert.equal(fs.readFileSync(join(folder, 'tmp'), 'utf8'), 'theirs')
})

test('copyHashed() fails for a source that is not a file or is missing', async (t) => {
  const folder = freshFolder(t)
  const to = join(folder, 'tmp')
  const pool = opened(t)
  const nothing = copyHashed(pool, { source: join(folder, 'nothing'), temporary: to })
  await assert.rejects(nothing, { code: 'import.source_not_found' })
  await assert.rejects(copyHashed(pool, { source: folder, temporary: to }), {
    code: 'import.not_a_file',
  })
  assert.deepEqual(fs.readdirSync(folder), [])
})

test('cloneFile() says no, and leaves nothing, where blocks cannot be shared', async (t) => {
  const folder = tmpfs(t, '2m')
  if (folder === null) return
  const source = sourceOf(folder, randomBytes(5000))
  assert.equal(await cloneFile(source, join(folder, 'tmp')), false)
  const elsewhere = join(freshFolder(t), 'tmp')
  assert.equal(await cloneFile(source, elsewhere), false)
  assert.equal(fs.existsSync(elsewhere), false)
  assert.deepEqual(fs.readdirSync(folder), ['source'])
})

for (const size of [0, 1, 4096, 100_000, 3 * MIB + 1]) {
  test(`cloneFile() clones ${String(size)} bytes; each file then changes alone`, async (t) => {
    const folder = btrfs(t)
    if (folder === null) return
    const bytes = randomBytes(size)
    const source = sourceOf(folder, bytes)
    assert.equal(await cloneFile(source, join(folder, 'tmp')), true)
    fs.appendFileSync(source, 'more')
    assert.ok(fs.readFileSync(join(folder, 'tmp')).equals(bytes))
  })
}

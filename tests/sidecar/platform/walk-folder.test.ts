import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { identityOf } from '../../../sidecar/platform/file-identity.ts'
import {
  walkFiles,
  walkPages,
  type WalkedEntry,
  type WalkOptions,
} from '../../../sidecar/platform/walk-folder.ts'
import { canRun, freshFolder, skipLoudly, withoutPrivileges } from '../../_support/volumes.ts'

async function walked(folder: string, options?: WalkOptions): Promise<WalkedEntry[]> {
  const entries: WalkedEntry[] = []
  for await (const entry of walkFiles(folder, options)) entries.push(entry)
  return entries
}

const kinds = (entries: readonly WalkedEntry[]): string[] =>
  entries.map((entry) => `${entry.kind} ${entry.relative}`)

function put(folder: string, name: string, content = ''): void {
  fs.mkdirSync(join(folder, name, '..'), { recursive: true })
  fs.writeFileSync(join(folder, name), content)
}

test('walkFiles() lists files in the order of their names, with what identifies them', async (t) => {
  const folder = freshFolder(t)
  for (const name of ['b/2', 'b/10', 'a', 'c', 'B']) put(folder, name, name)
  const entries = await walked(folder)
  assert.deepEqual(kinds(entries), ['file B', 'file a', 'file b/10', 'file b/2', 'file c'])
  const stat = fs.statSync(join(folder, 'b/10'), { bigint: true })
  assert.deepEqual(entries[2], {
    path: join(folder, 'b/10'),
    relative: 'b/10',
    kind: 'file',
    identity: identityOf(stat),
    mode: Number(stat.mode) & 0o7777,
  })
})

test('walkFiles() lists FIFOs, sockets and devices without opening them', async (t) => {
  const folder = freshFolder(t)
  const server = createServer().listen(join(folder, 'socket'))
  t.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  if (!canRun('mkfifo', join(folder, 'fifo'))) {
    skipLoudly(t, 'there is no mkfifo')
    return
  }
  const device = canRun('mknod', join(folder, 'device'), 'c', '1', '5')
  const expected = [...(device ? ['device device'] : []), 'fifo fifo', 'socket socket']
  assert.deepEqual(kinds(await walked(folder)), expected)
})

test('walkFiles() returns the targets of links, and which are broken', async (t) => {
  const folder = freshFolder(t)
  put(folder, 'file', 'four')
  fs.symlinkSync('file', join(folder, 'link'))
  fs.symlinkSync('gone', join(folder, 'broken'))
  fs.symlinkSync('round', join(folder, 'round'))
  const entries = await walked(folder)
  assert.deepEqual(kinds(entries), [
    'broken_link broken',
    'file file',
    'symlink link',
    'broken_link round',
  ])
  assert.equal(entries[2]?.target, 'file')
  assert.equal(entries[2].identity?.size_bytes, 4)
})

test('walkFiles() follows a link to a folder once, after the rest, and never in a loop', async (t) => {
  const folder = freshFolder(t)
  const elsewhere = freshFolder(t)
  put(elsewhere, 'model')
  fs.symlinkSync(folder, join(elsewhere, 'back'))
  put(folder, 'sub/file')
  fs.symlinkSync('..', join(folder, 'sub/up'))
  fs.symlinkSync('sub', join(folder, 'a-second-name'))
  fs.symlinkSync(elsewhere, join(folder, 'out'))
  fs.symlinkSync(elsewhere, join(folder, 'out-again'))
  assert.deepEqual(kinds(await walked(folder)), [
    'file sub/file',
    'loop a-second-name',
    'file out/model',
    'loop out-again',
    'loop sub/up',
    'loop out/back',
  ])
})

test('walkFiles() reports what it cannot access, and continues', async (t) => {
  const folder = freshFolder(t)
  fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x66, 0xff])]), '')
  put(folder, 'z')
  assert.deepEqual(kinds(await walked(folder)), ['unreadable f\ufffd', 'file z'])
})

test('walkFiles() reports a folder without permission', async (t) => {
  const folder = freshFolder(t)
  fs.chmodSync(folder, 0o755)
  put(folder, 'closed/file')
  put(folder, 'no-names/file')
  put(folder, 'z')
  fs.chmodSync(join(folder, 'closed'), 0)
  // Names can be listed there, but nothing can be learned about them.
  fs.chmodSync(join(folder, 'no-names'), 0o444)
  const entries = await withoutPrivileges(() => walked(folder))
  // What may not be looked at could not be removed after the test.
  for (const name of ['closed', 'no-names']) fs.chmodSync(join(folder, name), 0o755)
  assert.deepEqual(kinds(entries), ['unreadable closed', 'unreadable no-names/file', 'file z'])
})

test('walkFiles() skips what it is asked to', async (t) => {
  const folder = freshFolder(t)
  for (const name of ['a/x', 'a/y', 'b/x']) put(folder, name)
  const skip = (relative: string): boolean => relative === 'b' || relative.endsWith('y')
  assert.deepEqual(kinds(await walked(folder, { skip })), ['file a/x'])
})

test('walkFiles() stops on request', async (t) => {
  const folder = freshFolder(t)
  for (const name of ['a', 'b', 'c']) put(folder, name)
  const controller = new AbortController()
  const seen: string[] = []
  const walk = async (): Promise<void> => {
    for await (const entry of walkFiles(folder, { signal: controller.signal })) {
      seen.push(entry.relative)
      controller.abort()
    }
  }
  await assert.rejects(walk(), { code: 'job.cancelled' })
  assert.deepEqual(seen, ['a'])
})

test('walkFiles() leaves out a file that vanishes after it was listed', async (t) => {
  const folder = freshFolder(t)
  for (const name of ['a', 'b', 'c']) put(folder, name)
  const seen: string[] = []
  for await (const entry of walkFiles(folder)) {
    seen.push(entry.relative)
    fs.rmSync(join(folder, 'b'), { force: true })
  }
  assert.deepEqual(seen, ['a', 'c'])
})

test('walkFiles() says so where there is not a folder', async (t) => {
  const folder = freshFolder(t)
  put(folder, 'file')
  for (const name of ['nothing', 'file']) {
    await assert.rejects(walked(join(folder, name)), { code: 'import.source_not_found' })
  }
})

test('walkPages() lists the same, many at once', async (t) => {
  const folder = freshFolder(t)
  for (const name of ['b/2', 'b/10', 'a', 'c', 'B', 'b/deep/1']) put(folder, name, name)
  fs.symlinkSync('b', join(folder, 'linked'))
  const pages: WalkedEntry[][] = []
  for await (const page of walkPages(folder)) pages.push([...page])
  assert.deepEqual(pages.flat(), await walked(folder))
  assert.ok(pages.length < pages.flat().length)
  await assert.rejects(walkPages(join(folder, 'nothing')).next(), {
    code: 'import.source_not_found',
  })
})

test('walkFiles() gives other work its turn in a big folder', async (t) => {
  const folder = freshFolder(t)
  for (let index = 0; index < 20_000; index++) put(folder, String(index))
  let turns = 0
  const ticking = setInterval(() => {
    turns += 1
  }, 1)
  const entries = await walked(folder)
  clearInterval(ticking)
  assert.equal(entries.length, 20_000)
  assert.ok(turns > 2, `${String(turns)} turns`)
})

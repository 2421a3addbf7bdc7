import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import * as disk from '../../../sidecar/platform/disk.ts'
import * as moves from '../../../sidecar/platform/move-file.ts'
import { isTemporaryName, temporaryBeside } from '../../../sidecar/platform/temporary-names.ts'
import * as links from '../../../sidecar/platform/links.ts'
import * as folders from '../../../sidecar/platform/folders.ts'
import { onUnfinishedLine, type UnfinishedLine } from '../../../sidecar/platform/last-line.ts'
import { observeDisk, type DiskCall } from '../../../sidecar/platform/disk-calls.ts'
import { fat, freshFolder, tmpfs } from '../../_support/volumes.ts'

function observed(t: TestContext, see: (call: DiskCall) => void = () => undefined): DiskCall[] {
  const calls: DiskCall[] = []
  const before = observeDisk((call) => {
    calls.push(call)
    see(call)
  })
  t.after(() => {
    observeDisk(before)
  })
  return calls
}

function failing(op: DiskCall['op'], errno: string): (call: DiskCall) => void {
  return (call) => {
    if (call.op === op) throw Object.assign(new Error(errno), { code: errno })
  }
}

const ops = (calls: readonly DiskCall[]): string[] => calls.map(({ op }) => op)
const text = (path: string): string => fs.readFileSync(path, 'utf8')

function fill(folder: string): void {
  assert.throws(() => {
    fs.writeFileSync(join(folder, 'filler'), Buffer.alloc(8 * 2 ** 20))
  })
}

test('replaceFile() flushes the bytes before the name and the name after', async (t) => {
  const folder = freshFolder(t)
  const path = join(folder, 'file')
  fs.writeFileSync(path, 'old')
  const calls = observed(t)
  await disk.replaceFile(path, 'new')
  assert.equal(text(path), 'new')
  assert.deepEqual(ops(calls), ['create', 'write', 'flush', 'rename', 'flush-folder'])
  assert.deepEqual(fs.readdirSync(folder), ['file'])
})

test('replaceFile() keeps the old bytes and leaves no temporary on a full disk', async (t) => {
  const folder = tmpfs(t, '2m')
  if (folder === null) return
  const path = join(folder, 'file')
  fs.writeFileSync(path, 'old')
  fill(folder)
  await assert.rejects(disk.replaceFile(path, Buffer.alloc(100_000)), { code: 'disk.full' })
  assert.equal(text(path), 'old')
  assert.deepEqual(fs.readdirSync(folder).sort(), ['file', 'filler'])
})

for (const op of ['create', 'write', 'flush', 'rename'] as const) {
  test(`replaceFile() keeps the old bytes when ${op} fails`, async (t) => {
    const folder = freshFolder(t)
    const path = join(folder, 'file')
    fs.writeFileSync(path, 'old')
    observed(t, failing(op, 'EIO'))
    await assert.rejects(disk.replaceFile(path, 'new'), { code: 'disk.failed' })
    assert.equal(text(path), 'old')
    assert.deepEqual(fs.readdirSync(folder), ['file'])
  })
}

test('replaceFile() waits for a program that holds the file open', async (t) => {
  const path = join(freshFolder(t), 'file')
  let refusals = 3
  observed(t, (call) => {
    if (call.op === 'rename' && refusals-- > 0) failing('rename', 'EBUSY')(call)
  })
  await disk.replaceFile(path, 'new')
  assert.equal(text(path), 'new')
})

test('writeOnce() writes what is not there and never overwrites', async (t) => {
  const path = join(freshFolder(t), 'a/b/file')
  assert.equal(await disk.writeOnce(path, 'first'), true)
  assert.equal(await disk.writeOnce(path, 'second'), false)
  assert.equal(text(path), 'first')
  assert.deepEqual(fs.readdirSync(join(path, '..')), ['file'])
})

test('publishOnce() gives a file its name; the temporary name is gone', async (t) => {
  const folder = freshFolder(t)
  const temporary = join(folder, 'tmp')
  fs.writeFileSync(temporary, 'bytes')
  assert.equal(await disk.publishOnce(temporary, join(folder, 'ab/final')), true)
  assert.equal(text(join(folder, 'ab/final')), 'bytes')
  assert.deepEqual(fs.readdirSync(folder), ['ab'])
})

test('publishOnce() flushes the final name before the temporary one goes', async (t) => {
  const folder = freshFolder(t)
  fs.writeFileSync(join(folder, 'tmp'), 'bytes')
  const calls = observed(t)
  await disk.publishOnce(join(folder, 'tmp'), join(folder, 'final'))
  assert.deepEqual(ops(calls).slice(0, 3), ['link', 'flush-folder', 'unlink'])
})

for (const what of ['file', 'broken link', 'folder'] as const) {
  test(`publishOnce() does not overwrite a ${what}`, async (t) => {
    const folder = freshFolder(t)
    const final = join(folder, 'final')
    if (what === 'file') fs.writeFileSync(final, 'theirs')
    if (what === 'broken link') fs.symlinkSync('gone', final)
    if (what === 'folder') fs.mkdirSync(final)
    const before = fs.lstatSync(final)
    fs.writeFileSync(join(folder, 'tmp'), 'ours')
    assert.equal(await disk.publishOnce(join(folder, 'tmp'), final), false)
    const after = fs.lstatSync(final)
    assert.deepEqual([after.ino, after.mode, after.size], [before.ino, before.mode, before.size])
    assert.deepEqual(fs.readdirSync(folder), ['final'])
  })
}

test('publishOnce() neither overwrites nor fails on a volume without hard links', async (t) => {
  const folder = fat(t)
  if (folder === null) return
  for (const [content, published] of [
    ['first', true],
    ['second', false],
  ] as const) {
    fs.writeFileSync(join(folder, 'tmp'), content)
    assert.equal(await disk.publishOnce(join(folder, 'tmp'), join(folder, 'final')), published)
  }
  assert.equal(text(join(folder, 'final')), 'first')
  assert.deepEqual(fs.readdirSync(folder), ['final'])
})

test('publishOnce() and moveFile() report another volume, and change nothing', async (t) => {
  const other = tmpfs(t, '2m')
  if (other === null) return
  const from = join(freshFolder(t), 'from')
  fs.writeFileSync(from, 'bytes')
  for (const move of [disk.publishOnce, moves.moveFile]) {
    await assert.rejects(move(from, join(other, 'to')), { code: 'EXDEV' })
  }
  assert.equal(text(from), 'bytes')
  assert.deepEqual(fs.readdirSync(other), [])
})

test('flipLink() makes a link, then points it elsewhere in one rename', async (t) => {
  const folder = freshFolder(t)
  const path = join(folder, 'active')
  await links.flipLink('profiles/a', path)
  const calls = observed(t)
  await links.flipLink('profiles/b', path)
  assert.equal(fs.readlinkSync(path), 'profiles/b')
  assert.deepEqual(ops(calls), ['symlink', 'rename', 'flush-folder'])
  assert.deepEqual(fs.readdirSync(folder), ['active'])
})

test('flipLink() keeps the old link, and leaves no other, when it fails', async (t) => {
  const folder = freshFolder(t)
  const path = join(folder, 'active')
  await links.flipLink('profiles/a', path)
  observed(t, failing('rename', 'EIO'))
  await assert.rejects(links.flipLink('profiles/b', path), { code: 'disk.failed' })
  assert.equal(fs.readlinkSync(path), 'profiles/a')
  assert.deepEqual(fs.readdirSync(folder), ['active'])
})

test('appendLines() makes the file, then adds to it', async (t) => {
  const path = join(freshFolder(t), 'journal/a.jsonl')
  await disk.appendLines(path, 'one\n')
  await disk.appendLines(path, 'two\nthree\n')
  assert.equal(text(path), 'one\ntwo\nthree\n')
})

for (const [torn, left] of [
  ['one\ntw', 'one\n'],
  ['tw', ''],
  [`one\n${'x'.repeat(200_000)}`, 'one\n'],
  [`${'y'.repeat(70_000)}\n${'x'.repeat(65_536)}`, `${'y'.repeat(70_000)}\n`],
] as const) {
  test(`appendLines() cuts off a torn line of ${String(torn.length)} bytes`, async (t) => {
    const path = join(freshFolder(t), 'a.jsonl')
    fs.writeFileSync(path, torn)
    await disk.appendLines(path, 'next\n')
    assert.equal(text(path), `${left}next\n`)
  })
}

for (const [last, kept] of [
  ['{"id":1}', true],
  ['{"name":"Příliš 水彩"}', true],
  [`{"long":"${'x'.repeat(200_000)}"}`, true],
  ['{"id":1', false],
  ['{"name":"Př', false],
  ['12', false],
  ['', true],
] as const) {
  const shown = `${last.slice(0, 24)}, ${String(last.length)} characters`
  test(`appendLines() ${kept ? 'completes' : 'cuts'} a last line without newline: ${shown}`, async (t) => {
    const path = join(freshFolder(t), 'a.jsonl')
    fs.writeFileSync(path, `{"id":0}\n${last}`)
    const heard: UnfinishedLine[] = []
    t.after(onUnfinishedLine((line) => heard.push(line)))
    await disk.appendLines(path, '{"id":2}\n')
    const left = kept && last !== '' ? `${last}\n` : ''
    assert.equal(text(path), `{"id":0}\n${left}{"id":2}\n`)
    const became = kept ? ('completed' as const) : ('cut' as const)
    const bytes = Buffer.byteLength(last)
    assert.deepEqual(heard, last === '' ? [] : [{ path, became, bytes }])
  })
}

test('appendLines() removes what it wrote before the disk was full', async (t) => {
  const folder = tmpfs(t, '2m')
  if (folder === null) return
  const path = join(folder, 'a.jsonl')
  await disk.appendLines(path, 'one\n')
  fill(folder)
  const line = `${'x'.repeat(1000)}\n`
  await assert.rejects(disk.appendLines(path, line.repeat(100)), { code: 'disk.full' })
  assert.equal(text(path), 'one\n')
})

for (const op of ['write', 'flush', 'truncate', 'flush-folder'] as const) {
  test(`appendLines() reports a disk that fails to ${op}`, async (t) => {
    const path = join(freshFolder(t), 'a.jsonl')
    if (op === 'truncate') fs.writeFileSync(path, 'torn')
    observed(t, failing(op, 'EIO'))
    await assert.rejects(disk.appendLines(path, 'one\n'), { code: 'disk.failed' })
  })
}

test('moveFile() moves, and does not overwrite', async (t) => {
  const folder = freshFolder(t)
  for (const name of ['a', 'b']) fs.writeFileSync(join(folder, name), name)
  assert.equal(await moves.moveFile(join(folder, 'a'), join(folder, 'b')), false)
  assert.deepEqual([text(join(folder, 'a')), text(join(folder, 'b'))], ['a', 'b'])
  assert.equal(await moves.moveFile(join(folder, 'a'), join(folder, 'sub/c')), true)
  assert.equal(text(join(folder, 'sub/c')), 'a')
  assert.deepEqual(fs.readdirSync(folder), ['b', 'sub'])
})

test('removeName() removes a link and not what it leads to; a second time is no error', async (t) => {
  const folder = freshFolder(t)
  fs.writeFileSync(join(folder, 'file'), '')
  fs.symlinkSync('file', join(folder, 'link'))
  await disk.removeName(join(folder, 'link'))
  await disk.removeName(join(folder, 'link'))
  assert.deepEqual(fs.readdirSync(folder), ['file'])
})

test('removeEmptyFolder() leaves a folder with something in it', (t) => {
  const folder = freshFolder(t)
  fs.mkdirSync(join(folder, 'a/b'), { recursive: true })
  assert.equal(folders.removeEmptyFolder(join(folder, 'a')), false)
  assert.equal(folders.removeEmptyFolder(join(folder, 'a/b')), true)
  assert.equal(folders.removeEmptyFolder(join(folder, 'a/b')), false)
})

for (const [name, write] of [
  ['ensureFolder', (folder: string) => folders.ensureFolder(join(folder, 'a'))],
  ['removeName', (folder: string) => disk.removeName(join(folder, 'file'))],
  ['publishOnce', (folder: string) => disk.publishOnce(join(folder, 'file'), join(folder, 'b'))],
  ['moveFile', (folder: string) => moves.moveFile(join(folder, 'file'), join(folder, 'b'))],
] as const) {
  test(`${name}() reports a folder that cannot be flushed`, async (t) => {
    const folder = freshFolder(t)
    fs.writeFileSync(join(folder, 'file'), '')
    observed(t, failing('flush-folder', 'EIO'))
    await assert.rejects(write(folder), { code: 'disk.failed' })
  })
}

for (const [name, write] of [
  ['makeLink', (path: string) => links.makeLink({ symbolic: 'x' }, path)],
  ['makeFolder', (path: string) => folders.makeFolder(path)],
  ['setModified', (path: string) => disk.setModified(path, 0)],
  ['flushFolder', (path: string) => folders.flushFolder(path)],
  ['flipLink', (path: string) => links.flipLink('x', path)],
  ['replaceFile', (path: string) => disk.replaceFile(path, '')],
] as const) {
  test(`${name}() reports that the folder was removed`, async (t) => {
    const path = join(freshFolder(t), 'gone', 'name')
    await assert.rejects(async () => write(path), { code: 'disk.vanished' })
  })
}

test('isTemporaryName() knows what temporaryBeside() makes, also of a long name', () => {
  const path = temporaryBeside(`/a/${'n'.repeat(250)}`)
  assert.match(path, /^\/a\/\.n{60}\.[0-9a-f]{12}\.synapse-tmp$/u)
  assert.equal(isTemporaryName(path.slice(3)), true)
  assert.equal(isTemporaryName('model.safetensors'), false)
})

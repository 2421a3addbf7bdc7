import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import * as v from 'valibot'
import { SeenFile } from '../../../schemas/records.ts'
import {
  identityAt,
  identityOf,
  isOneFile,
  isSameInode,
  isUnchanged,
  isUntouched,
  assertUnchanged,
  seenFile,
} from '../../../sidecar/platform/file-identity.ts'
import { freshFolder } from '../../_support/volumes.ts'

function statOf(path: string): fs.BigIntStats {
  return fs.statSync(path, { bigint: true })
}

function numbered(stat: fs.BigIntStats, ino: bigint): fs.BigIntStats {
  return Object.assign(Object.create(stat) as fs.BigIntStats, { ino })
}

test('Two inodes that one double stands for are two files', (t) => {
  const path = join(freshFolder(t), 'file')
  fs.writeFileSync(path, 'bytes')
  const big = 2n ** 62n
  const one = identityOf(numbered(statOf(path), big))
  const other = identityOf(numbered(statOf(path), big + 1n))
  assert.equal(Number(one.ino), Number(other.ino))
  assert.equal(isSameInode(one, other), false)
  assert.equal(isUnchanged(one, seenFile(other)), false)
  assert.equal(isSameInode(one, { ...one }), true)
})

test('An inode above 2^63, which Node returns as a negative number, is kept unsigned', (t) => {
  const path = join(freshFolder(t), 'file')
  fs.writeFileSync(path, 'bytes')
  const { ino } = identityOf(numbered(statOf(path), -2n))
  assert.equal(ino, 2n ** 64n - 2n)
})

test('Files of a volume that numbers none are never one file', (t) => {
  const path = join(freshFolder(t), 'file')
  fs.writeFileSync(path, 'bytes')
  const none = identityOf(numbered(statOf(path), 0n))
  assert.equal(isSameInode(none, none), false)
  assert.equal(isUnchanged(none, seenFile(none)), true)
})

test('The names of a hard link are one file; a copy and a missing name are not', (t) => {
  const folder = freshFolder(t)
  const [one, other, copy] = ['one', 'other', 'copy'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  fs.writeFileSync(one, 'bytes')
  fs.linkSync(one, other)
  fs.copyFileSync(one, copy)
  assert.deepEqual(
    [other, copy, join(folder, 'gone')].map((path) => isOneFile(one, path)),
    [true, false, false],
  )
})

test('A new mode leaves a file unchanged, but not untouched', (t) => {
  const path = join(freshFolder(t), 'file')
  fs.writeFileSync(path, 'bytes')
  const before = identityOf(statOf(path))
  const seen = v.parse(SeenFile, JSON.parse(JSON.stringify(seenFile(before))))
  assert.equal(isUntouched(before, seen), true)
  // Far enough for any grain of the clock.
  const later = { ...before, ctime_ns: before.ctime_ns + 1n }
  assert.deepEqual([isUnchanged(later, seen), isUntouched(later, seen)], [true, false])
})

test('Another file of the same size and time, at the same name, is distinguished', (t) => {
  const path = join(freshFolder(t), 'file')
  fs.writeFileSync(path, 'bytes')
  const before = identityAt(path)
  assert.ok(before)
  fs.writeFileSync(`${path}.new`, 'other')
  const { atime, mtime } = fs.statSync(path)
  fs.utimesSync(`${path}.new`, atime, mtime)
  fs.renameSync(`${path}.new`, path)
  assert.throws(() => assertUnchanged(path, seenFile(before)), { code: 'import.source_changed' })
})

test('Steps that an older Synapse wrote, with numbers, are understood', (t) => {
  const path = join(freshFolder(t), 'file')
  fs.writeFileSync(path, 'bytes')
  const { size, mtimeMs, ino } = fs.statSync(path)
  const seen = { size_bytes: size, mtime_ms: mtimeMs, ino }
  assertUnchanged(path, seen)
  assert.throws(() => assertUnchanged(path, { ...seen, ino: ino + 1 }), {
    code: 'import.source_changed',
  })
})

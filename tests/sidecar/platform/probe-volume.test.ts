import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { fileSystemName, isNetwork } from '../../../sidecar/platform/file-system-names.ts'
import { probeVolume } from '../../../sidecar/platform/probe-volume.ts'
import { btrfs, canRun, fat, freshFolder, ntfs, skipLoudly, tmpfs } from '../../_support/volumes.ts'

test('probeVolume() finds what a memory disk can do, and leaves nothing', async (t) => {
  const folder = tmpfs(t, '4m')
  if (folder === null) return
  const { device, free_bytes, ...facts } = probeVolume(folder)
  assert.deepEqual(facts, {
    writable: true,
    untried: null,
    modes: true,
    symlinks: true,
    folder_links: 'symlink',
    hard_links: true,
    reflinks: false,
    case_sensitive: true,
    normalizes_unicode: false,
    reserved_names: false,
    mtime_step_ms: 1,
    max_file_bytes: null,
    network: false,
    filesystem: 'tmpfs',
    total_bytes: 4 * 2 ** 20,
  })
  assert.equal(device, fs.statSync(folder).dev)
  assert.ok(free_bytes > 0 && free_bytes <= facts.total_bytes)
  assert.deepEqual(fs.readdirSync(folder), [])
})

test('probeVolume() finds reflinks', async (t) => {
  const folder = btrfs(t)
  if (folder === null) return
  const facts = probeVolume(folder)
  assert.equal(facts.reflinks, true)
  assert.equal(facts.filesystem, 'btrfs')
})

test('probeVolume() finds that FAT has no links, folds case and has small files', async (t) => {
  const folder = fat(t)
  if (folder === null) return
  const facts = probeVolume(folder)
  assert.partialDeepStrictEqual(facts, {
    writable: true,
    symlinks: false,
    folder_links: 'none',
    hard_links: false,
    case_sensitive: false,
    max_file_bytes: 2 ** 32 - 1,
  })
  assert.deepEqual(fs.readdirSync(folder), [])
})

test('probeVolume() finds that NTFS refuses names', async (t) => {
  const folder = ntfs(t)
  if (folder === null) return
  const facts = probeVolume(folder)
  assert.equal(facts.reserved_names, true)
  assert.equal(facts.hard_links, true)
  assert.deepEqual(fs.readdirSync(folder), [])
})

test('probeVolume() says that a read-only volume is not writable', async (t) => {
  const folder = tmpfs(t, '2m')
  if (folder === null) return
  if (!canRun('mount', '-o', 'remount,ro', folder)) {
    skipLoudly(t, 'cannot remount')
    return
  }
  const facts = probeVolume(folder)
  assert.deepEqual([facts.writable, facts.untried], [false, 'read_only'])
  assert.equal(facts.filesystem, 'tmpfs')
})

test('probeVolume() tries nothing on a full disk, and says so', async (t) => {
  const folder = tmpfs(t, '64k')
  if (folder === null) return
  assert.throws(() => {
    fs.writeFileSync(join(folder, 'all'), Buffer.alloc(100_000))
  })
  const facts = probeVolume(folder)
  assert.deepEqual([facts.untried, facts.writable], ['full', true])
  assert.deepEqual(fs.readdirSync(folder), ['all'])
})

test('probeVolume() fails where there is not a folder', async (t) => {
  const nothing = join(freshFolder(t), 'nothing')
  assert.throws(() => probeVolume(nothing), { code: 'ENOENT' })
})

test('fileSystemName() knows network file systems by their numbers', () => {
  for (const [type, name] of [
    [0x6969, 'nfs'],
    [0xff534d42, 'cifs'],
    [-11317950, 'cifs'],
    [0x01021997, '9p'],
  ] as const) {
    assert.equal(fileSystemName(type, 0n), name)
    assert.equal(isNetwork(name, '/mnt'), true)
  }
  assert.equal(fileSystemName(0x1234, 0n), '0x1234')
  assert.equal(isNetwork('ext', '\\\\server\\share'), true)
  assert.equal(isNetwork('ext', '/mnt'), false)
})

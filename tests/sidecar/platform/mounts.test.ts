import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  alongKnown,
  followWithin,
  MountGuard,
  Mounts,
  wayOf,
  type Mount,
} from '../../../sidecar/platform/mounts.ts'
import { freshFolder } from '../../_support/volumes.ts'

const line = (id: number, point: string) => `${String(id)} 1 0:1 / ${point} rw - ext4 /dev/x rw`
const tableOf = (...points: string[]) =>
  new Mounts(points.map((point, n) => line(n, point)).join('\n'))
const skip = process.platform === 'win32' ? 'paths of POSIX' : false

describe('the table of mounts', { skip }, () => {
  test('finds the nearest mount above a path, by whole names', () => {
    const table = tableOf('/', '/mnt/far', '/mnt/far/deep')
    const at = (path: string) => table.mountOf(path).path
    assert.equal(at('/mnt/far/x'), '/mnt/far')
    assert.equal(at('/mnt/far'), '/mnt/far')
    assert.equal(at('/mnt/farther'), '/')
    assert.equal(at('/mnt/far/deep/x/y'), '/mnt/far/deep')
  })

  test('knows names with spaces, and the last of two mounts at one point', () => {
    const table = tableOf('/', '/mnt/a\\040b', '/mnt/a\\040b')
    assert.deepEqual(table.mountOf('/mnt/a b/x'), { id: '2:/mnt/a b', path: '/mnt/a b' })
  })

  test('is made up of first folders where the system has none', () => {
    const table = new Mounts(null)
    assert.equal(table.mountOf('/Users/me/models').path, '/Users')
    assert.equal(table.mountOf('/Volumes/Disk/models').path, '/Volumes/Disk')
  })
})

describe('following a path', { skip }, () => {
  test('stops where a link or a folder leads to another mount, which is not touched', (t) => {
    const folder = freshFolder(t)
    mkdirSync(join(folder, 'here/real'), { recursive: true })
    symlinkSync('real', join(folder, 'here/link'))
    symlinkSync('/nowhere/far/x', join(folder, 'here/out'))
    symlinkSync('round', join(folder, 'here/round'))
    const table = tableOf('/', '/nowhere/far', join(folder, 'here/mounted'))
    const mount = table.mountOf(folder)
    const follow = (path: string) => followWithin(table, mount, wayOf(join(folder, path)))
    assert.deepEqual(follow('here/link/..'), { is: 'real', path: join(folder, 'here') })
    assert.deepEqual(follow('here/link/a'), { is: 'missing', path: join(folder, 'here/real/a') })
    assert.equal(follow('here/round').is, 'missing')
    const mounted = follow('here/mounted/a')
    assert.deepEqual(mounted.is === 'elsewhere' && [mounted.mount.path, mounted.way.rest], [
      join(folder, 'here/mounted'),
      ['mounted', 'a'],
    ])
    // `/nowhere` is not there, so that what lies behind it is asked of nobody.
    assert.equal(follow('here/out').is, 'missing')
  })
})

describe('the way along a path', { skip }, () => {
  test('begins below the folders that it shares with known ones', () => {
    const known = ['/mnt/far/store/data', '/home/me']
    const along = (path: string) => alongKnown(wayOf(path), known)
    const at = (path: string) => [along(path).done, along(path).rest.join('/')]
    assert.deepEqual(at('/mnt/far/models/a'), ['/mnt/far', 'models/a'])
    assert.deepEqual(at('/mnt/far/store/../x'), ['/mnt/far/store', '../x'])
    assert.deepEqual(at('/home/me'), ['/home/me', ''])
    assert.deepEqual(at('/home'), ['/home', ''])
    assert.deepEqual(at('/homes/me'), ['/', 'homes/me'])
    assert.deepEqual(alongKnown(wayOf('/a/b'), []), wayOf('/a/b'))
  })
})

describe('a guard', { skip }, () => {
  test('knows what of a walk lies elsewhere, behind links of the mount too', (t) => {
    const folder = freshFolder(t)
    mkdirSync(join(folder, 'real/sub'), { recursive: true })
    writeFileSync(join(folder, 'real/file'), '')
    symlinkSync('real', join(folder, 'link'))
    symlinkSync('../mounted', join(folder, 'real/out'))
    const table = tableOf('/', join(folder, 'mounted'), join(folder, 'real/sub'))
    const mount: Mount = table.mountOf(folder)
    const guard = new MountGuard(table, mount, { path: join(folder, 'as/asked'), real: folder })
    const at = (path: string) => join(folder, 'as/asked', path)
    assert.equal(guard.leadsElsewhere(at('link')), false)
    assert.equal(guard.isElsewhere(at('link/file')), false)
    assert.equal(guard.isElsewhere(at('link/sub')), true)
    assert.equal(guard.leadsElsewhere(at('link/out')), true)
    assert.equal(guard.leadsElsewhere(at('real/out')), true)
    assert.equal(guard.isElsewhere(at('mounted')), true)
  })
})

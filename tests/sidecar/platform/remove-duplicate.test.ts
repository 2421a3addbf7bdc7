import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { identityAt, seenFile } from '../../../sidecar/platform/file-identity.ts'
import { asideName, isAsideName } from '../../../sidecar/platform/aside-name.ts'
import {
  removeDuplicate,
  putBack,
  removalRefusal,
  type DuplicateFile,
} from '../../../sidecar/platform/remove-duplicate.ts'
import {
  bindMount,
  canRun,
  freshFolder,
  fuseMount,
  skipLoudly,
  withoutPrivileges,
} from '../../_support/volumes.ts'
import { watching } from '../../safety/watching.ts'

/** A copy in a folder, as the store's. */
function copyIn(folder: string, name = 'copy'): string {
  const path = join(folder, name)
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(path, 'the bytes')
  return path
}

function duplicateAt(path: string, copy: string): DuplicateFile {
  const [original, held] = [identityAt(path), identityAt(copy)]
  assert.ok(original && held)
  const seen = seenFile(original)
  return { path, aside: asideName(path), seen, copy, copy_seen: seenFile(held) }
}

/** The only file of a folder, reached by two ways. */
function keepsOnlyFile(copy: string, path: string): void {
  const file = duplicateAt(path, copy)
  assert.equal(removeDuplicate(file), 'same_file')
  assert.equal(fs.readFileSync(copy, 'utf8'), 'the bytes')
  assert.deepEqual(fs.readdirSync(dirname(copy)), [basename(copy)])
}

describe('removing a file whose bytes are held elsewhere', () => {
  it('removes one of which there is a real copy', (t) => {
    const folder = freshFolder(t)
    const copy = copyIn(join(folder, 'store'))
    const path = copyIn(join(folder, 'own'), 'a')
    assert.equal(removeDuplicate(duplicateAt(path, copy)), 'removed')
    assert.deepEqual(fs.readdirSync(join(folder, 'own')), [])
    assert.equal(fs.readFileSync(copy, 'utf8'), 'the bytes')
  })

  it('removes one name of a file that has two', (t) => {
    const folder = freshFolder(t)
    const copy = copyIn(join(folder, 'store'))
    const path = join(folder, 'second-name')
    fs.linkSync(copy, path)
    assert.equal(removeDuplicate(duplicateAt(path, copy)), 'removed')
    assert.equal(fs.readFileSync(copy, 'utf8'), 'the bytes')
  })

  it('keeps the only file, reached through a linked folder', (t) => {
    const folder = freshFolder(t)
    const copy = copyIn(join(folder, 'store'))
    fs.symlinkSync(join(folder, 'store'), join(folder, 'linked'))
    keepsOnlyFile(copy, join(folder, 'linked', 'copy'))
  })

  it('keeps the only file, reached through a bind mount', (t) => {
    const folder = join(freshFolder(t), 'store')
    const copy = copyIn(folder)
    const other = bindMount(t, folder)
    if (other !== null) keepsOnlyFile(copy, join(other, 'copy'))
  })

  it('keeps the only file, reached through FUSE with another device number', (t) => {
    const folder = join(freshFolder(t), 'store')
    const copy = copyIn(folder)
    const other = fuseMount(t, folder)
    if (other === null) return
    assert.notEqual(identityAt(join(other, 'copy'))?.dev, identityAt(copy)?.dev)
    keepsOnlyFile(copy, join(other, 'copy'))
    keepsOnlyFile(join(other, 'copy'), copy)
  })

  it('keeps the only file, reached by a bind mount of that very file', (t) => {
    const folder = freshFolder(t)
    const copy = copyIn(join(folder, 'store'))
    const path = copyIn(join(folder, 'own'), 'a')
    if (!canRun('mount', '--bind', copy, path)) {
      skipLoudly(t, 'files cannot be bind-mounted here')
      return
    }
    try {
      assert.notEqual(removeDuplicate(duplicateAt(path, copy)), 'removed')
      assert.equal(fs.readFileSync(copy, 'utf8'), 'the bytes')
      assert.equal(fs.readFileSync(path, 'utf8'), 'the bytes')
    } finally {
      execFileSync('umount', ['-l', path])
    }
  })

  it('keeps one where the copy has gone, or is another file by now', (t) => {
    const folder = freshFolder(t)
    const copy = copyIn(join(folder, 'store'))
    const path = copyIn(join(folder, 'own'), 'a')
    const file = duplicateAt(path, copy)
    fs.rmSync(copy)
    assert.equal(removeDuplicate(file), 'copy_changed')
    fs.writeFileSync(copy, 'the bytes')
    assert.equal(
      removeDuplicate({ ...file, aside: asideName(path), seen: duplicateAt(path, copy).seen }),
      'copy_changed',
    )
    assert.equal(fs.readFileSync(path, 'utf8'), 'the bytes')
  })

  it('keeps another file that took the name, of the same size and time', (t) => {
    const folder = freshFolder(t)
    const copy = copyIn(join(folder, 'store'))
    const path = copyIn(join(folder, 'own'), 'a')
    const file = duplicateAt(path, copy)
    const { atime, mtime } = fs.statSync(path)
    fs.writeFileSync(`${path}.new`, 'new bytes')
    fs.utimesSync(`${path}.new`, atime, mtime)
    fs.renameSync(`${path}.new`, path)
    assert.equal(removeDuplicate(file), 'changed')
    assert.equal(fs.readFileSync(path, 'utf8'), 'new bytes')
  })

  it('asks for another reading where the change time alone has moved', (t) => {
    const folder = freshFolder(t)
    const copy = copyIn(join(folder, 'store'))
    const path = copyIn(join(folder, 'own'), 'a')
    const file = duplicateAt(path, copy)
    const ctime_ns = String(BigInt(file.seen.ctime_ns) - 1n)
    assert.equal(removeDuplicate({ ...file, seen: { ...file.seen, ctime_ns } }), 'touched')
    assert.equal(fs.readFileSync(path, 'utf8'), 'the bytes')
  })

  it('keeps one that is swapped for another in the moment of its renaming', async (t) => {
    const folder = freshFolder(t)
    const copy = copyIn(join(folder, 'store'))
    const path = copyIn(join(folder, 'own'), 'a')
    fs.writeFileSync(join(folder, 'other'), 'other')
    const file = duplicateAt(path, copy)
    await watching(
      (call) => {
        if (call.op === 'rename') fs.renameSync(join(folder, 'other'), path)
      },
      () => {
        assert.equal(removeDuplicate(file), 'changed')
        return Promise.resolve()
      },
    )
    assert.equal(fs.readFileSync(path, 'utf8'), 'other')
  })

  it('leaves both files where another one takes the name meanwhile', async (t) => {
    const folder = freshFolder(t)
    const copy = copyIn(join(folder, 'store'))
    const path = copyIn(join(folder, 'own'), 'a')
    const file = duplicateAt(path, copy)
    fs.rmSync(copy)
    await watching(
      (call) => {
        if (call.op === 'link') fs.writeFileSync(path, 'newer')
      },
      () => {
        assert.equal(removeDuplicate(file), 'name_taken')
        return Promise.resolve()
      },
    )
    assert.equal(fs.readFileSync(file.aside, 'utf8'), 'the bytes')
    assert.equal(fs.readFileSync(path, 'utf8'), 'newer')
    assert.equal(putBack(file.aside, path), false)
    fs.rmSync(path)
    assert.equal(putBack(file.aside, path), true)
    assert.deepEqual(fs.readdirSync(join(folder, 'own')), ['a'])
  })
})

describe('a name that a file gets before it goes', () => {
  it('is known by its whole form', () => {
    assert.equal(isAsideName(basename(asideName('/x/a.safetensors'))), true)
    for (const name of ['a.synapse-aside', '.0123456789ab.synapse-aside.txt', '.x.synapse-aside']) {
      assert.equal(isAsideName(name), false)
    }
  })
})

describe('asking whether a file may be removed', () => {
  it('changes nothing where it may', (t) => {
    const path = copyIn(freshFolder(t))
    const before = identityAt(path)
    assert.equal(removalRefusal(path), null)
    assert.deepEqual(identityAt(path), before)
  })

  it('sees a file that is immutable', (t) => {
    const path = copyIn(freshFolder(t))
    if (!canRun('chattr', '+i', path)) {
      skipLoudly(t, 'files cannot be made immutable here')
      return
    }
    try {
      assert.equal(removalRefusal(path), 'EPERM')
    } finally {
      execFileSync('chattr', ['-i', path])
    }
    assert.equal(fs.readFileSync(path, 'utf8'), 'the bytes')
  })

  it('sees a mount that is read-only', (t) => {
    const folder = freshFolder(t)
    const name = basename(copyIn(folder))
    const other = bindMount(t, folder)
    if (other === null) return
    if (!canRun('mount', '-o', 'remount,bind,ro', other)) {
      skipLoudly(t, 'mounts cannot be made read-only here')
      return
    }
    assert.equal(removalRefusal(join(other, name)), 'EROFS')
  })

  for (const [what, mode] of [
    ['sticky folder of others', 0o1777],
    ['folder without write right', 0o755],
  ] as const) {
    it(`sees a ${what}`, async (t) => {
      const folder = freshFolder(t)
      const path = copyIn(folder)
      fs.chmodSync(folder, mode)
      if (process.getuid?.() !== 0) {
        skipLoudly(t, 'only root can give a file to others')
        return
      }
      const refused = await withoutPrivileges(() => Promise.resolve(removalRefusal(path)))
      assert.notEqual(refused, null)
    })
  }
})

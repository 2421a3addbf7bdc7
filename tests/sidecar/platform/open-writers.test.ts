import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { ControlFiles } from '../../../sidecar/platform/control-files.ts'
import { findOpenWriters } from '../../../sidecar/platform/open-writers.ts'
import { mayWrite, rightsOf, type FileRights } from '../../../sidecar/platform/unseen-processes.ts'
import { temporaryFolder } from '../../_support/test-synapse.ts'
import { canRun, skipLoudly } from '../../_support/volumes.ts'

const NOBODY = 65_534

/** Another process that opens a file and waits. */
async function opener(t: TestContext, path: string, flags: string): Promise<ChildProcess> {
  const script = `require('node:fs').openSync(${JSON.stringify(path)}, '${flags}')
    process.stdout.write('open'); setInterval(() => {}, 1000)`
  return running(t, process.execPath, ['-e', script])
}

async function running(t: TestContext, program: string, args: string[]): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

const canReport = process.platform === 'linux' || process.platform === 'win32'

describe('open writers', { skip: !canReport }, () => {
  for (const flags of ['r+', 'a', 'w']) {
    it(`are found where a program opened the file with "${flags}"`, async (t) => {
      const path = join(temporaryFolder(t), 'model')
      fs.writeFileSync(path, 'bytes')
      const child = await opener(t, path, flags)
      assert.equal((await findOpenWriters()).holds(path), true)
      await ended(child)
      assert.equal((await findOpenWriters()).holds(path), false)
    })
  }

  it('are not those who only read', { skip: process.platform === 'win32' }, async (t) => {
    const path = join(temporaryFolder(t), 'model')
    fs.writeFileSync(path, 'bytes')
    await opener(t, path, 'r')
    assert.equal((await findOpenWriters()).holds(path), false)
  })

  it('are found by another name of the same file', async (t) => {
    const folder = temporaryFolder(t)
    const [path, other] = [join(folder, 'model'), join(folder, 'other')]
    fs.writeFileSync(path, 'bytes')
    fs.linkSync(path, other)
    await opener(t, path, 'a')
    assert.equal((await findOpenWriters()).holds(other), true)
  })

  it('are those who have the file mapped, its descriptor closed', async (t) => {
    if (process.platform !== 'linux' || !canRun('python3', '-c', 'import mmap')) {
      skipLoudly(t, 'needs Linux and python3')
      return
    }
    const path = join(temporaryFolder(t), 'model')
    fs.writeFileSync(path, 'bytes')
    const script = `import mmap, sys, time
f = open(${JSON.stringify(path)}, 'r+b'); m = mmap.mmap(f.fileno(), 0); f.close()
import os
os.closerange(3, 64)
print('open', flush=True); time.sleep(600)`
    await running(t, 'python3', ['-c', script])
    assert.equal((await findOpenWriters()).holds(path), true)
  })
})

describe('whether the system can report all writers', () => {
  const status = (uid: number, gid: number, groups = '') =>
    `Name:\tx\nUid:\t${`${String(uid)}\t`.repeat(4)}\nGid:\t${`${String(gid)}\t`.repeat(4)}\nGroups:\t${groups}\n`
  const own = 1000n
  const cases: readonly (readonly [string, string, Partial<FileRights>, boolean])[] = [
    ['another user, a file of ours', status(1001, 1001), {}, false],
    ['another user, a file of theirs', status(1001, 1001), { uid: 1001n }, true],
    ['a member of a group that may write', status(1001, 1001, '5 7'), { mode: 0o664n }, true],
    ['a member of a group that may read', status(1001, 1001, '5 7'), { mode: 0o644n }, false],
    ['any user, where all may write', status(1001, 1001), { mode: 0o666n }, true],
    ['the administrator, a file of ours', status(0, 0), {}, false],
    ['the administrator, a file of theirs', status(0, 0), { uid: 0n }, true],
    ['one of ours that hides', status(1000, 1000), { mode: 0o666n }, false],
  ]
  for (const [who, text, file, may] of cases) {
    it(`${who}: ${may ? 'may' : 'may not'} write unseen`, () => {
      const rights = { uid: own, gid: 7n, mode: 0o644n, dev: 1n, ...file }
      assert.equal(mayWrite(rightsOf(text), rights, own), may)
    })
  }

  it('it cannot where a process of another user may have the file open', async (t) => {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) {
      skipLoudly(t, 'needs Linux and the right to become another user')
      return
    }
    const folder = temporaryFolder(t)
    const [mine, theirs] = [join(folder, 'mine'), join(folder, 'theirs')]
    for (const path of [mine, theirs]) fs.writeFileSync(path, 'bytes')
    fs.chmodSync(folder, 0o755)
    fs.chownSync(mine, NOBODY, NOBODY)
    const child = await opener(t, theirs, 'r+')
    assert.equal((await findOpenWriters()).canReport(theirs), true, 'root can report all writers')
    process.seteuid?.(NOBODY)
    try {
      const writers = await findOpenWriters()
      assert.deepEqual([writers.canReport(mine), writers.canReport(theirs)], [true, false])
    } finally {
      process.seteuid?.(0)
    }
    await ended(child)
  })
})

describe('control files', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['x.safetensors', 'x.safetensors.aria2', true],
    ['x.safetensors', 'x.aria2', true],
    ['x.safetensors', 'X.SAFETENSORS.!qB', true],
    ['x.safetensors', 'x.safetensors.crdownload', true],
    ['x.safetensors', 'x.part', true],
    ['x.safetensors', 'x.AbCd_123.safetensors.part', true],
    ['x.safetensors', 'x.safetensors.ytdl', true],
    ['x.safetensors', 'x.v2.safetensors.part', false],
    ['x.safetensors', 'y.safetensors.part', false],
    ['x.safetensors', 'x.safetensors.json', false],
    ['x.safetensors', '.part', false],
  ]
  for (const [name, control, about] of cases) {
    it(`${control} ${about ? 'is' : 'is not'} about ${name}`, (t) => {
      const folder = temporaryFolder(t)
      for (const one of [name, control]) fs.writeFileSync(join(folder, one), '')
      assert.equal(new ControlFiles().beside(join(folder, name)), about)
    })
  }
})

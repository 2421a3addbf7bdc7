/** Which mounts are asked in a child process. */
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { MountProcesses } from '../../../sidecar/platform/mount-processes.ts'
import { freshFolder, tmpfs } from '../../_support/volumes.ts'

/** Asks in the mount of the store alone: no other has a program. */
function openWithoutChildren(t: TestContext, store: string): MountProcesses {
  const program = new URL('file:///nowhere/at/all.ts')
  const mounts = new MountProcesses({ program, own: () => [store] })
  t.after(() => {
    mounts[Symbol.dispose]()
  })
  return mounts
}

test('a folder beside the store is found without a child process', async (t) => {
  const volume = tmpfs(t, '2m')
  if (volume === null) return
  for (const name of ['store', 'models']) mkdirSync(join(volume, name))
  symlinkSync('models', join(volume, 'link'))
  const mounts = openWithoutChildren(t, join(volume, 'store'))
  const { path, exists, mount } = await mounts.realPath(join(volume, 'link/x'))
  assert.deepEqual([path, exists, mount], [join(volume, 'models/x'), false, null])
})

test('a folder of another volume is not', async (t) => {
  const [here, other] = [tmpfs(t, '2m'), tmpfs(t, '2m')]
  if (here === null || other === null) return
  const mounts = openWithoutChildren(t, here)
  await assert.rejects(mounts.realPath(join(other, 'x')), { code: 'internal' })
})

test('a store that is not there yet is not taken for one that is', async (t) => {
  const volume = tmpfs(t, '2m')
  if (volume === null) return
  const mounts = openWithoutChildren(t, join(volume, 'new/store'))
  mkdirSync(join(volume, 'mine'))
  assert.equal((await mounts.realPath(join(volume, 'mine'))).exists, true)
  assert.equal((await mounts.realPath(join(volume, 'new/store'))).exists, false)
})

test('following many paths lets other work have its turn', async (t) => {
  const folder = freshFolder(t)
  const mounts = openWithoutChildren(t, folder)
  let turns = 0
  const turn = () => {
    turns += 1
  }
  setImmediate(turn)
  for (let index = 0; index < 200; index += 1) await mounts.realPath(join(folder, String(index)))
  assert.equal(turns, 1)
})

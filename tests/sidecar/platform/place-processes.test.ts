/** Which places are asked in a child process. */
import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { PlaceProcesses } from '../../../sidecar/platform/place-processes.ts'
import { freshFolder, tmpfs } from '../../_support/volumes.ts'

/** Asks in the place of the store alone: no other has a program. */
function openWithoutChildren(t: TestContext, store: string): PlaceProcesses {
  const program = new URL('file:///nowhere/at/all.ts')
  const places = new PlaceProcesses({ program, own: () => [store] })
  t.after(() => {
    places[Symbol.dispose]()
  })
  return places
}

test('a folder beside the store is found without a child process', async (t) => {
  const volume = tmpfs(t, '2m')
  if (volume === null) return
  for (const name of ['store', 'models']) mkdirSync(join(volume, name))
  symlinkSync('models', join(volume, 'link'))
  const places = openWithoutChildren(t, join(volume, 'store'))
  const { path, exists, place } = await places.realPath(join(volume, 'link/x'))
  assert.deepEqual([path, exists, place], [join(volume, 'models/x'), false, null])
})

test('a folder of another volume is not', async (t) => {
  const [here, other] = [tmpfs(t, '2m'), tmpfs(t, '2m')]
  if (here === null || other === null) return
  const places = openWithoutChildren(t, here)
  await assert.rejects(places.realPath(join(other, 'x')), { code: 'internal' })
})

test('a store that is not there yet is no place that is there', async (t) => {
  const volume = tmpfs(t, '2m')
  if (volume === null) return
  const places = openWithoutChildren(t, join(volume, 'new/store'))
  mkdirSync(join(volume, 'mine'))
  assert.equal((await places.realPath(join(volume, 'mine'))).exists, true)
  assert.equal((await places.realPath(join(volume, 'new/store'))).exists, false)
})

test('following many paths lets other work have its turn', async (t) => {
  const folder = freshFolder(t)
  const places = openWithoutChildren(t, folder)
  let turns = 0
  const turn = () => {
    turns += 1
  }
  setImmediate(turn)
  for (let index = 0; index < 200; index += 1) await places.realPath(join(folder, String(index)))
  assert.equal(turns, 1)
})

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { it } from 'node:test'
import type { PackName } from '../../../schemas/ids.ts'
import { OverlayReader } from '../../../sidecar/store/overlay-reader.ts'
import { writeStep, type Step } from '../../../sidecar/store/steps.ts'
import { createTestStore } from '../../_support/test-store.ts'

const A = 'A' as PackName
const B = 'B' as PackName

it('planned steps are read as if they were applied, and nothing on disk changes', async (t) => {
  const { store, putBlob, putPack } = await createTestStore(t)
  const { reader, paths } = store
  const sha256 = putBlob('1', 'a.safetensors')
  await putPack(A, [sha256])
  const place = (path: string) => paths.relative(path)
  const text = JSON.stringify({ ...reader.requirePack(A), description: 'as it will be' })
  const write = writeStep(paths, paths.pack(A), text)
  assert.ok(write)
  const steps: Step[] = [
    write,
    { do: 'move', from: place(paths.packFolder(A)), to: place(paths.packFolder(B)) },
    { do: 'move', from: place(paths.blob(sha256)), to: 'data/trash/x/blob' },
  ]
  const before = fs.readFileSync(paths.pack(A), 'utf8')
  const after = new OverlayReader(reader, steps)
  assert.equal(after.pack(A), null)
  assert.equal(after.requirePack(B).description, 'as it will be')
  assert.equal(after.text(paths.pack(B)), text)
  assert.deepEqual([after.hasBlob(sha256), reader.hasBlob(sha256)], [false, true])
  assert.equal(after.isBad(sha256), false)
  assert.equal(fs.readFileSync(paths.pack(A), 'utf8'), before)
  assert.equal(fs.existsSync(paths.packFolder(B)), false)
})

it('a document that a step takes away is gone, one that it brings is there', async (t) => {
  const { store, putPack } = await createTestStore(t)
  await putPack(A, [])
  const { reader, paths } = store
  const gone = writeStep(paths, paths.packLock(A), null)
  const made = writeStep(paths, paths.pack(B), JSON.stringify({ name: 'B' }))
  assert.ok(gone && made)
  const after = new OverlayReader(reader, [gone, made])
  assert.equal(after.lock(A), null)
  assert.equal(after.pack(B)?.name, 'B')
  assert.ok(reader.lock(A))
  assert.equal(reader.pack(B), null)
})

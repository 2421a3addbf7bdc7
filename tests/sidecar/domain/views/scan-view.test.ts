import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { lineText } from '../../../../schemas/json.ts'
import type { ProfileName, Sha256, UiName } from '../../../../schemas/ids.ts'
import { scanView } from '../../../../sidecar/domain/views/scan-view.ts'
import { createTestStore, SYMLINKS } from '../../../_support/test-store.ts'

test('a folder that changed at the very moment of our time for it is looked at all the same', async (t) => {
  const { store, putPack, putBlob } = await createTestStore(t)
  await putPack('A', [putBlob('1', 'a.safetensors')])
  const [ui, global] = ['comfyui' as UiName, 'global' as ProfileName]
  const folder = join(store.paths.view(ui, global), 'models/loras')
  const before = scanView(store.reader, { ui, profile: global })
  assert.equal(before.links, store.reader.knownView(ui, global)?.links)

  fs.writeFileSync(join(folder, 'mine.safetensors'), 'mine')
  const record = { op: 'stamp', path: 'models/loras', at: fs.statSync(folder).mtimeMs }
  fs.appendFileSync(store.paths.linkLedger(ui, global), lineText(record))
  const after = scanView(store.reader, { ui, profile: global })
  assert.deepEqual(
    after.foreign.map((file) => file.path),
    ['models/loras/mine.safetensors'],
  )
})

test('a blob that goes is missed in views of hard links, though they were whole before', async (t) => {
  const style = { ...SYMLINKS, file: 'hard_link' } as const
  const { store, putPack, putBlob } = await createTestStore(t, style)
  const sha256 = putBlob('1', 'a.safetensors')
  await putPack('A', [sha256])
  const view = { ui: 'comfyui' as UiName, profile: 'global' as ProfileName }
  // As if the folder of the blob had not been changed for long.
  const later = Date.now() + 60_000
  t.mock.method(Date, 'now', () => later)
  let asked = 0
  const hasBlob = store.reader.hasBlob.bind(store.reader)
  t.mock.method(store.reader, 'hasBlob', (one: Sha256) => {
    asked += 1
    return hasBlob(one)
  })
  assert.deepEqual([...scanView(store.reader, view).changedFolders], [])
  assert.deepEqual([...scanView(store.reader, view).changedFolders], [])
  assert.equal(asked, 1)
  fs.rmSync(store.paths.blob(sha256))
  assert.deepEqual([...scanView(store.reader, view).changedFolders], ['models/loras'])
})

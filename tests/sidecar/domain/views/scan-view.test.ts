import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { lineText } from '../../../../schemas/json.ts'
import type { ProfileName, UiName } from '../../../../schemas/ids.ts'
import { scanView } from '../../../../sidecar/domain/views/scan-view.ts'
import { createTestStore } from '../../../_support/test-store.ts'

test('a folder that changed at the very moment of our stamp is looked at all the same', async (t) => {
  const { store, putPack, putBlob } = await createTestStore(t)
  await putPack('A', [putBlob('1', 'a.safetensors')])
  const [ui, global] = ['comfyui' as UiName, 'global' as ProfileName]
  const folder = join(store.paths.view(ui, global), 'models/loras')
  const before = scanView(store.reader, ui, global)
  assert.equal(before.links, store.reader.knownView(ui, global)?.links)

  fs.writeFileSync(join(folder, 'mine.safetensors'), 'mine')
  const stamp = { op: 'stamp', path: 'models/loras', at: fs.statSync(folder).mtimeMs }
  fs.appendFileSync(store.paths.linkLedger(ui, global), lineText(stamp))
  const after = scanView(store.reader, ui, global)
  assert.deepEqual(
    after.foreign.map((file) => file.path),
    ['models/loras/mine.safetensors'],
  )
})

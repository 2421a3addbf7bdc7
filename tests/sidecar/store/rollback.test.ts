import assert from 'node:assert/strict'
import fs from 'node:fs'
import { it } from 'node:test'
import type { Step } from '../../../sidecar/store/steps.ts'
import type { StorePath } from '../../../sidecar/store/store-paths.ts'
import { identityAt, seenFile } from '../../../sidecar/platform/file-identity.ts'
import { createTestStore } from '../../_support/test-store.ts'

const place = (path: string): StorePath => path

for (const first of ['made', 'not made'] as const) {
  it(`a replacement is rolled back where its bytes are gone and its first move was ${first}`, async (t) => {
    const { store, putBlob, put } = await createTestStore(t)
    const { paths } = store
    const blob = paths.blob(putBlob('damaged', 'a.safetensors'))
    const there = identityAt(blob)
    assert.ok(there)
    const trash = place('data/trash/01890a5d-ac96-774b-bcce-b302099a8057/blob')
    const steps: readonly Step[] = [
      { do: 'move', from: paths.relative(blob), to: trash, seen: seenFile(there) },
      { do: 'move', from: place('data/blobs/.tmp/lost.part'), to: paths.relative(blob) },
    ]
    await store.transact('test', (tx) => tx.begin({ op: 'blob.replace' }, steps))
    if (first === 'made') {
      put(trash, '')
      fs.renameSync(blob, paths.at(trash))
    } else {
      // A program that held it open wrote to it: it is not moved.
      fs.appendFileSync(blob, ' more')
    }
    await store.transact('test', async () => undefined)
    const bytes = fs.readFileSync(blob, 'utf8')
    assert.equal(bytes, first === 'made' ? 'damaged' : 'damaged more')
    assert.equal(fs.existsSync(paths.at(place('data/blobs/.tmp/lost.part'))), false)
    assert.equal(store.reader.openHere().length, 0)
  })
}

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { DiskCall } from '../../../../sidecar/platform/disk-calls.ts'
import { createTestSynapse } from '../../../_support/test-synapse.ts'
import { watching } from '../../../safety/watching.ts'

describe('the original of a moved file', () => {
  it('stays where the copy in the store is deleted before its turn', async (t) => {
    const setup = await createTestSynapse(t)
    const { files } = await setup.import({ paths: [setup.file('loras/a.safetensors', 'bytes')] })
    const sha256 = files[0]?.sha256 ?? ''
    const blob = join(setup.root, 'data/blobs/sha256', sha256.slice(0, 2), sha256)
    const double = setup.file('double/loras/a.safetensors', 'bytes')
    const deleteBlob = (call: DiskCall) => {
      const text = call.op === 'write' ? Buffer.from(call.bytes).toString() : ''
      if (text.includes('"op":"pack.add_files","phase":"end"')) fs.rmSync(blob)
    }
    const moved = await watching(deleteBlob, () =>
      setup.import({ paths: [double], mode: 'move', pack: 'A' }),
    )
    assert.deepEqual(
      moved.files.map(({ outcome, code }) => [outcome, code]),
      [['failed', 'blob.not_found']],
    )
    assert.equal(fs.readFileSync(double, 'utf8'), 'bytes')
  })
})

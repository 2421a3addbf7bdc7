import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import type { DoctorReport } from '../../../../schemas/store.ts'
import { createTestSynapse } from '../../../_support/test-synapse.ts'

it('doctor reports a missing model once, however many interfaces want it', async (t) => {
  const setup = await createTestSynapse(t)
  const paths = [setup.file('loras/a.safetensors', 'a model')]
  const { files } = await setup.import({ paths, mode: 'move', pack: 'P' })
  const sha256 = files[0]?.sha256 ?? ''
  fs.rmSync(join(setup.root, 'data/blobs/sha256', sha256.slice(0, 2), sha256))
  const job = await setup.client.call('store.doctor', { body: { repair: true } })
  const { findings } = (await setup.wait(job)).result as unknown as DoctorReport
  const reported = findings.filter(({ message }) => message === 'P: a.safetensors is not here')
  assert.equal(reported.length, 1, JSON.stringify(findings))
})

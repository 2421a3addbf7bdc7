import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import type { DoctorReport } from '../../../../schemas/store.ts'
import { createTestSynapse } from '../../../_support/test-synapse.ts'

const LEDGER = 'data/ledger/links/comfyui'
const FILES = [
  'data/ledger/copies/store.jsonl',
  'data/ledger/digests.jsonl',
  `${LEDGER}/global.jsonl`,
  `${LEDGER}/work__P.jsonl`,
]

it('lines that are not records are reported, and cost nothing else', async (t) => {
  const test = await createTestSynapse(t)
  const { client, root } = test
  const path = test.file('loras/a.safetensors', 'the model')
  await test.import({ paths: [path], pack: 'P' })
  await client.call('profiles.use', { body: { pack: 'P' } })
  for (const file of FILES) appendFileSync(join(root, file), 'no record\n{"op":"what"}\n')
  const journal = (await client.call('journal.list')).total
  const { notes, blobs } = await client.call('store.status')
  const reported = notes.filter((note) => note.includes('2 lines cannot be read'))
  const shown = FILES.filter((file) => !file.endsWith('global.jsonl'))
  assert.deepEqual(reported.map((note) => note.split(': ')[0]).sort(), shown)
  assert.deepEqual([blobs.total, (await client.call('journal.list')).total], [1, journal])
  const job = await test.wait(await client.call('store.doctor', { body: {} }))
  const { findings } = job.result as unknown as DoctorReport
  const found = findings.filter(({ check }) => check === 'lines').map((finding) => finding.path)
  assert.deepEqual(found.sort(), FILES)
})

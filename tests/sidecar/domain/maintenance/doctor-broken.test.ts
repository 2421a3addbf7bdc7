import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { DoctorReport } from '../../../../schemas/store.ts'
import { createTestSynapse } from '../../../_support/test-synapse.ts'

const DOCUMENTS = [
  'state/config.json',
  'state/ui_sets.json',
  'state/approvals.json',
  'state/profiles/global/profile.json',
  'data/runtime.json',
  'data/machine.json',
]
const WAYS = { torn: '{"schema": ', empty: '', 'an array': '[]', 'of the future': null }

for (const place of DOCUMENTS) {
  describe(`doctor and status where ${place} is`, () => {
    for (const [way, text] of Object.entries(WAYS)) {
      it(`${way}: name it, and report the rest`, async (t) => {
        const test = await createTestSynapse(t)
        const family = `synapse.${place.split('/').at(-1)?.replace('.json', '') ?? ''}`
        const path = join(test.root, place)
        fs.writeFileSync(path, text ?? JSON.stringify({ schema: `${family}.v9` }))
        const other = join(test.root, 'state/packs/Other')
        fs.mkdirSync(other)
        fs.writeFileSync(join(other, 'pack.json'), '{')
        for (const repair of [false, true]) {
          const job = await test.client.call('store.doctor', { body: { repair } })
          const { findings } = (await test.wait(job)).result as unknown as DoctorReport
          const paths = findings.map((one) => one.path)
          assert.ok(paths.includes(place), JSON.stringify(findings))
          assert.ok(paths.includes('state/packs/Other/pack.json'), 'the other checks went on')
        }
        await test.client.call('store.status')
      })
    }
  })
}

import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { describe, it } from 'node:test'
import { BUILT_IN_LAYOUTS } from '../../../../schemas/layouts.ts'
import { storeStatus } from '../../../../sidecar/domain/maintenance/store-status.ts'
import { createTestStore } from '../../../_support/test-store.ts'

const FACTS = {
  version: '0.0.0',
  summary: {
    blobs_total: 1,
    blobs_referenced: 1,
    blobs_orphan: 0,
    blobs_missing: 0,
    blobs_bad: 0,
    blobs_changed: 0,
    bytes_total: 5,
  },
  volume: null,
  jobs: { running: 0, queued: 2, paused: 0, idle_paused: false, unrecorded: 0 },
}

const index = { brokenLines: () => [] }

describe('storeStatus', () => {
  it('counts what is there and reports each interface', async (t) => {
    const setup = await createTestStore(t)
    await setup.putPack('Alpha', [setup.putBlob('12345', 'a.safetensors')])
    const status = await storeStatus({ ...setup.ctx, index }, FACTS)
    assert.deepEqual([status.packs, status.profiles, status.blobs.bytes_total], [1, 1, 5])
    assert.deepEqual(Object.keys(status.ui), Object.keys(BUILT_IN_LAYOUTS))
    assert.deepEqual([status.initialized, status.notes], [true, []])
  })

  it('answers where there is no store, and where its settings are broken', async (t) => {
    const setup = await createTestStore(t)
    setup.put('state/config.json', '{')
    const broken = await storeStatus({ ...setup.ctx, index }, FACTS)
    assert.match(broken.notes[0] ?? '', /config\.json/u)
    rmSync(setup.store.paths.root, { recursive: true })
    const none = await storeStatus({ ...setup.ctx, index }, FACTS)
    assert.deepEqual([none.initialized, none.ui], [false, {}])
    assert.match(none.notes[0] ?? '', /is offline: .* Connect or mount the disk/u)
  })
})

import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { AppEvent } from '../../../schemas/jobs.ts'
import { emitAdded } from '../../../sidecar/domain/emit-added.ts'

it('new models are emitted one by one, many at once as one event', () => {
  const reported = (count: number) => {
    const events: AppEvent[] = []
    const digests = Array.from({ length: count }, (_, n) => n.toString(16).padStart(64, '0'))
    emitAdded({ publish: (event) => events.push(event) }, digests as Sha256[])
    return events.map(({ type }) => type)
  }
  assert.deepEqual(reported(2), ['blob.added', 'blob.added'])
  assert.deepEqual(reported(4096), ['resync'])
})

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { createTestSynapse } from '../../../_support/test-synapse.ts'

describe('a job of a process that was killed', () => {
  it('is counted as waiting, as it is listed', async (t) => {
    const setup = await createTestSynapse(t)
    const { id } = await setup.client.call('store.doctor', { body: {} })
    await setup.wait({ id })
    await setup.synapse[Symbol.asyncDispose]()
    const path = join(setup.root, 'data/jobs', `${id}.json`)
    const ended = JSON.parse(fs.readFileSync(path, 'utf8')) as object
    const running = { state: 'running', ended_at: null, result: null, problem: null }
    fs.writeFileSync(path, JSON.stringify({ ...ended, ...running }))

    const { client } = await createTestSynapse(t, setup.root)
    const { jobs } = await client.call('store.status')
    assert.deepEqual([jobs.running, jobs.queued], [0, 1])
    const listed = await client.call('jobs.list', { query: {} })
    assert.equal(listed.items[0]?.state, 'queued')
  })
})

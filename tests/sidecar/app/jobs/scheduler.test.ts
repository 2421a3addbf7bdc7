import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { cleanJob } from '../../../../sidecar/app/jobs/kinds/clean.ts'
import { LastRuns } from '../../../../sidecar/app/jobs/last-runs.ts'
import { Scheduler } from '../../../../sidecar/app/jobs/scheduler.ts'
import type { LogEntry } from '../../../../sidecar/app/log/log.ts'
import { createTestSynapse, temporaryFolder } from '../../../_support/test-synapse.ts'

const HOUR = 3_600_000
const NOON = new Date(2026, 2, 10, 12).getTime()

/** A scheduler with one row, each day at 4:17, and a clock that the test sets. */
function daily(t: TestContext) {
  const path = join(temporaryFolder(t), 'schedule.json')
  const state = { now: NOON, enabled: true, fails: false }
  const started: number[] = []
  const logged: LogEntry[] = []
  const start = async () => {
    if (state.fails) throw new Error('not now')
    started.push(state.now)
  }
  const open = () => {
    const scheduler = new Scheduler({
      rows: [{ id: 'daily', when: '17 4 * * *', enabled: () => state.enabled, start }],
      file: new LastRuns(path),
      clock: { now: () => state.now },
      log: (entry) => logged.push(entry),
    })
    t.after(() => scheduler[Symbol.asyncDispose]())
    return scheduler
  }
  const lookAt = async (scheduler: Scheduler, at: number) => {
    state.now = at
    await scheduler.look()
  }
  return { path, state, started, logged, open, lookAt }
}

describe('a scheduled job', () => {
  it('waits for its first time, then starts once each time', async (t) => {
    const { open, lookAt, started } = daily(t)
    const scheduler = open()
    for (let hour = 0; hour < 50; hour += 1) await lookAt(scheduler, NOON + hour * HOUR)
    assert.deepEqual(started, [NOON + 17 * HOUR, NOON + 41 * HOUR])
  })

  it('that was missed for days starts once after the next start of the service', async (t) => {
    const { open, lookAt, started } = daily(t)
    await lookAt(open(), NOON)
    const later = open()
    for (const hour of [100, 101, 102]) await lookAt(later, NOON + hour * HOUR)
    assert.deepEqual(started, [NOON + 100 * HOUR])
  })

  it('is never started by two looks at once', async (t) => {
    const { open, lookAt, state, started } = daily(t)
    const scheduler = open()
    await lookAt(scheduler, NOON)
    state.now = NOON + 24 * HOUR
    await Promise.all([scheduler.look(), scheduler.look(), scheduler.look()])
    assert.equal(started.length, 1)
  })

  it('is not kept away for years by a clock that was wrong', async (t) => {
    const { open, lookAt, started } = daily(t)
    const scheduler = open()
    await lookAt(scheduler, NOON + 9000 * HOUR)
    await lookAt(scheduler, NOON)
    await lookAt(scheduler, NOON + 24 * HOUR)
    assert.deepEqual(started, [NOON + 24 * HOUR])
  })

  it('that cannot start is tried again, and that is logged', async (t) => {
    const { open, lookAt, state, started, logged } = daily(t)
    const scheduler = open()
    await lookAt(scheduler, NOON)
    state.fails = true
    await lookAt(scheduler, NOON + 24 * HOUR)
    assert.deepEqual([started.length, logged[0]?.event], [0, 'schedule.failed'])
    state.fails = false
    state.enabled = false
    await lookAt(scheduler, NOON + 25 * HOUR)
    assert.equal(started.length, 0)
    state.enabled = true
    await lookAt(scheduler, NOON + 26 * HOUR)
    assert.deepEqual(started, [NOON + 26 * HOUR])
  })

  it('begins anew where its file cannot be read, and keeps what others wrote in it', async (t) => {
    const { open, lookAt, path, started } = daily(t)
    writeFileSync(path, '{"torn')
    const scheduler = open()
    await lookAt(scheduler, NOON)
    const written = JSON.parse(readFileSync(path, 'utf8')) as { last: object }
    writeFileSync(path, JSON.stringify({ ...written, more: 1 }))
    await lookAt(scheduler, NOON + 24 * HOUR)
    assert.equal(started.length, 1)
    assert.match(readFileSync(path, 'utf8'), /"more": 1/u)
  })
})

describe('the daily cleaning', () => {
  it('empties trash that has expired, as idle work', async (t) => {
    const setup = await createTestSynapse(t)
    const { services } = setup.synapse
    const result = await setup.import({ paths: [setup.file('loras/a.safetensors', 'a')] })
    const sha256 = result.files[0]?.sha256 ?? ''
    await setup.client.call('store.config_edit', { body: { trash: { days: 0 } } })
    await setup.client.call('inventory.delete', {
      params: { item: sha256 },
      query: { confirm_last_copy: sha256 },
    })
    const { id, priority } = await services.jobs.start(cleanJob(services))
    const { state, result: cleaned } = await services.jobs.wait(id)
    assert.deepEqual([priority, state, cleaned?.['trash_expired']], ['idle', 'succeeded', 1])
    assert.equal((await setup.client.call('trash.list', { query: {} })).total, 0)
  })
})

/** Paused jobs, and idle work as a whole. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, isAppError } from '../../../../schemas/errors.ts'
import type { JobRunner } from '../../../../sidecar/app/jobs/job-runner.ts'
import { checkCancelled } from '../../../../sidecar/domain/progress.ts'
import { endless, gate, jobSetup, plan, type Run } from '../../../_support/job-setup.ts'

async function stateOf(runner: JobRunner, id: string, state: string): Promise<void> {
  while (runner.get(id).state !== state) await sleep(2)
}

/** Counts to 50, a checkpoint each; the runs record where they began. */
function counting() {
  const began: number[] = []
  const run: Run = async ({ signal, kept, checkpoint }) => {
    const first = Number(kept?.cursor['n'] ?? 0)
    began.push(first)
    const rows = [...(kept?.rows['numbers'] ?? [])]
    for (let n = first + 1; n <= 50; n += 1) {
      checkCancelled(signal)
      await sleep(1)
      rows.push(n)
      checkpoint({ n }, { numbers: [n] })
    }
    return { numbers: rows }
  }
  return { run, began }
}

const ALL = Array.from({ length: 50 }, (_, n) => n + 1)

describe('a paused job', () => {
  it('that runs keeps what is done, and goes on there', async (t) => {
    const { runner, onDisk } = jobSetup(t)
    const { run, began } = counting()
    const { id } = await runner.start(plan(run))
    while (began.length === 0) await sleep(1)
    await sleep(10)
    await runner.pause(id)
    while (onDisk()[0]?.state !== 'paused') await sleep(2)
    const [record] = onDisk()
    assert.deepEqual([record?.state, record?.cursor?.rows], ['paused', record?.cursor?.at['n']])
    await sleep(20)
    assert.equal(runner.get(id).state, 'paused')
    await runner.resume(id)
    assert.deepEqual((await runner.wait(id)).result?.['numbers'], ALL)
    assert.deepEqual(began, [0, record?.cursor?.at['n']])
    assert.ok((began[1] ?? 0) > 0)
  })

  it('frees its lane', async (t) => {
    const { runner } = jobSetup(t)
    const needs = { paths: ['/spinning/1'] }
    const { id } = await runner.start(plan(endless, { needs, request: { n: 1 } }))
    await stateOf(runner, id, 'running')
    const next = await runner.start(plan(async () => ({ n: 2 }), { needs, request: { n: 2 } }))
    await runner.pause(id)
    assert.equal((await runner.wait(next.id)).state, 'succeeded')
    assert.equal((await runner.cancel(id)).state, 'cancelled')
    assert.equal((await runner.wait(id)).problem?.detail, 'Stopped on request')
  })

  it('that waits does not begin when its turn comes', async (t) => {
    const { runner } = jobSetup(t)
    const busy = gate()
    const first = await runner.start(plan(busy.run, { needs: { store: true }, request: {} }))
    const waiting = gate()
    const { id } = await runner.start(plan(waiting.run, { needs: { store: true } }))
    await busy.begun
    assert.equal((await runner.pause(id)).state, 'paused')
    busy.open()
    await runner.wait(first.id)
    await sleep(20)
    assert.deepEqual([waiting.started, runner.counts().paused], [0, 1])
    await runner.resume(id)
    waiting.open()
    assert.equal((await runner.wait(id)).state, 'succeeded')
  })

  it('stays so over a restart, and goes on when it is resumed then', async (t) => {
    const { runner, again } = jobSetup(t)
    const { run, began } = counting()
    const { id } = await runner.start(plan(run, { priority: 'interactive' }))
    while (began.length === 0) await sleep(1)
    await runner.pause(id)
    await stateOf(runner, id, 'paused')
    await runner[Symbol.asyncDispose]()
    const next = again()
    await next.recover({ 'store.verify': () => ({ needs: {}, run }) })
    await sleep(20)
    assert.deepEqual([next.get(id).state, began.length], ['paused', 1])
    await next.resume(id)
    assert.deepEqual((await next.wait(id)).result?.['numbers'], ALL)
  })

  it('stays so where the service ends before the job has heard', async (t) => {
    const { runner, onDisk } = jobSetup(t)
    const stubborn = gate()
    const { id } = await runner.start(
      plan(async (work) => {
        await stubborn.run(work)
        checkCancelled(work.signal)
        return {}
      }),
    )
    await stubborn.begun
    await runner.pause(id)
    const stopped = runner[Symbol.asyncDispose]()
    stubborn.open()
    await stopped
    assert.equal(onDisk()[0]?.state, 'paused')
  })

  it('of a process that is gone waits for the next service once it is resumed', async (t) => {
    const { runner, again } = jobSetup(t)
    const { id } = await runner.start(plan(endless))
    await runner.pause(id)
    await stateOf(runner, id, 'paused')
    await runner[Symbol.asyncDispose]()
    const command = again()
    assert.equal((await command.resume(id)).state, 'queued')
    assert.equal((await command.pause(id)).state, 'paused')
    assert.equal((await command.resume(id)).state, 'queued')
    await command[Symbol.asyncDispose]()
    const service = again()
    await service.recover({ 'store.verify': () => ({ needs: {}, run: async () => ({ n: 1 }) }) })
    assert.deepEqual((await service.wait(id)).result, { n: 1 })
  })

  it('is resumed when the user requests the same now, not when the service does', async (t) => {
    const { runner } = jobSetup(t)
    const { run } = counting()
    const { id } = await runner.start(plan(run, { priority: 'idle' }))
    await runner.pause(id)
    await stateOf(runner, id, 'paused')
    assert.equal((await runner.start(plan(run, { priority: 'normal' }))).state, 'paused')
    assert.equal((await runner.start(plan(run, { priority: 'interactive' }))).id, id)
    assert.equal((await runner.wait(id)).state, 'succeeded')
  })

  it('that has not heard yet goes on after all when it is resumed', async (t) => {
    const { runner } = jobSetup(t)
    const { run, began } = counting()
    const { id } = await runner.start(plan(run))
    while (began.length === 0) await sleep(1)
    await runner.pause(id)
    await runner.resume(id)
    assert.deepEqual((await runner.wait(id)).result?.['numbers'], ALL)
    assert.equal(began.length, 2)
  })

  it('that failed meanwhile has failed', async (t) => {
    const { runner } = jobSetup(t)
    const begun = Promise.withResolvers<undefined>()
    const run: Run = async ({ signal }) => {
      begun.resolve(undefined)
      while (!signal.aborted) await sleep(2)
      throw new AppError('disk.failed', 'broken')
    }
    const { id } = await runner.start(plan(run))
    await begun.promise
    await runner.pause(id)
    assert.equal((await runner.wait(id)).problem?.code, 'disk.failed')
    assert.equal((await runner.pause(id)).state, 'failed')
    assert.equal((await runner.resume(id)).state, 'failed')
  })

  it('is none that makes no sense later', async (t) => {
    const { runner } = jobSetup(t)
    const { id } = await runner.start(plan(endless, { pausable: false }))
    await assert.rejects(runner.pause(id), (error) => isAppError(error, 'job.not_pausable'))
    await runner.cancel(id)
    await runner.wait(id)
  })
})

describe('a cursor', () => {
  it('is at most 4 KiB', async (t) => {
    const { runner } = jobSetup(t)
    const { id } = await runner.start(
      plan(async ({ checkpoint }) => {
        checkpoint({ text: 'x'.repeat(5000) })
        return {}
      }),
    )
    assert.equal((await runner.wait(id)).problem?.code, 'internal')
  })

  it('and its rows are gone when the job has ended', async (t) => {
    const { runner, onDisk, files } = jobSetup(t)
    const { run } = counting()
    const { id } = await runner.start(plan(run))
    await runner.wait(id)
    await runner[Symbol.asyncDispose]()
    assert.equal(onDisk()[0]?.cursor, undefined)
    assert.deepEqual(files(), [`${id}.items.jsonl`, `${id}.json`])
  })

  for (const [what, corrupt] of [
    ['more rows than it counts, and a torn one', (text: string) => `${text}{"list":"numbers","row`],
    ['a whole row without its end', (text: string) => `${text}{"list":"numbers","row":99}`],
  ] as const) {
    it(`is the truth where a kill left ${what}`, async (t) => {
      const { runner, again, editKept } = jobSetup(t)
      const { run, began } = counting()
      const { id } = await runner.start(plan(run))
      while (began.length === 0) await sleep(1)
      await runner.pause(id)
      await stateOf(runner, id, 'paused')
      await runner[Symbol.asyncDispose]()
      editKept(id, (text) => corrupt(`${text}{"list":"numbers","row":98}\n`))
      const next = again()
      await next.recover({ 'store.verify': () => ({ needs: {}, run }) })
      await next.resume(id)
      assert.deepEqual((await next.wait(id)).result?.['numbers'], ALL)
    })
  }

  it('without its rows is worth nothing', async (t) => {
    const { runner, again, editKept } = jobSetup(t)
    const { run, began } = counting()
    const { id } = await runner.start(plan(run))
    while (began.length === 0) await sleep(1)
    await sleep(10)
    await runner.pause(id)
    await stateOf(runner, id, 'paused')
    await runner[Symbol.asyncDispose]()
    editKept(id, () => '')
    const next = again()
    await next.recover({ 'store.verify': () => ({ needs: {}, run }) })
    await next.resume(id)
    assert.deepEqual((await next.wait(id)).result?.['numbers'], ALL)
    assert.deepEqual(began, [0, 0])
  })
})

describe('idle work', () => {
  const idle = { priority: 'idle', yields: true } as const

  it('that is paused stops, waits and leaves its lanes to others', async (t) => {
    const { runner, again } = jobSetup(t)
    const { run, began } = counting()
    const { id } = await runner.start(plan(run, idle))
    while (began.length === 0) await sleep(1)
    await runner.setIdlePaused(true)
    await stateOf(runner, id, 'queued')
    const other = await runner.start(plan(async () => ({}), { request: { other: true } }))
    assert.equal((await runner.wait(other.id)).state, 'succeeded')
    await runner[Symbol.asyncDispose]()

    const next = again()
    assert.equal(next.idlePaused, true)
    await next.recover({ 'store.verify': () => ({ needs: {}, run, yields: true }) })
    await sleep(20)
    assert.deepEqual([next.get(id).state, began.length], ['queued', 1])
    await next.setIdlePaused(false)
    assert.deepEqual((await next.wait(id)).result?.['numbers'], ALL)
  })

  it('runs one at a time', async (t) => {
    const { runner } = jobSetup(t)
    const { run, open, begun } = gate()
    const jobs = []
    for (const n of [1, 2]) {
      jobs.push(await runner.start(plan(run, { ...idle, needs: {}, request: { n } })))
    }
    await begun
    await sleep(10)
    assert.deepEqual(runner.counts(), { running: 1, queued: 1, paused: 0, unrecorded: 0 })
    open()
    for (const { id } of jobs) await runner.wait(id)
  })
})

import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, isAppError } from '../../../../schemas/errors.ts'
import type { Job } from '../../../../schemas/jobs.ts'
import { observeDisk } from '../../../../sidecar/platform/disk-calls.ts'
import { checkCancelled, quietWork } from '../../../../sidecar/domain/progress.ts'
import { endless, gate, jobSetup, plan, type Run, type Setup } from '../../../_support/job-setup.ts'

describe('a job', () => {
  it('is queued, running and done, each state published and on disk', async (t) => {
    const { runner, published, onDisk } = jobSetup(t)
    const started = await runner.start(plan(async () => ({ verified: 3 })))
    assert.equal(onDisk()[0]?.id, started.id)
    const job = await runner.wait(started.id)
    assert.deepEqual([job.state, job.result, job.problem], ['succeeded', { verified: 3 }, null])
    assert.ok(job.started_at && job.ended_at)
    assert.deepEqual(
      published.map(({ state }) => state),
      ['queued', 'running', 'succeeded'],
    )
    assert.deepEqual(onDisk(), [job])
  })

  it('is seen to have ended only once that is on disk', async (t) => {
    const { runner, published, onDisk } = jobSetup(t)
    const { id } = await runner.start(plan(async () => ({})))
    while (runner.get(id).state !== 'succeeded') await new Promise(setImmediate)
    assert.deepEqual(onDisk()[0], runner.get(id))
    assert.equal(published.at(-1)?.state, 'succeeded')
    assert.equal(runner.counts().running, 0)
  })

  it('that fails has its problem', async (t) => {
    const { runner } = jobSetup(t)
    const error = new AppError('disk.full', 'No room', { hint: 'Free some.' })
    const { id } = await runner.start(plan(() => Promise.reject(error)))
    const { state, problem } = await runner.wait(id)
    assert.deepEqual([state, problem?.code, problem?.hint], ['failed', 'disk.full', 'Free some.'])
  })

  it('that breaks is hidden and logged', async (t) => {
    const { runner, logged } = jobSetup(t)
    const { id } = await runner.start(plan(() => Promise.reject(new TypeError('x of undefined'))))
    const { problem } = await runner.wait(id)
    assert.equal(problem?.code, 'internal')
    assert.doesNotMatch(JSON.stringify(problem), /undefined/u)
    assert.equal(logged[0]?.event, 'job.failed')
  })

  it('that is known to fail is refused, and none where the same goes on already', async (t) => {
    const { runner, onDisk } = jobSetup(t)
    const { run, open } = gate()
    const { id } = await runner.start(plan(run))
    const check = () => {
      throw new AppError('import.source_not_found', 'Gone')
    }
    assert.equal((await runner.start(plan(run, { check }))).id, id)
    open()
    await runner.wait(id)
    const refused = runner.start(plan(run, { check }))
    await assert.rejects(refused, (error) => isAppError(error, 'import.source_not_found'))
    assert.equal(onDisk().length, 1)
  })

  it('of another runner of this process is known to go on there', async (t) => {
    const { runner, again } = jobSetup(t)
    const { run, open } = gate()
    const { id } = await runner.start(plan(run))
    const other = again()
    assert.equal((await other.start(plan(endless))).id, id)
    open()
    await runner.wait(id)
    await other.refresh()
    assert.equal(other.get(id).state, 'succeeded')
  })

  it('of the same request is the same while it goes on', async (t) => {
    const { runner } = jobSetup(t)
    const { run, open } = gate()
    const [one, two] = await Promise.all([
      runner.start(plan(run, { request: { a: 1, b: [2] } })),
      runner.start(plan(run, { request: { b: [2], a: 1 } })),
    ])
    const other = await runner.start(plan(run, { request: { a: 1, b: [3] } }))
    const otherKind = await runner.start(plan(run, { kind: 'x.y', request: { a: 1, b: [2] } }))
    assert.equal(one.id, two.id)
    assert.equal(new Set([one.id, other.id, otherKind.id]).size, 3)
    open()
    await runner.wait(one.id)
    const later = await runner.start(plan(run, { request: { a: 1, b: [2] } }))
    assert.notEqual(later.id, one.id)
  })

  it('publishes its progress at most four times a second, with rate and remaining time, not to disk', async (t) => {
    const { runner, published, folder } = jobSetup(t)
    let writes = 0
    observeDisk(({ op, path }) => {
      if (op === 'rename' && path.startsWith(folder)) writes += 1
    })
    t.after(() => observeDisk(null))
    const { id } = await runner.start(
      plan(async ({ report }) => {
        for (let done = 0; done <= 100; done += 1) {
          report({ stage: 'reading', done: done * 10, total: 2000, unit: 'bytes' })
          await sleep(8)
        }
        return {}
      }),
    )
    await runner.wait(id)
    const reported = published.filter(
      ({ state, stage }) => state === 'running' && stage === 'reading',
    )
    assert.ok(reported.length >= 3 && reported.length <= 8, String(reported.length))
    const last = reported.at(-1)
    assert.ok(last?.rate && last.rate > 100 && last.rate < 1300, String(last?.rate))
    assert.ok(last.eta_seconds !== null && last.eta_seconds > 0)
    assert.deepEqual([last.total, last.unit], [2000, 'bytes'])
    assert.equal(writes, 3, 'queued, running, succeeded')
    const job = runner.get(id)
    assert.deepEqual([job.done, job.rate, job.eta_seconds], [1000, null, null])
  })
})

describe('cancelling', () => {
  it('stops a job that runs', async (t) => {
    const { runner } = jobSetup(t)
    const { id } = await runner.start(plan(endless))
    await sleep(10)
    await runner.cancel(id)
    const { state, problem } = await runner.wait(id)
    assert.deepEqual([state, problem?.code], ['cancelled', 'job.cancelled'])
  })

  it('stops work that hears it as an AbortError', async (t) => {
    const { runner } = jobSetup(t)
    const { id } = await runner.start(
      plan(async ({ signal }) => {
        await sleep(10_000, undefined, { signal })
        return {}
      }),
    )
    await sleep(10)
    await runner.cancel(id)
    assert.equal((await runner.wait(id)).state, 'cancelled')
  })

  it('ends a job that waits at once; it never runs', async (t) => {
    const { runner } = jobSetup(t)
    const { run, open } = gate()
    const busy = await runner.start(plan(run, { needs: { store: true }, request: {} }))
    const never = gate()
    const { id } = await runner.start(plan(never.run, { needs: { store: true } }))
    assert.equal((await runner.cancel(id)).state, 'cancelled')
    open()
    await runner.wait(busy.id)
    await sleep(10)
    assert.equal(never.started, 0)
  })

  it('changes nothing of a job that is done, or done all the same', async (t) => {
    const { runner } = jobSetup(t)
    const { run, open, begun } = gate()
    const { id } = await runner.start(plan(run))
    await begun
    await runner.cancel(id)
    open()
    assert.equal((await runner.wait(id)).state, 'succeeded')
    assert.equal((await runner.cancel(id)).state, 'succeeded')
  })

  it('does not hide that the work failed otherwise', async (t) => {
    const { runner } = jobSetup(t)
    const begun = Promise.withResolvers<undefined>()
    const { id } = await runner.start(
      plan(async ({ signal }) => {
        begun.resolve(undefined)
        while (!signal.aborted) await sleep(2)
        throw new AppError('disk.failed', 'broken')
      }),
    )
    await begun.promise
    await runner.cancel(id)
    const { state, problem } = await runner.wait(id)
    assert.deepEqual([state, problem?.code], ['failed', 'disk.failed'])
  })

  it('needs a job that exists', async (t) => {
    const { runner } = jobSetup(t)
    await assert.rejects(
      () => runner.cancel('nothing'),
      (error) => isAppError(error, 'job.not_found'),
    )
  })
})

describe('a restart', () => {
  /** Leaves one job running and one queued, as a killed process does. */
  async function interrupted({ runner }: Setup): Promise<Job[]> {
    const jobs = await Promise.all(
      [1, 2].map((n) => runner.start(plan(endless, { needs: { store: true }, request: { n } }))),
    )
    await sleep(10)
    await runner[Symbol.asyncDispose]()
    return jobs
  }

  it('fails clearly what cannot be done again', async (t) => {
    const tested = jobSetup(t)
    const jobs = await interrupted(tested)
    assert.deepEqual(
      tested
        .onDisk()
        .map(({ state }) => state)
        .sort(),
      ['queued', 'running'],
    )
    const next = tested.again()
    await next.recover({})
    for (const { id } of jobs) {
      const { state, problem, ended_at } = await next.wait(id)
      assert.deepEqual([state, problem?.code], ['failed', 'job.interrupted'])
      assert.ok(ended_at)
    }
    assert.deepEqual(new Set(tested.onDisk().map(({ state }) => state)), new Set(['failed']))
  })

  it('does again what can be', async (t) => {
    const tested = jobSetup(t)
    const jobs = await interrupted(tested)
    const next = tested.again()
    await next.recover({
      'store.verify': (request) => ({ needs: {}, run: async () => ({ again: request['n'] }) }),
    })
    const ended = await Promise.all(jobs.map(({ id }) => next.wait(id)))
    assert.deepEqual(
      ended.map(({ state, result }) => [state, result]),
      [
        ['succeeded', { again: 1 }],
        ['succeeded', { again: 2 }],
      ],
    )
  })

  it('reports why a job cannot be repeated', async (t) => {
    const tested = jobSetup(t)
    const [job] = await interrupted(tested)
    const next = tested.again()
    await next.recover({
      'store.verify': () => {
        throw new AppError('input.invalid', 'An older request')
      },
    })
    assert.equal((await next.wait(job?.id ?? '')).problem?.code, 'input.invalid')
  })

  it('does not revive what a person cancelled', async (t) => {
    const tested = jobSetup(t)
    const stubborn = gate()
    const { id } = await tested.runner.start(
      plan(async ({ signal }) => {
        await stubborn.run({ ...quietWork, signal })
        checkCancelled(signal)
        return {}
      }),
    )
    await stubborn.begun
    await tested.runner.cancel(id)
    const stopped = tested.runner[Symbol.asyncDispose]()
    stubborn.open()
    await stopped
    assert.equal(tested.again().get(id).state, 'cancelled')
  })

  it('remembers jobs that ended', async (t) => {
    const { runner, again } = jobSetup(t)
    const { id } = await runner.start(plan(async () => ({ x: 1 })))
    const job = await runner.wait(id)
    assert.deepEqual(again().get(id), job)
  })

  it('passes over what is no record', (t) => {
    const { folder, again } = jobSetup(t)
    mkdirSync(folder)
    const id = '01890a5d-ac96-774b-bcce-b302099a8057'
    writeFileSync(join(folder, `${id}.json`), '{"torn":')
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    assert.equal(again().list({ limit: 10, offset: 0 }).total, 0)
    assert.deepEqual(readdirSync(folder).length, 2)
  })

  it('takes no new jobs while it stops', async (t) => {
    const { runner } = jobSetup(t)
    await runner[Symbol.asyncDispose]()
    await assert.rejects(
      () => runner.start(plan(endless)),
      (error) => isAppError(error, 'service.not_running'),
    )
  })
})

describe('the list', () => {
  it('has the newest first, paged and by state', async (t) => {
    const { runner } = jobSetup(t)
    const ids: string[] = []
    for (let n = 0; n < 5; n += 1) {
      const fails = n === 2
      const run: Run = () =>
        fails ? Promise.reject(new AppError('disk.full', '')) : Promise.resolve({})
      const { id } = await runner.start(plan(run, { request: { n } }))
      await runner.wait(id)
      ids.unshift(id)
    }
    const page = runner.list({ limit: 2, offset: 1 })
    assert.deepEqual([page.total, page.items.map(({ id }) => id)], [5, ids.slice(1, 3)])
    const failed = runner.list({ state: 'failed', limit: 50, offset: 0 })
    assert.deepEqual(
      failed.items.map(({ id }) => id),
      [ids[2]],
    )
  })

  it('keeps the last two hundred that ended', async (t) => {
    const { runner, onDisk } = jobSetup(t)
    for (let n = 0; n < 205; n += 1) {
      const { id } = await runner.start(plan(async () => ({}), { request: { n } }))
      await runner.wait(id)
    }
    await runner[Symbol.asyncDispose]()
    assert.equal(runner.list({ limit: 1, offset: 0 }).total, 200)
    const numbers = onDisk().map(({ request }) => request['n'])
    assert.deepEqual([numbers.length, numbers.includes(4), numbers.includes(5)], [200, false, true])
  })
})

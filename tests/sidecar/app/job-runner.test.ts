import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, isAppError } from '../../../schemas/errors.ts'
import type { AppEvent, Job } from '../../../schemas/jobs.ts'
import { openJobRunner, type JobPlan, type JobRunner } from '../../../sidecar/app/job-runner.ts'
import type { LogEntry } from '../../../sidecar/app/log.ts'
import { checkCancelled, type Work } from '../../../sidecar/domain/progress.ts'
import { observeDisk } from '../../../sidecar/platform/disk-calls.ts'
import { temporaryFolder } from '../../_support/http-app.ts'

interface World {
  readonly folder: string
  readonly runner: JobRunner
  readonly published: Job[]
  readonly saved: string[]
  readonly logged: LogEntry[]
  /** The runner of the next process. */
  again(): JobRunner
  onDisk(): Job[]
}

function world(t: TestContext): World {
  const folder = join(temporaryFolder(t), 'jobs')
  mkdirSync(folder)
  const published: Job[] = []
  const saved: string[] = []
  const logged: LogEntry[] = []
  const again = () =>
    openJobRunner({
      folder,
      clock: { now: () => Date.now() },
      publish: (event: AppEvent) => {
        if (event.type === 'job.updated') published.push(event.job)
      },
      save: ({ state }) => saved.push(state),
      log: (entry) => logged.push(entry),
    })
  const onDisk = () =>
    readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Job)
  return { folder, runner: again(), published, saved, logged, again, onDisk }
}

type Run = (work: Work) => Promise<Record<string, unknown>>

const plan = (run: Run, more: Partial<JobPlan> = {}): JobPlan => ({
  kind: 'store.verify',
  request: { all: true },
  actor: 'command',
  lane: 'disk',
  run,
  ...more,
})

/** Work that goes on until it is told to stop. */
const endless: Run = async ({ signal }) => {
  for (;;) {
    await sleep(2)
    checkCancelled(signal)
  }
}

/** Work that ends when the test says so. */
function gate(): {
  run: Run
  open: () => void
  begun: Promise<undefined>
  readonly started: number
} {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const begun = Promise.withResolvers<undefined>()
  const state = {
    started: 0,
    open: () => {
      resolve(undefined)
    },
    begun: begun.promise,
    run: async () => {
      state.started += 1
      begun.resolve(undefined)
      await promise
      return {}
    },
  }
  return state
}

describe('a job', () => {
  it('is queued, run and done, each told, indexed and on disk', async (t) => {
    const { runner, published, saved, onDisk } = world(t)
    const started = await runner.start(plan(async () => ({ verified: 3 })))
    assert.equal(onDisk()[0]?.id, started.id)
    const job = await runner.wait(started.id)
    assert.deepEqual([job.state, job.result, job.problem], ['succeeded', { verified: 3 }, null])
    assert.ok(job.started_at && job.ended_at)
    assert.deepEqual(
      published.map(({ state }) => state),
      ['queued', 'running', 'succeeded'],
    )
    assert.deepEqual(saved, ['queued', 'running', 'succeeded'])
    assert.deepEqual(onDisk(), [job])
  })

  it('that fails tells its problem', async (t) => {
    const { runner } = world(t)
    const error = new AppError('disk.full', 'No room', { hint: 'Free some.' })
    const { id } = await runner.start(plan(() => Promise.reject(error)))
    const { state, problem } = await runner.wait(id)
    assert.deepEqual([state, problem?.code, problem?.hint], ['failed', 'disk.full', 'Free some.'])
  })

  it('that breaks is hidden and logged', async (t) => {
    const { runner, logged } = world(t)
    const { id } = await runner.start(plan(() => Promise.reject(new TypeError('x of undefined'))))
    const { problem } = await runner.wait(id)
    assert.equal(problem?.code, 'internal')
    assert.doesNotMatch(JSON.stringify(problem), /undefined/u)
    assert.equal(logged[0]?.event, 'job.failed')
  })

  it('that is known to fail is refused, and none where the same goes on already', async (t) => {
    const { runner, onDisk } = world(t)
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

  it('of the same request is the same while it goes on', async (t) => {
    const { runner } = world(t)
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

  it('waits for room in its lane: two on disks, one on the store', async (t) => {
    const { runner } = world(t)
    const { run, open } = gate()
    const started = await Promise.all(
      (['disk', 'disk', 'disk', 'store', 'store'] as const).map((lane, n) =>
        runner.start(plan(run, { lane, request: { n } })),
      ),
    )
    await sleep(20)
    const states = () => started.map(({ id }) => runner.get(id).state)
    assert.deepEqual(states(), ['running', 'running', 'queued', 'running', 'queued'])
    assert.deepEqual(runner.counts(), { running: 3, queued: 2 })
    open()
    await Promise.all(started.map(({ id }) => runner.wait(id)))
    assert.deepEqual(runner.counts(), { running: 0, queued: 0 })
  })

  it('tells its progress four times a second at most, with speed and end, not to the disk', async (t) => {
    const { runner, published } = world(t)
    let writes = 0
    observeDisk(({ op, path }) => {
      if (op === 'rename' && path.includes('jobs')) writes += 1
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
    const told = published.filter(({ state, stage }) => state === 'running' && stage === 'reading')
    assert.ok(told.length >= 3 && told.length <= 8, String(told.length))
    const last = told.at(-1)
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
    const { runner } = world(t)
    const { id } = await runner.start(plan(endless))
    await sleep(10)
    await runner.cancel(id)
    const { state, problem } = await runner.wait(id)
    assert.deepEqual([state, problem?.code], ['cancelled', 'job.cancelled'])
  })

  it('stops work that hears it as an AbortError', async (t) => {
    const { runner } = world(t)
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
    const { runner } = world(t)
    const { run, open } = gate()
    const busy = await runner.start(plan(run, { lane: 'store', request: {} }))
    const never = gate()
    const { id } = await runner.start(plan(never.run, { lane: 'store' }))
    assert.equal((await runner.cancel(id)).state, 'cancelled')
    open()
    await runner.wait(busy.id)
    await sleep(10)
    assert.equal(never.started, 0)
  })

  it('changes nothing of a job that is done, or done all the same', async (t) => {
    const { runner } = world(t)
    const { run, open, begun } = gate()
    const { id } = await runner.start(plan(run))
    await begun
    await runner.cancel(id)
    open()
    assert.equal((await runner.wait(id)).state, 'succeeded')
    assert.equal((await runner.cancel(id)).state, 'succeeded')
  })

  it('does not hide that the work failed otherwise', async (t) => {
    const { runner } = world(t)
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
    const { runner } = world(t)
    await assert.rejects(
      () => runner.cancel('nothing'),
      (error) => isAppError(error, 'job.not_found'),
    )
  })
})

describe('a restart', () => {
  /** Leaves one job running and one queued, as a killed process does. */
  async function interrupted({ runner }: World): Promise<Job[]> {
    const jobs = await Promise.all(
      [1, 2].map((n) => runner.start(plan(endless, { lane: 'store', request: { n } }))),
    )
    await sleep(10)
    await runner[Symbol.asyncDispose]()
    return jobs
  }

  it('fails clearly what cannot be done again', async (t) => {
    const tested = world(t)
    const jobs = await interrupted(tested)
    assert.deepEqual(
      tested
        .onDisk()
        .map(({ state }) => state)
        .sort(),
      ['queued', 'running'],
    )
    const next = tested.again()
    await next.resume({})
    for (const { id } of jobs) {
      const { state, problem, ended_at } = await next.wait(id)
      assert.deepEqual([state, problem?.code], ['failed', 'job.interrupted'])
      assert.ok(ended_at)
    }
    assert.deepEqual(new Set(tested.onDisk().map(({ state }) => state)), new Set(['failed']))
  })

  it('does again what can be', async (t) => {
    const tested = world(t)
    const jobs = await interrupted(tested)
    const next = tested.again()
    await next.resume({
      'store.verify': (request) => ({ lane: 'disk', run: async () => ({ again: request['n'] }) }),
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

  it('tells of a job that cannot be made again why', async (t) => {
    const tested = world(t)
    const [job] = await interrupted(tested)
    const next = tested.again()
    await next.resume({
      'store.verify': () => {
        throw new AppError('input.invalid', 'An older request')
      },
    })
    assert.equal((await next.wait(job?.id ?? '')).problem?.code, 'input.invalid')
  })

  it('does not revive what a person cancelled', async (t) => {
    const tested = world(t)
    const stubborn = gate()
    const { id } = await tested.runner.start(
      plan(async ({ signal }) => {
        await stubborn.run({ signal, report: () => {} })
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
    const { runner, again } = world(t)
    const { id } = await runner.start(plan(async () => ({ x: 1 })))
    const job = await runner.wait(id)
    assert.deepEqual(again().get(id), job)
  })

  it('passes over what is no record', (t) => {
    const { folder, again } = world(t)
    const id = '01890a5d-ac96-774b-bcce-b302099a8057'
    writeFileSync(join(folder, `${id}.json`), '{"torn":')
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    assert.equal(again().list({ limit: 10, offset: 0 }).total, 0)
    assert.deepEqual(readdirSync(folder).length, 2)
  })

  it('takes no new jobs while it stops', async (t) => {
    const { runner } = world(t)
    await runner[Symbol.asyncDispose]()
    await assert.rejects(
      () => runner.start(plan(endless)),
      (error) => isAppError(error, 'service.not_running'),
    )
  })
})

describe('the list', () => {
  it('has the newest first, paged and by state', async (t) => {
    const { runner } = world(t)
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
    const { runner, onDisk } = world(t)
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

describe('a disk', () => {
  it('without the folder keeps nothing, and is asked again when there is one', async (t) => {
    const { folder, runner, onDisk, logged } = world(t)
    rmSync(folder, { recursive: true })
    const { run, open } = gate()
    const { id } = await runner.start(plan(run))
    mkdirSync(folder)
    open()
    assert.equal((await runner.wait(id)).state, 'succeeded')
    assert.deepEqual([onDisk()[0]?.state, logged.length], ['succeeded', 0])
  })

  it('that refuses a record costs the record, not the job', async (t) => {
    const { runner, logged } = world(t)
    observeDisk(({ op }) => {
      if (op === 'create') throw Object.assign(new Error('no'), { code: 'EROFS' })
    })
    t.after(() => observeDisk(null))
    const { id } = await runner.start(plan(async () => ({ x: 1 })))
    assert.deepEqual((await runner.wait(id)).result, { x: 1 })
    assert.equal(logged[0]?.event, 'job.record_lost')
  })
})

/** Who runs beside whom, and who comes first. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { lanesOf } from '../../../../sidecar/app/jobs/device-lanes.ts'
import { JobLanes, type Lane } from '../../../../sidecar/app/jobs/job-lanes.ts'
import type { JobNeeds, JobPriority } from '../../../../sidecar/app/jobs/job-model.ts'
import type { JobRunner } from '../../../../sidecar/app/jobs/job-runner.ts'
import { checkCancelled } from '../../../../sidecar/domain/progress.ts'
import { gate, jobSetup, plan, type Run } from '../../../_support/job-setup.ts'

const on = (...paths: string[]): JobNeeds => ({ paths })
const STORE: JobNeeds = { store: true }

/** Waits until so many jobs run and all others have had their chance. */
async function settled(runner: JobRunner, running: number): Promise<void> {
  for (let turn = 0; turn < 1000 && runner.counts().running < running; turn += 1) await sleep(2)
  await sleep(20)
  assert.equal(runner.counts().running, running)
}

describe('jobs run beside each other', () => {
  const cases: readonly [what: string, needs: JobNeeds[], running: number[]][] = [
    ['two on one disk of unknown kind', ['/a/1', '/a/2', '/a/3'].map((path) => on(path)), [0, 1]],
    ['two on one solid disk', ['/solid/1', '/solid/2', '/solid/3'].map((path) => on(path)), [0, 1]],
    [
      'two on one server',
      ['/network/1', '/network/2', '/network/3'].map((path) => on(path)),
      [0, 1],
    ],
    ['one on a spinning disk', ['/spinning/1', '/spinning/2'].map((path) => on(path)), [0]],
    [
      'one each on two spinning disks',
      ['/spinning-a/1', '/spinning-b/1'].map((path) => on(path)),
      [0, 1],
    ],
    ['one on the store, whatever the disks do', [STORE, STORE, on('/a/1'), on('/a/2')], [0, 2, 3]],
    ['those that need nothing', [{}, {}, {}, {}], [0, 1, 2, 3]],
    [
      'where all of their disks have room',
      [on('/spinning-a/1', '/solid/1'), on('/spinning-a/2', '/solid/2'), on('/solid/3')],
      [0, 2],
    ],
  ]
  for (const [what, needs, running] of cases) {
    it(what, async (t) => {
      const { runner } = jobSetup(t)
      const { run, open } = gate()
      const jobs = []
      for (const [n, one] of needs.entries()) {
        jobs.push(await runner.start(plan(run, { needs: one, request: { n } })))
        await sleep(2)
      }
      await settled(runner, running.length)
      const states = jobs.map(({ id }) => runner.get(id).state)
      assert.deepEqual(
        states,
        jobs.map((_job, n) => (running.includes(n) ? 'running' : 'queued')),
      )
      open()
      for (const { id } of jobs) assert.equal((await runner.wait(id)).state, 'succeeded')
    })
  }

  it('whose lanes cross, all in the end', async () => {
    const lanes = new JobLanes()
    const lane = (id: string): Lane => ({ id, width: 1, order: id.length })
    const pairs = Array.from({ length: 60 }, (_, n) => [
      lane(`d${String(n % 3)}`),
      lane(`d${String((n * 7 + 1) % 4)}`),
      lane('store'),
    ])
    const busy = new Set<string>()
    const done = pairs.map((wanted) => {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const unique = [...new Map(wanted.map((one) => [one.id, one])).values()]
      const run = async () => {
        for (const { id } of unique) assert.ok(!busy.has(id), id)
        for (const { id } of unique) busy.add(id)
        await sleep(1)
        for (const { id } of unique) busy.delete(id)
        resolve(undefined)
      }
      lanes.add({ lanes: unique, priority: 'normal', run, giveWay: () => undefined })
      return promise
    })
    await Promise.all(done)
  })
})

describe('the lanes of a job', () => {
  it('are looked up once for a folder of many files', async () => {
    const asked: string[] = []
    const paths = Array.from({ length: 5000 }, (_, n) => `/models/loras/${String(n)}`)
    const lanes = await lanesOf({ paths: [...paths, '/store/blobs'] }, async (path) => {
      asked.push(path)
      return [{ id: path.startsWith('/store') ? 'device:b' : 'device:a', kind: 'spinning' }]
    })
    assert.deepEqual(asked, ['/models/loras', '/store/blobs'])
    assert.deepEqual(lanes, [
      { id: 'device:a', width: 1, order: 1 },
      { id: 'device:b', width: 1, order: 1 },
    ])
  })
})

describe('priority', () => {
  /** Runs jobs of these priorities on a disk that is busy when they are asked for. */
  async function order(
    runner: JobRunner,
    priorities: readonly (JobPriority | undefined)[],
  ): Promise<(JobPriority | undefined)[]> {
    const ran: (JobPriority | undefined)[] = []
    const busy = gate()
    await runner.start(plan(busy.run, { needs: on('/spinning/0'), request: { busy: true } }))
    await busy.begun
    const jobs = []
    for (const [n, priority] of priorities.entries()) {
      const run: Run = async () => {
        ran.push(priority)
        return {}
      }
      const more = { needs: on('/spinning/1'), request: { n }, ...(priority && { priority }) }
      jobs.push(await runner.start(plan(run, more)))
      await sleep(2)
    }
    busy.open()
    for (const { id } of jobs) await runner.wait(id)
    return ran
  }

  it('runs interactive work first, and idle work last', async (t) => {
    const { runner } = jobSetup(t)
    const asked = ['idle', 'normal', undefined, 'interactive', 'interactive'] as const
    assert.deepEqual(await order(runner, asked), [
      ...['interactive', 'interactive'],
      ...['normal', undefined],
      'idle',
    ])
  })

  it('of a job that waits rises when it is asked for anew', async (t) => {
    const { runner } = jobSetup(t)
    const busy = gate()
    await runner.start(plan(busy.run, { needs: on('/spinning/0'), request: { busy: true } }))
    await busy.begun
    const ran: string[] = []
    const one = (name: string, priority: JobPriority) => {
      const run: Run = async () => {
        ran.push(name)
        return {}
      }
      return runner.start(plan(run, { needs: on('/spinning/1'), request: { name }, priority }))
    }
    const late = await one('late', 'idle')
    const other = await one('other', 'normal')
    const raised = await one('late', 'interactive')
    assert.deepEqual([raised.id, raised.priority], [late.id, 'interactive'])
    assert.equal((await one('late', 'idle')).priority, 'interactive')
    busy.open()
    await Promise.all([runner.wait(late.id), runner.wait(other.id)])
    assert.deepEqual(ran, ['late', 'other'])
  })

  it('has idle work that goes on where it was make room', async (t) => {
    const { runner, onDisk } = jobSetup(t)
    const runs: unknown[] = []
    const scrub: Run = async ({ signal, kept, checkpoint }) => {
      runs.push(kept?.cursor ?? null)
      for (let n = Number(kept?.cursor['n'] ?? 0); n < 1000; n += 1) {
        if (runs.length > 1) return { n }
        await sleep(1)
        checkpoint({ n })
        checkCancelled(signal)
      }
      return {}
    }
    const idle = { needs: on('/spinning/1'), priority: 'idle', yields: true } as const
    const { id } = await runner.start(plan(scrub, idle))
    while (runs.length === 0) await sleep(1)
    const urgent = gate()
    const more = { needs: on('/spinning/2'), request: { urgent: true } }
    const { id: urgentId } = await runner.start(plan(urgent.run, more))
    await urgent.begun
    assert.equal(runner.get(id).state, 'queued')
    assert.equal(onDisk().find((job) => job.id === id)?.state, 'queued')
    urgent.open()
    await runner.wait(urgentId)
    const { state, result } = await runner.wait(id)
    assert.deepEqual([state, runs.length], ['succeeded', 2])
    assert.ok(Number(result?.['n']) > 0, 'it went on where it was')
  })
})

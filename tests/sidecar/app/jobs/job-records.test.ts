import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { isAppError } from '../../../../schemas/errors.ts'
import { openJobRunner } from '../../../../sidecar/app/jobs/job-runner.ts'
import { observeDisk } from '../../../../sidecar/platform/disk-calls.ts'
import { temporaryFolder } from '../../../_support/http-app.ts'
import { endless, gate, jobSetup, plan, type Run } from '../../../_support/job-setup.ts'

describe('a long result', () => {
  const rows = Array.from({ length: 2500 }, (_, n) => ({ path: `/f\u2028${String(n)}`, n }))
  const failed = { path: '/bad', n: -1 }
  const long = () =>
    plan(async () => ({ imported: 2500, files: [...rows, failed], skipped: [] }), {
      important: (row) => (row as { n: number }).n === -1,
    })

  it('is returned with its first rows, failures before others, and paged', async (t) => {
    const { runner, again, folder } = jobSetup(t)
    const { id } = await runner.start(long())
    const whole = await runner.wait(id)
    assert.deepEqual(whole.result?.['files'], [...rows, failed])
    await runner[Symbol.asyncDispose]()
    for (const one of [runner, again()]) {
      const job = one.get(id)
      assert.deepEqual(job.lists, { files: 2501, skipped: 0 })
      assert.deepEqual(job.result?.['files'], [failed, ...rows.slice(0, 19)])
      const page = await one.items(id, { limit: 3, offset: 1999 })
      assert.deepEqual([page.list, page.total], ['files', 2501])
      assert.deepEqual(page.items, rows.slice(1999, 2002))
      const last = await one.items(id, { list: 'files', limit: 1000, offset: 2500 })
      assert.deepEqual(last.items, [failed])
      assert.deepEqual((await one.items(id, { list: 'skipped', limit: 5, offset: 0 })).items, [])
    }
    const size = readFileSync(join(folder, `${id}.json`)).length
    assert.ok(size < 10_000, String(size))
  })

  it('is not part of any event', async (t) => {
    const { runner, published } = jobSetup(t)
    const { id } = await runner.start(long())
    await runner.wait(id)
    for (const facts of published) assert.ok(JSON.stringify(facts).length < 1000)
  })

  it('has the lists that it has', async (t) => {
    const { runner } = jobSetup(t)
    const { id } = await runner.start(long())
    await runner.wait(id)
    await assert.rejects(runner.items(id, { list: 'toString', limit: 1, offset: 0 }), (error) =>
      isAppError(error, 'input.invalid'),
    )
  })

  it('goes with its job', async (t) => {
    const { runner, folder } = jobSetup(t)
    for (let n = 0; n < 202; n += 1) {
      const run: Run = async () => ({ rows: [n] })
      await runner.wait((await runner.start(plan(run, { request: { n } }))).id)
    }
    await runner[Symbol.asyncDispose]()
    const kept = readdirSync(folder).filter((name) => name.endsWith('.items.jsonl'))
    assert.equal(kept.length, 200)
  })
})

describe('jobs of two processes', () => {
  /** A process that runs a job, and is reported to die or to end it. */
  async function other(t: TestContext, folder: string) {
    const program = `
      import { openJobRunner } from ${JSON.stringify(import.meta.resolve('../../../../sidecar/app/jobs/job-runner.ts'))}
      const runner = openJobRunner({ folder: ${JSON.stringify(folder)}, clock: Date, publish() {} })
      const ended = Promise.withResolvers()
      const begun = Promise.withResolvers()
      const run = () => (begun.resolve(), ended.promise)
      const plan = { kind: 'store.verify', request: { all: true }, actor: 'other', needs: {}, run }
      const { id } = await runner.start(plan)
      await begun.promise
      process.stdout.write(id)
      process.stdin.once('data', async () => {
        ended.resolve({ done: 'there' })
        await runner[Symbol.asyncDispose]()
        process.exit()
      })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    t.after(() => child.kill('SIGKILL'))
    const [id] = (await once(child.stdout, 'data')) as [Buffer]
    return { child, id: id.toString() }
  }

  it('are left to the living one, and returned as recorded', async (t) => {
    const { folder, again } = jobSetup(t)
    const { child, id } = await other(t, folder)
    const runner = again()
    await runner.recover({})
    await runner.refresh()
    assert.notEqual(runner.get(id).state, 'failed')
    assert.equal((await runner.start(plan(endless))).id, id, 'the same request is the same job')
    child.stdin.write('end')
    await once(child, 'exit')
    await runner.refresh()
    assert.deepEqual(runner.get(id).result, { done: 'there' })
  })

  it('are cancelled where they run, or by any process once they are abandoned', async (t) => {
    const { folder, again } = jobSetup(t)
    const { child, id } = await other(t, folder)
    const runner = again()
    await assert.rejects(runner.cancel(id), (error) => isAppError(error, 'job.elsewhere'))
    child.kill('SIGKILL')
    await once(child, 'exit')
    assert.equal((await runner.cancel(id)).state, 'cancelled')
    assert.equal(again().get(id).state, 'cancelled', 'on disk too')
  })

  it('go on here where the same was asked for and their process was killed', async (t) => {
    const { folder, again } = jobSetup(t)
    const done: Run = async () => ({ done: 'here' })
    for (const dies of ['before', 'after'] as const) {
      const { child, id } = await other(t, folder)
      const kill = async () => {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      const runner = again()
      if (dies === 'before') await kill()
      assert.equal((await runner.start(plan(done))).id, id)
      if (dies === 'after') await kill()
      await runner.refresh()
      assert.deepEqual((await runner.wait(id)).result, { done: 'here' }, dies)
      await runner[Symbol.asyncDispose]()
    }
  })

  it('wait for the next start where their process was killed, and go on with their asker', async (t) => {
    const { folder, again } = jobSetup(t)
    const { child, id } = await other(t, folder)
    child.kill('SIGKILL')
    await once(child, 'exit')
    const command = again()
    await command.refresh()
    assert.deepEqual([command.get(id).state, command.get(id).stage], ['queued', 'interrupted'])
    const runner = again()
    await runner.recover({
      'store.verify': (_request, actor) => ({ needs: {}, run: async () => ({ actor }) }),
    })
    assert.deepEqual((await runner.wait(id)).result, { actor: 'other' })
    await runner[Symbol.asyncDispose]()
    const locks = readdirSync(folder).filter((name) => name.endsWith('.lock'))
    assert.deepEqual(locks, [], 'no lock of a process stays')
  })
})

describe('a disk', () => {
  it('without the folder above keeps nothing below it, and says so', async (t) => {
    const folder = join(temporaryFolder(t), 'gone', 'jobs')
    const clock = { now: () => Date.now() }
    await using runner = openJobRunner({ folder, clock, publish: () => undefined })
    const { id, recorded } = await runner.start(plan(async () => ({ rows: [1, 2] })))
    assert.equal(recorded, false)
    assert.deepEqual((await runner.wait(id)).result, { rows: [1, 2] })
    assert.deepEqual(runner.counts(), { running: 0, queued: 0, paused: 0, unrecorded: 1 })
    assert.equal(existsSync(folder), false)
  })

  it('that lost the folder gets it again', async (t) => {
    const { folder, runner, onDisk } = jobSetup(t)
    const { run, open } = gate()
    const { id } = await runner.start(plan(run))
    rmSync(folder, { recursive: true })
    open()
    const { state, recorded } = await runner.wait(id)
    assert.deepEqual([state, recorded], ['succeeded', undefined])
    assert.equal(onDisk()[0]?.state, 'succeeded')
  })

  it('that refuses a record costs the record, not the job', async (t) => {
    const { runner, logged } = jobSetup(t)
    observeDisk(({ op }) => {
      if (op === 'create') throw Object.assign(new Error('no'), { code: 'EROFS' })
    })
    t.after(() => observeDisk(null))
    const { id } = await runner.start(plan(async () => ({ x: 1 })))
    const { result, recorded } = await runner.wait(id)
    assert.deepEqual([result, recorded], [{ x: 1 }, false])
    assert.ok(logged.some(({ event }) => event === 'job.record_lost'))
  })
})

/** Work that goes on when the service is killed and started again. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ENDINGS, endOf, newPlace, recordOf, runCommand, startCommand } from './real-service.ts'
import { startService, until, writeModels, type Place, type RealService } from './real-service.ts'

const MB = 1024 * 1024

async function startImport({ client }: RealService, place: Place, files = 24) {
  const folder = join(place.folder, 'models/loras')
  writeModels(folder, files, 4 * MB)
  return client.call('imports.start', { body: { paths: [folder], pack: 'Mine' } })
}

async function isMidway({ client }: RealService, id: string): Promise<boolean> {
  const { state, stage, done } = await client.call('jobs.show', { params: { id } })
  assert.ok(state === 'queued' || state === 'running', `too early: ${state}`)
  return stage === 'importing' && done > 0
}

describe('an import', () => {
  for (const signal of ENDINGS) {
    test(`that ${signal} ends goes on by itself, and ends with every file`, async (t) => {
      const place = newPlace(t)
      const first = await startService(place)
      const { id, actor } = await startImport(first, place)
      await until(() => isMidway(first, id))
      await first.stop(signal)
      assert.equal(recordOf(place, id).state, 'running')
      const second = await startService(place)
      const job = await endOf(second.client, id)
      assert.deepEqual([job.state, job.actor, job.lists?.['files']], ['succeeded', actor, 24])
      const page = await second.client.call('jobs.items', { params: { id } })
      assert.equal(page.total, 24)
      const inventory = await second.client.call('inventory.list')
      assert.equal(inventory.total, 24)
      const pack = await second.client.call('packs.show', { params: { name: 'Mine' } })
      assert.equal(pack.pack.dependencies?.length, 24)
    })
  }

  test('keeps its result over a restart', async (t) => {
    const place = newPlace(t)
    const first = await startService(place)
    const { id } = await startImport(first, place, 3)
    const job = await endOf(first.client, id)
    await first.stop('SIGKILL')
    const second = await startService(place)
    assert.deepEqual(await second.client.call('jobs.show', { params: { id } }), job)
    const page = await second.client.call('jobs.items', { params: { id }, query: { limit: 2 } })
    assert.deepEqual([page.total, page.items.length], [3, 2])
  })
})

describe('reading back, doctor and adoption', () => {
  test('go on after a kill', async (t) => {
    const place = newPlace(t)
    const first = await startService(place)
    await endOf(first.client, (await startImport(first, place)).id)
    const verify = await first.client.call('inventory.verify', { body: { all: true } })
    const doctor = await first.client.call('store.doctor', { body: { verify_blobs: true } })
    await first.stop('SIGKILL')
    const second = await startService(place)
    for (const { id } of [verify, doctor]) {
      const { state, problem } = await endOf(second.client, id)
      assert.ok(state === 'succeeded' || problem?.code === 'job.interrupted', problem?.detail)
    }
    const { lists } = await endOf(second.client, verify.id)
    assert.equal(lists?.['valid'], 24)
  })
})

describe('records', () => {
  test('are made in a store that has no folder for them', async (t) => {
    const place = newPlace(t)
    const first = await startService(place)
    await first.stop('SIGTERM')
    rmSync(join(place.root, 'data/jobs'), { recursive: true, force: true })
    const second = await startService(place)
    const { id } = await startImport(second, place, 1)
    assert.ok(existsSync(join(place.root, 'data/jobs', `${id}.json`)))
    assert.equal((await endOf(second.client, id)).recorded, undefined)
  })
})

describe('two programs on one store', () => {
  test('a second service says who is first', async (t) => {
    const place = newPlace(t)
    const first = await startService(place)
    const { code, errors } = runCommand(place, 'serve', '--port', '0')
    assert.equal(code, 3)
    assert.match(errors, new RegExp(first.url, 'u'))
  })

  test("a service leaves a living command's job to it, and takes over a dead one's", async (t) => {
    const place = newPlace(t)
    assert.equal(runCommand(place, 'init').code, 0)
    const folder = join(place.folder, 'models/loras')
    writeModels(folder, 60, 4 * MB)
    const command = startCommand(place, 'import', folder)
    const jobs = join(place.root, 'data/jobs')
    const records = () =>
      existsSync(jobs) ? readdirSync(jobs).filter((name) => name.endsWith('.json')) : []
    await until(() => records().length > 0 && command.exitCode === null)
    const id = records()[0]?.slice(0, -'.json'.length) ?? ''
    await until(() => recordOf(place, id).state === 'running')
    const service = await startService(place)
    const { state } = await service.client.call('jobs.show', { params: { id } })
    assert.ok(state === 'running' || state === 'succeeded', state)
    command.kill('SIGKILL')
    await service.stop('SIGTERM')
    const second = await startService(place)
    assert.equal((await endOf(second.client, id)).state, 'succeeded')
    assert.equal((await second.client.call('inventory.list')).total, 60)
  })

  test('commands beside a service ask it', async (t) => {
    const place = newPlace(t)
    const service = await startService(place)
    const [file = ''] = writeModels(join(place.folder, 'models/loras'), 1, MB)
    const imported = runCommand(place, 'import', file, '--pack', 'One')
    assert.deepEqual([imported.code, imported.errors.includes('rror')], [0, false])
    assert.match(runCommand(place, 'jobs').out, /import/u)
    assert.equal((await service.client.call('jobs.list')).total, 1)
  })
})

test('SIGTERM ends a service with open streams', async (t) => {
  const place = newPlace(t)
  const service = await startService(place)
  const headers = { Authorization: `Bearer ${service.token}` }
  const streams = await Promise.all(
    Array.from({ length: 20 }, () => fetch(`${service.url}/api/events`, { headers })),
  )
  const read = streams.map(async (stream) => stream.text().catch(() => ''))
  await service.stop('SIGTERM')
  await Promise.all(read)
})

/** Long reading that is killed or paused goes on where it was. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { endOf, newPlace, recordOf, runCommand, startService, until } from './real-service.ts'
import { writeModels, type Place, type RealService } from './real-service.ts'

const FILES = 900

/** A service whose store has many models, and a job that reads them back. */
async function reading(t: TestContext) {
  const place = newPlace(t)
  const service = await startService(place)
  const folder = join(place.folder, 'models/loras')
  writeModels(folder, FILES, 128 * 1024)
  const body = { paths: [folder], mode: 'move' as const }
  await endOf(service.client, (await service.client.call('imports.start', { body })).id)
  const { id } = await service.client.call('inventory.verify', { body: { all: true } })
  return { place, service, id }
}

/** Which models were read back, as the ledger has it. */
function readings(place: Place): string[] {
  const lines = readFileSync(join(place.root, 'data/ledger/copies/store.jsonl'), 'utf8').split('\n')
  const records = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Reading)
  return records.filter(({ how }) => how === 'read_back').map(({ sha256 }) => sha256)
}

interface Reading {
  readonly sha256: string
  readonly how?: string
}

async function doneReading({ client }: RealService, place: Place, id: string, after: string) {
  const job = await endOf(client, id)
  assert.deepEqual(
    [job.state, job.lists?.['valid'], job.result?.['verified']],
    ['succeeded', FILES, FILES],
  )
  const again = readings(place).filter((sha256) => sha256 <= after)
  assert.ok(again.length > 0)
  assert.equal(again.length, new Set(again).size, 'what the cursor had passed was not read again')
}

const cursorOf = (place: Place, id: string) => recordOf(place, id).cursor?.at['after']

describe('reading all models back', () => {
  test('goes on at its cursor after a kill', async (t) => {
    const { place, service, id } = await reading(t)
    await until(() => cursorOf(place, id) !== undefined)
    await service.stop('SIGKILL')
    const { state, cursor } = recordOf(place, id)
    assert.equal(state, 'running', 'killed too late')
    const next = await startService(place)
    await doneReading(next, place, id, String(cursor?.at['after']))
  })

  test('stays paused over a kill, and goes on when a command resumes it', async (t) => {
    const { place, service, id } = await reading(t)
    await until(() => cursorOf(place, id) !== undefined)
    assert.equal(runCommand(place, 'jobs', 'pause', id).code, 0)
    await until(() => recordOf(place, id).state === 'paused')
    const after = String(cursorOf(place, id))
    await service.stop('SIGKILL')
    const next = await startService(place)
    assert.match(runCommand(place, 'jobs').out, /paused/u)
    assert.match(runCommand(place, 'status').out, /1 paused/u)
    const wanted = await next.client.call('jobs.show', { params: { id } })
    assert.equal(wanted.state, 'paused')
    assert.equal(runCommand(place, 'jobs', 'resume', id).code, 0)
    await doneReading(next, place, id, after)
  })
})

test('idle work stays paused over a restart', async (t) => {
  const place = newPlace(t)
  const first = await startService(place)
  assert.equal(runCommand(place, 'jobs', 'pause', 'idle').code, 0)
  await first.stop('SIGKILL')
  await startService(place)
  assert.match(runCommand(place, 'status').out, /idle work is paused/u)
  assert.equal(runCommand(place, 'jobs', 'resume', 'idle').code, 0)
  assert.doesNotMatch(runCommand(place, 'status').out, /idle work is paused/u)
})

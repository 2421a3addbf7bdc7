import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { Clock } from '../../../../sidecar/platform/clock.ts'
import { createSynapse, type Synapse } from '../../../../sidecar/http/create-synapse.ts'
import { temporaryFolder } from '../../../_support/test-synapse.ts'

const DAY = 86_400_000
const BYTES = 'a model that was deleted'

/** A Synapse whose clock the test sets, with one model. */
async function withClock(t: TestContext) {
  const base = temporaryFolder(t)
  const time = { now: Date.now() }
  const clock: Clock = { now: () => time.now }
  const synapse = await createSynapse({
    root: join(base, 'store'),
    home: join(base, 'home'),
    clock,
    checkAnswers: true,
  })
  t.after(() => synapse[Symbol.asyncDispose]())
  await synapse.client.call('store.init', { body: {} })
  return { ...synapse, base, time }
}

async function deleteOne(synapse: Synapse, base: string, name = 'one.safetensors') {
  const { client, services } = synapse
  const path = join(base, name)
  fs.writeFileSync(path, BYTES + name)
  const job = await client.call('imports.start', {
    body: { paths: [path], kind: 'lora', mode: 'copy' },
  })
  await services.jobs.wait(job.id)
  const { items } = await client.call('inventory.list', { query: { status: 'orphan' } })
  const sha256 = items[0]?.sha256 ?? ''
  await client.call('inventory.delete', {
    params: { item: sha256 },
    query: { confirm_last_copy: sha256 },
  })
  const entry = (await client.call('trash.list', { query: {} })).items.find(
    (one) => one.sha256 === sha256,
  )
  return { sha256, id: entry?.id ?? '' }
}

const clean = (synapse: Synapse) => synapse.client.call('store.clean', { body: {} })

describe('the time of the trash', () => {
  it('is not over where the clock is far ahead: said, and only after another day', async (t) => {
    const setup = await withClock(t)
    await deleteOne(setup, setup.base)
    setup.time.now += 365 * DAY
    const first = await clean(setup)
    assert.equal(first.trash_expired, 0)
    assert.match(first.notes.join(' '), /clock has jumped/u)
    assert.equal((await clean(setup)).trash_expired, 0)
    setup.time.now += DAY
    assert.equal((await clean(setup)).trash_expired, 1)
  })

  it('is not over where the wrong clock also wrote to the journal', async (t) => {
    const setup = await withClock(t)
    await deleteOne(setup, setup.base)
    setup.time.now += 365 * DAY
    await setup.client.call('store.config_edit', { body: { trash: { days: 8 } } })
    assert.equal((await clean(setup)).trash_expired, 0)
    setup.time.now -= 365 * DAY
    assert.equal((await clean(setup)).trash_expired, 0)
    assert.equal((await setup.client.call('trash.list', { query: {} })).total, 1)
  })

  it('counts from the newest time known where the clock is behind', async (t) => {
    const setup = await withClock(t)
    await setup.client.call('store.config_edit', { body: { trash: { days: 7 } } })
    const right = setup.time.now
    setup.time.now = Date.parse('1971-01-01')
    await deleteOne(setup, setup.base)
    setup.time.now = right + DAY
    assert.equal((await clean(setup)).trash_expired, 0)
    assert.equal((await setup.client.call('trash.list', { query: {} })).total, 1)
  })

  it('is over when it is over', async (t) => {
    const setup = await withClock(t)
    await deleteOne(setup, setup.base)
    for (let day = 0; day < 8; day += 1) {
      setup.time.now += DAY
      await setup.client.call('store.config_edit', { body: { trash: { days: 7 + (day % 2) } } })
    }
    assert.equal((await clean(setup)).trash_expired, 1)
  })
})

const DAMAGE: Readonly<Record<string, (entry: string) => void>> = {
  torn: (entry) => {
    fs.writeFileSync(entry, '{"schema": "synapse.tr')
  },
  gone: (entry) => {
    fs.rmSync(entry)
  },
  'of the future': (entry) => {
    fs.writeFileSync(entry, '{"schema": "synapse.trash_entry.v9"}')
  },
}

for (const [what, damage] of Object.entries(DAMAGE)) {
  describe(`an entry whose record is ${what}`, () => {
    async function damaged(t: TestContext) {
      const setup = await withClock(t)
      const { sha256, id } = await deleteOne(setup, setup.base)
      damage(join(setup.services.store.paths.trash, id, 'entry.json'))
      return { ...setup, sha256, id }
    }

    it('is listed, counted and reported', async (t) => {
      const { client, services, sha256 } = await damaged(t)
      const { items } = await client.call('trash.list', { query: {} })
      assert.deepEqual(
        items.map((one) => [one.sha256, one.display_name, one.expires_at]),
        [[sha256, 'one.safetensors', null]],
      )
      assert.equal((await client.call('store.status')).trash.entries, 1)
      const job = await client.call('store.doctor', { body: {} })
      assert.match(JSON.stringify((await services.jobs.wait(job.id)).result), /trash/u)
    })

    it('never expires, and goes when the trash is emptied', async (t) => {
      const setup = await damaged(t)
      setup.time.now += 400 * DAY
      await clean(setup)
      setup.time.now += 2 * DAY
      assert.equal((await clean(setup)).trash_expired, 0)
      assert.equal((await setup.client.call('trash.empty')).removed, 1)
    })

    it('is restored under the digest of its bytes', async (t) => {
      const { client, services, sha256, id } = await damaged(t)
      const restored = await client.call('trash.restore', { params: { id }, body: {} })
      assert.equal(restored.sha256, sha256)
      assert.ok(services.store.reader.hasBlob(sha256 as never))
    })

    it('does not stand in the way of undo', async (t) => {
      const { client, services, sha256 } = await damaged(t)
      const { items } = await client.call('journal.list', { query: { op: 'blob.delete' } })
      await client.call('journal.undo', { params: { id: items[0]?.id ?? '' }, body: {} })
      assert.ok(services.store.reader.hasBlob(sha256 as never))
    })
  })
}

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { isAppError } from '../../../schemas/errors.ts'
import type { DoctorReport } from '../../../schemas/store.ts'
import { createTestSynapse, type TestSynapse } from '../../_support/test-synapse.ts'

/** A store with two packs of a model each; A is in use. */
async function twoPacks(t: TestContext): Promise<TestSynapse> {
  const test = await createTestSynapse(t)
  for (const pack of ['A', 'B']) {
    const path = test.file(`loras/${pack}.safetensors`, `the model of ${pack}`)
    await test.import({ paths: [path], kind: 'lora', pack })
  }
  await test.client.call('profiles.use', { body: { pack: 'A' } })
  return test
}

async function doctor(test: TestSynapse, body: { forget_packs?: boolean } = {}) {
  const job = await test.wait(await test.client.call('store.doctor', { body }))
  const { findings } = job.result as unknown as DoctorReport
  return findings.filter(({ check }) => check === 'papers').map(({ path }) => path)
}

async function orphans({ client }: TestSynapse): Promise<number> {
  const query = { status: 'orphan' as const }
  return (await client.call('inventory.list', { query })).total
}

const cleanup = ({ client }: TestSynapse) =>
  client.call('inventory.cleanup', { body: { dry_run: false, include_only_copies: true } })
const refused = (error: unknown) => isAppError(error, 'inventory.references_unreadable')

/** Takes a pack out of a profile by hand. */
function takeOut({ root }: TestSynapse, profile: string, pack: string): void {
  const path = join(root, 'state/profiles', profile, 'profile.json')
  const document = JSON.parse(fs.readFileSync(path, 'utf8')) as { packs: { name: string }[] }
  document.packs = document.packs.filter(({ name }) => name !== pack)
  fs.writeFileSync(path, JSON.stringify(document))
}

const WAYS: Readonly<Record<string, (test: TestSynapse) => string[]>> = {
  'all packs': ({ root }) => {
    fs.rmSync(join(root, 'state/packs'), { recursive: true })
    fs.mkdirSync(join(root, 'state/packs'))
    return [
      'state/packs/A/lock.json',
      'state/packs/A/pack.json',
      'state/packs/B/lock.json',
      'state/packs/B/pack.json',
    ]
  },
  'the folder of the packs': ({ root }) => {
    fs.rmSync(join(root, 'state/packs'), { recursive: true })
    return [
      'state/packs/A/lock.json',
      'state/packs/A/pack.json',
      'state/packs/B/lock.json',
      'state/packs/B/pack.json',
    ]
  },
  'a lock': ({ root }) => {
    fs.rmSync(join(root, 'state/packs/B/lock.json'))
    return ['state/packs/B/lock.json']
  },
  'a pack that a profile names': ({ root }) => {
    fs.rmSync(join(root, 'state/packs/B'), { recursive: true })
    return ['state/packs/B/lock.json', 'state/packs/B/pack.json']
  },
  'a pack with its name in every profile': (test) => {
    fs.rmSync(join(test.root, 'state/packs/B'), { recursive: true })
    for (const profile of ['global', 'work__A']) takeOut(test, profile, 'B')
    return ['state/packs/B/lock.json', 'state/packs/B/pack.json']
  },
  'a pack that the journal alone knows': (test) => {
    fs.rmSync(join(test.root, 'data/ledger/packs.jsonl'))
    fs.rmSync(join(test.root, 'state/packs/B'), { recursive: true })
    for (const profile of ['global', 'work__A']) takeOut(test, profile, 'B')
    return ['state/packs/B/pack.json']
  },
  'a pack that a view alone knows': (test) => {
    fs.rmSync(join(test.root, 'data/ledger/packs.jsonl'))
    fs.rmSync(join(test.root, 'data/journal'), { recursive: true })
    fs.rmSync(join(test.root, 'state/packs/A'), { recursive: true })
    for (const profile of ['global', 'work__A']) takeOut(test, profile, 'A')
    return ['state/packs/A/pack.json']
  },
}

for (const [what, remove] of Object.entries(WAYS)) {
  describe(`${what} that is not there`, () => {
    it('counts as unreadable: nothing is an orphan, cleaning up is refused', async (t) => {
      const test = await twoPacks(t)
      const paths = remove(test)
      assert.deepEqual(await doctor(test), paths)
      assert.equal(await orphans(test), 0)
      await assert.rejects(cleanup(test), refused)
      await test.synapse.services.index.rebuild(test.synapse.services.store.reader)
      assert.equal(await orphans(test), 0, 'also of an index made anew')
      await assert.rejects(cleanup(test), refused)
    })

    it('is gone once a person says so', async (t) => {
      const before = await twoPacks(t)
      const packs = new Set(remove(before).map((path) => path.split('/')[2] ?? ''))
      const test = await createTestSynapse(t, before.root)
      for (const pack of packs) {
        await test.client.call('packs.delete', { params: { name: pack }, query: {} })
      }
      assert.deepEqual(await doctor(test), [])
      assert.equal(await orphans(test), packs.size)
      assert.equal((await cleanup(test)).orphans_deleted, packs.size)
    })
  })
}

describe('packs that git removed with every mention', () => {
  it('are asked about once, all together', async (t) => {
    const test = await twoPacks(t)
    for (const pack of ['A', 'B']) {
      fs.rmSync(join(test.root, 'state/packs', pack), { recursive: true })
      for (const profile of ['global', 'work__A']) takeOut(test, profile, pack)
    }
    assert.equal((await doctor(test)).length, 4)
    assert.deepEqual(await doctor(test, { forget_packs: true }), [])
    assert.equal(await orphans(test), 2)
  })

  it('are no longer missed once they are back', async (t) => {
    const test = await twoPacks(t)
    const aside = join(test.folder, 'B')
    fs.renameSync(join(test.root, 'state/packs/B'), aside)
    assert.equal((await doctor(test)).length, 2)
    fs.renameSync(aside, join(test.root, 'state/packs/B'))
    assert.deepEqual(await doctor(test), [])
  })
})

describe('what our own operations take away', () => {
  it('is not missed: deleted, renamed, undone', async (t) => {
    const test = await twoPacks(t)
    const { client } = test
    await client.call('packs.edit', { params: { name: 'B' }, body: { rename_to: 'C' } })
    await client.call('packs.delete', { params: { name: 'C' }, query: {} })
    await client.call('packs.create', { body: { name: 'D' } })
    const journal = await client.call('journal.list', { query: { op: 'pack.create' } })
    await client.call('journal.undo', { params: { id: journal.items[0]?.id ?? '' }, body: {} })
    assert.deepEqual(await doctor(test), [])
    assert.equal(await orphans(test), 1)
  })

  it('is not missed either where a profile still names it', async (t) => {
    const test = await twoPacks(t)
    await test.client.call('packs.delete', { params: { name: 'B' }, query: {} })
    const path = join(test.root, 'state/profiles/global/profile.json')
    const profile = JSON.parse(fs.readFileSync(path, 'utf8')) as { packs: object[] }
    fs.writeFileSync(path, JSON.stringify({ ...profile, packs: [...profile.packs, { name: 'B' }] }))
    assert.equal(await orphans(test), 1)
  })
})

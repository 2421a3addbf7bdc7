/** What is known of the bytes of a model without reading them, and where it shows. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { VerifyResult } from '../../../../schemas/inventory.ts'
import type { DoctorReport } from '../../../../schemas/store.ts'
import { careForBlobs } from '../../../../sidecar/app/watch/blob-care.ts'
import { integrityOf, NO_RECORDS } from '../../../../sidecar/store/blob-integrity.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'

const BYTES = 'the bytes of a model, thirty-two'
const OTHER = 'THE BYTES OF A MODEL, THIRTY-TWO'
const LONG_AGO = new Date('2024-05-06T07:08:09Z')

interface Shown extends TestSynapse {
  readonly sha256: string
  readonly blob: string
  integrity(): Promise<string | null | undefined>
  verify(): Promise<VerifyResult>
  doctor(request?: { repair?: boolean; verify_blobs?: boolean }): Promise<DoctorReport>
  use(): Promise<string[]>
}

/** A store with one model that its pack shows. */
async function createShown(t: TestContext): Promise<Shown> {
  const setup = await createTestSynapse(t)
  const { client } = setup
  const path = setup.file('loras/one.safetensors', BYTES)
  const { files } = await setup.import({ paths: [path], pack: 'One' })
  await client.call('profiles.use', { body: { pack: 'One' } })
  const sha256 = files[0]?.sha256 ?? ''
  const blob = join(setup.root, 'data/blobs/sha256', sha256.slice(0, 2), sha256)
  return {
    ...setup,
    sha256,
    blob,
    async integrity() {
      await setup.synapse.services.index.reconcile(setup.synapse.services.store.reader)
      const { items } = await client.call('inventory.list', { query: {} })
      return items.find((item) => item.sha256 === sha256)?.integrity
    },
    async verify() {
      const job = await client.call('inventory.verify', { body: { sha256: [sha256 as never] } })
      return (await setup.wait(job)).result as VerifyResult
    },
    async doctor(request = {}) {
      const job = await client.call('store.doctor', { body: request })
      return (await setup.wait(job)).result as DoctorReport
    },
    async use() {
      const { missing } = await client.call('profiles.use', { body: { pack: 'One' } })
      return [...new Set(missing.map((one) => one.reason))]
    },
  }
}

/** Writes through the mode, as root does through a link. */
function overwrite(path: string, bytes: string): void {
  fs.chmodSync(path, 0o644)
  fs.writeFileSync(path, bytes)
  fs.chmodSync(path, 0o444)
}

describe('a model that was written to in place', () => {
  it('is changed, is read by a job, and is bad from then on', async (t) => {
    const setup = await createShown(t)
    assert.equal((await setup.verify()).valid.length, 1)
    assert.equal(await setup.integrity(), 'good')
    overwrite(setup.blob, OTHER)
    assert.equal(await setup.integrity(), 'changed')
    const before = await setup.client.call('store.status')
    assert.deepEqual([before.blobs.changed, before.blobs.bad], [1, 0])
    assert.match(before.notes.join(' '), /written to since/u)
    assert.match((await setup.doctor()).findings.map((one) => one.message).join(' '), /--changed/u)

    fs.utimesSync(setup.blob, LONG_AGO, LONG_AGO)
    await setup.integrity()
    await careForBlobs(setup.synapse.services)
    const { items } = await setup.client.call('jobs.list', { query: {} })
    const job = items.find((one) => one.actor === 'watcher')
    assert.ok(job)
    await setup.wait(job)
    assert.equal(await setup.integrity(), 'bad')
    const after = await setup.client.call('store.status')
    assert.deepEqual([after.blobs.changed, after.blobs.bad], [0, 1])
    assert.match(after.notes.join(' '), /damaged/u)
    assert.equal((await setup.doctor()).healthy, false)
  })

  it('is read also where another one was good with its size and time', async (t) => {
    const setup = await createShown(t)
    const second = setup.file('loras/two.safetensors', OTHER)
    const { files } = await setup.import({ paths: [second], pack: 'Two' })
    const other = files[0]?.sha256 ?? ''
    const blob = join(setup.root, 'data/blobs/sha256', other.slice(0, 2), other)
    fs.utimesSync(setup.blob, LONG_AGO, LONG_AGO)
    await setup.verify()
    overwrite(blob, BYTES)
    fs.utimesSync(blob, LONG_AGO, LONG_AGO)
    await setup.integrity()
    const suspects = setup.synapse.services.index.suspects().map((one) => one.sha256)
    assert.deepEqual(suspects, [other])
  })

  it('is good again where its bytes turn out to be the same', async (t) => {
    const setup = await createShown(t)
    await setup.verify()
    overwrite(setup.blob, BYTES)
    fs.utimesSync(setup.blob, LONG_AGO, LONG_AGO)
    assert.equal(await setup.integrity(), 'changed')
    assert.deepEqual(await setup.use(), [])
    const job = await setup.client.call('inventory.verify', { body: { changed: true } })
    await setup.wait(job)
    assert.equal(await setup.integrity(), 'good')
  })
})

describe('a damaged model', () => {
  it('of another size is bad at once, everywhere', async (t) => {
    const setup = await createShown(t)
    overwrite(setup.blob, '')
    assert.equal(await setup.integrity(), 'bad')
    const { client, sha256 } = setup
    const summary = await client.call('inventory.summary')
    assert.equal(summary.blobs_bad, 1)
    const found = await client.call('inventory.list', { query: { integrity: 'bad' } })
    assert.deepEqual([found.total, found.items[0]?.verified], [1, false])
    const searched = await client.call('inventory.list', {
      query: { integrity: 'good', search: 'one' },
    })
    assert.equal(searched.total, 0)
    const shown = await client.call('inventory.show', { params: { item: sha256 } })
    assert.equal(shown.item.integrity, 'bad')
    const { healthy, findings } = await setup.doctor()
    assert.equal(healthy, false)
    assert.match(findings.map((one) => one.message).join(' '), /Import the good file again/u)
  })

  it('gets no link, and loses those that it has once its bytes were read', async (t) => {
    const setup = await createShown(t)
    const link = join(
      setup.root,
      'data/views/comfyui/profiles/work__One/models/loras/one.safetensors',
    )
    assert.ok(fs.existsSync(link))
    overwrite(setup.blob, OTHER)
    await setup.verify()
    assert.equal(fs.lstatSync(link, { throwIfNoEntry: false }), undefined)
    assert.deepEqual(await setup.use(), ['bad'])
    overwrite(setup.blob, BYTES)
    await setup.verify()
    assert.ok(fs.existsSync(link))
    assert.deepEqual(await setup.use(), [])
  })

  it('of another size gets no link that it does not have', async (t) => {
    const setup = await createShown(t)
    overwrite(setup.blob, 'short')
    const only = { pack: 'One', only: true } as const
    const { missing } = await setup.client.call('profiles.use', { body: only })
    assert.deepEqual([...new Set(missing.map((one) => one.reason))], ['bad'])
  })
})

describe('a model of which no time is recorded', () => {
  it('is looked at once, and changed when its time is another one later', async (t) => {
    const setup = await createShown(t)
    fs.rmSync(join(setup.root, 'data/ledger/copies/store.jsonl'))
    assert.equal(await setup.integrity(), 'unverified')
    await careForBlobs(setup.synapse.services)
    assert.equal(await setup.integrity(), 'unverified')
    const lines = fs.readFileSync(join(setup.root, 'data/ledger/copies/store.jsonl'), 'utf8')
    assert.match(lines, /"event":"seen"/u)
    await careForBlobs(setup.synapse.services)
    assert.equal(fs.readFileSync(join(setup.root, 'data/ledger/copies/store.jsonl'), 'utf8'), lines)
    overwrite(setup.blob, OTHER)
    assert.equal(await setup.integrity(), 'changed')
  })
})

describe('a store of 0.1.0', () => {
  it('has its proofs read on, and what is read now written down in the ledger of copies', async (t) => {
    const setup = await createShown(t)
    const copies = join(setup.root, 'data/ledger/copies/store.jsonl')
    const proofs = join(setup.root, 'data/ledger/proofs.jsonl')
    const former = { sha256: setup.sha256, location: 'local', good: false, how: 'read_back' }
    fs.rmSync(copies)
    fs.writeFileSync(proofs, `${JSON.stringify({ ...former, at: '2024-05-06T07:08:09Z' })}\n`)
    assert.equal(await setup.integrity(), 'bad')
    assert.deepEqual(await setup.use(), ['bad'])
    await setup.verify()
    assert.equal(await setup.integrity(), 'good')
    assert.match(fs.readFileSync(copies, 'utf8'), /"read_back"/u)
    assert.equal(fs.readFileSync(proofs, 'utf8').split('\n').length, 2)
    assert.deepEqual(await setup.use(), [])
  })
})

describe('a store whose models may be written to', () => {
  it('is reported by doctor, and repaired', async (t) => {
    const setup = await createShown(t)
    fs.chmodSync(setup.blob, 0o777)
    const found = (await setup.doctor()).findings.find((one) => one.check === 'modes')
    assert.deepEqual([found?.repairable, found?.repaired], [true, false])
    await setup.doctor({ repair: true })
    assert.equal(fs.statSync(setup.blob).mode & 0o777, 0o444)
    assert.ok(!(await setup.doctor()).findings.some((one) => one.check === 'modes'))
  })
})

describe('integrityOf()', () => {
  const file = { size_bytes: 10, mtime_ns: '1700000000000000000' }
  const later = { ...file, mtime_ns: '1700000009000000000' }
  const at = new Date(1_700_000_000_500).toISOString()
  const cases: [string, Parameters<typeof integrityOf>, string][] = [
    ['nothing recorded', [file, NO_RECORDS], 'unverified'],
    ['size as recorded', [file, { ...NO_RECORDS, size_bytes: 10 }], 'unverified'],
    ['another size', [file, { ...NO_RECORDS, size_bytes: 11 }], 'bad'],
    ['seen first', [file, { ...NO_RECORDS, seen: file }], 'unverified'],
    ['seen first, changed', [later, { ...NO_RECORDS, seen: file }], 'changed'],
    ['good', [file, { ...NO_RECORDS, good: true, at, seen: file }], 'good'],
    ['good, without its time', [file, { ...NO_RECORDS, good: true, at }], 'good'],
    ['good, without its time, younger', [later, { ...NO_RECORDS, good: true, at }], 'changed'],
    ['good, changed', [later, { ...NO_RECORDS, good: true, at, seen: file }], 'changed'],
    ['bad', [file, { ...NO_RECORDS, good: false, at, seen: file }], 'bad'],
    ['bad, replaced by hand', [later, { ...NO_RECORDS, good: false, at, seen: file }], 'changed'],
    ['bad, of old', [later, { ...NO_RECORDS, good: false, at }], 'bad'],
  ]
  for (const [name, [one, records], expected] of cases) {
    it(name, () => {
      assert.equal(integrityOf(one, records), expected)
    })
  }
})

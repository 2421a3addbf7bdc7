import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { ImportRequest } from '../../../../schemas/imports.ts'
import type { DoctorReport } from '../../../../schemas/store.ts'
import { InPlaceRechecks } from '../../../../sidecar/app/watch/in-place-rechecks.ts'
import { InPlaceLedger } from '../../../../sidecar/store/in-place-ledger.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'

interface Setup extends TestSynapse {
  /** Where the file came from. */
  readonly origin: string
  readonly blob: string
  /** Goes on writing into the blob, as a program does that opened the file before it came in. */
  change(): void
  /** Checks again at this many milliseconds after the import; says what went out. */
  checkAfter(ms: number): Promise<string[]>
  doctor(repair: boolean): Promise<DoctorReport>
}

const MINUTE = 60_000

/** A store into which a file came as it was. */
async function setup(
  t: TestContext,
  request: Partial<Pick<ImportRequest, 'mode' | 'hard_link'>> = { mode: 'move' },
): Promise<Setup> {
  const test = await createTestSynapse(t)
  const { client, root, synapse } = test
  const origin = test.file('in/loras/a.safetensors', 'half')
  fs.chmodSync(origin, 0o640)
  const { files } = await test.import({ paths: [join(test.folder, 'in')], pack: 'P', ...request })
  await client.call('profiles.use', { body: { pack: 'P' } })
  const sha256 = files[0]?.sha256 ?? ''
  const blob = join(root, 'data/blobs/sha256', sha256.slice(0, 2), sha256)
  const [moved] = new InPlaceLedger(synapse.services.store.paths.inPlace).blobs()
  const arrived = Date.parse(moved?.at ?? '')
  let now = arrived
  const rechecks = new InPlaceRechecks({ ...synapse.services, clock: { now: () => now } })
  return {
    ...test,
    origin,
    blob,
    change: () => {
      fs.chmodSync(blob, 0o644)
      fs.appendFileSync(blob, ' and the rest')
      fs.chmodSync(blob, 0o444)
    },
    async checkAfter(ms) {
      now = arrived + ms
      const { evicted } = await rechecks.check(new AbortController().signal)
      return evicted.map((one) => one.path)
    },
    async doctor(repair) {
      const { result } = await test.wait(await client.call('store.doctor', { body: { repair } }))
      return result as DoctorReport
    },
  }
}

const link = ({ root }: Setup) => join(root, 'data/views/comfyui/active/models/loras/a.safetensors')

describe('a blob that was changed since it came in without being copied', () => {
  it('goes back to the path that it came from, with its mode, and packs say absent', async (t) => {
    const w = await setup(t)
    assert.deepEqual(await w.checkAfter(0), [])
    w.change()
    assert.deepEqual(await w.checkAfter(MINUTE + 1000), [w.origin])
    assert.equal(fs.readFileSync(w.origin, 'utf8'), 'half and the rest')
    assert.equal(fs.statSync(w.origin).mode & 0o777, 0o640)
    assert.deepEqual([fs.existsSync(w.blob), fs.existsSync(link(w))], [false, false])
    const { files } = await w.client.call('packs.show', { params: { name: 'P' } })
    assert.deepEqual(
      files.map((file) => file.state),
      ['missing'],
    )
    const { notes } = await w.client.call('store.status', {})
    assert.ok(notes.some((note) => note.includes('a.safetensors was changed')))
    const { items } = await w.client.call('journal.list', { query: { op: 'blob.evict' } })
    assert.deepEqual(
      items.map((one) => [one.state, one.undoable]),
      [['done', false]],
    )
    const again = await w.import({ paths: [w.origin], pack: 'P' })
    assert.equal(again.imported, 1)
  })

  it('goes to quarantine where that path is taken by another file', async (t) => {
    const w = await setup(t)
    w.change()
    fs.writeFileSync(w.origin, 'another')
    const [path = ''] = await w.checkAfter(MINUTE + 1000)
    assert.ok(path.startsWith(join(w.root, 'data/quarantine')))
    assert.equal(fs.readFileSync(path, 'utf8'), 'half and the rest')
    assert.equal(fs.readFileSync(w.origin, 'utf8'), 'another')
  })

  it('goes to quarantine where its folder is gone', async (t) => {
    const w = await setup(t)
    w.change()
    fs.rmdirSync(join(w.folder, 'in/loras'))
    const [path = ''] = await w.checkAfter(MINUTE + 1000)
    assert.equal(fs.readFileSync(path, 'utf8'), 'half and the rest')
  })

  it('keeps its other name alone where it was hard-linked in', async (t) => {
    const w = await setup(t, { mode: 'link', hard_link: true })
    fs.chmodSync(w.origin, 0o644)
    fs.appendFileSync(w.origin, ' and the rest')
    assert.deepEqual(await w.checkAfter(MINUTE + 1000), [w.origin])
    assert.equal(fs.readFileSync(w.origin, 'utf8'), 'half and the rest')
    const { nlink, mode } = fs.statSync(w.origin)
    assert.deepEqual([nlink, mode & 0o777, fs.existsSync(w.blob)], [1, 0o640, false])
  })

  for (const minutes of [1, 10, 60]) {
    it(`is seen ${String(minutes)} minutes after it came`, async (t) => {
      const w = await setup(t)
      await w.checkAfter(0)
      await w.checkAfter(minutes * MINUTE - 2000)
      w.change()
      assert.deepEqual(await w.checkAfter(minutes * MINUTE + 1000), [w.origin])
    })
  }

  it('is seen by the first check after a start, however old it is', async (t) => {
    const w = await setup(t)
    w.change()
    assert.deepEqual(await w.checkAfter(30 * 24 * 60 * MINUTE), [w.origin])
  })

  it('is reported by doctor, and evicted with repair', async (t) => {
    const w = await setup(t)
    const found = async (repair: boolean) => {
      const { findings } = await w.doctor(repair)
      const own = findings.filter((one) => one.check === 'in_place')
      return own.map((one) => [one.severity, one.repaired])
    }
    assert.deepEqual(await found(false), [])
    w.change()
    assert.deepEqual(await found(false), [['error', false]])
    assert.ok(fs.existsSync(w.blob))
    assert.deepEqual(await found(true), [['error', true]])
    assert.equal(fs.readFileSync(w.origin, 'utf8'), 'half and the rest')
    assert.deepEqual(await found(false), [['warning', false]])
  })
})

describe('a blob that came in as it was', () => {
  it('stays where only its time is another', async (t) => {
    const w = await setup(t)
    fs.utimesSync(w.blob, 1, 1)
    assert.deepEqual(await w.checkAfter(MINUTE + 1000), [])
    assert.ok(fs.existsSync(w.blob))
    w.change()
    assert.deepEqual(await w.checkAfter(10 * MINUTE + 1000), [w.origin])
  })

  it('is remembered alone: one that was copied stays, whatever becomes of it', async (t) => {
    const w = await setup(t, { mode: 'copy' })
    w.change()
    assert.deepEqual(await w.checkAfter(MINUTE + 1000), [])
    assert.ok(fs.existsSync(w.blob))
  })
})

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { describe, it } from 'node:test'
import { STORE_LOCATION } from '../../../schemas/locations.ts'
import type { PackName, ProfileName, Sha256, UiName } from '../../../schemas/ids.ts'
import { giveUpReserve, keepReserve } from '../../../sidecar/store/reserve-file.ts'
import { registerSteps } from '../../../sidecar/store/pack-register.ts'
import { createTestStore } from '../../_support/test-store.ts'

const UI = 'comfyui' as UiName
const PROFILE = 'p' as ProfileName
const DIGEST = 'ab'.repeat(32) as Sha256
const OTHER = 'cd'.repeat(32) as Sha256

describe('the ledger of a view', () => {
  const link = (path: string) =>
    ({ op: 'add', path, sha256: DIGEST, kind: 'symlink', target: `../../${path}` }) as const

  it('lists the links that were added and not removed', async (t) => {
    const { store } = await createTestStore(t)
    const { reader } = store
    assert.equal(reader.knownView(UI, PROFILE), null, 'a view that was never ours')
    await store.transact('me', async (tx) => {
      await tx.recordLinks(UI, PROFILE, [link('a'), link('b'), { op: 'remove', path: 'a' }])
      assert.deepEqual([...tx.changes.views], [UI])
    })
    assert.deepEqual([...(reader.knownView(UI, PROFILE)?.links.keys() ?? [])], ['b'])
    assert.ok(reader.knownViews(UI).includes(PROFILE))
  })

  it('says the same after it was made shorter', async (t) => {
    const { store } = await createTestStore(t)
    const { reader } = store
    const path = reader.paths.linkLedger(UI, PROFILE)
    await store.transact('me', async (tx) => {
      for (let round = 0; round < 600; round += 1) {
        await tx.recordLinks(UI, PROFILE, [link('a'), { op: 'remove', path: 'a' }])
      }
      await tx.recordLinks(UI, PROFILE, [link('b')])
      const before = fs.statSync(path).size
      await tx.compactLinks(UI, PROFILE)
      assert.ok(fs.statSync(path).size < before)
    })
    assert.deepEqual([...(reader.knownView(UI, PROFILE)?.links.keys() ?? [])], ['b'])
  })
})

describe("the ledger of the store's own copies", () => {
  const seen = { size_bytes: 1, mtime_ns: '1', ctime_ns: '1', ino: '1' }
  const read = (sha256: Sha256, good: boolean, at = '2026-11-30T00:00:00Z') =>
    ({ event: 'read', sha256, at, good, how: 'read_back', seen }) as const

  it('returns the last reading of each, and which were bad', async (t) => {
    const { store } = await createTestStore(t)
    const { reader } = store
    await store.transact('me', async (tx) => {
      await tx.recordCopies([read(DIGEST, true), read(OTHER, false)])
      await tx.recordCopies([read(DIGEST, false, '2026-11-30T01:00:00Z')])
      await tx.recordCopies([])
      assert.deepEqual([...tx.changes.blobs].sort(), [DIGEST, OTHER].sort())
    })
    assert.deepEqual([...reader.badReadings().keys()].sort(), [DIGEST, OTHER].sort())
    assert.equal(reader.badReadings(), reader.badReadings(), 'the same object while it is so')
    const last = reader.lastReadings([DIGEST])
    assert.deepEqual([...last.keys()], [DIGEST])
    assert.equal(last.get(DIGEST)?.at, '2026-11-30T01:00:00Z')
  })

  it('is read past a last line that a crash has torn', async (t) => {
    const { store } = await createTestStore(t)
    const { reader } = store
    await store.transact('me', (tx) => tx.recordCopies([read(DIGEST, false)]))
    fs.appendFileSync(reader.paths.copies(STORE_LOCATION), '{"event":"read","sha2')
    assert.deepEqual([...reader.badReadings().keys()], [DIGEST])
    await store.transact('me', (tx) => tx.recordCopies([read(OTHER, false)]))
    assert.deepEqual([...reader.badReadings().keys()].sort(), [DIGEST, OTHER].sort())
  })
})

describe('the register of packs', () => {
  it('learns of packs that are here, and of those that an operation takes away', async (t) => {
    const { store, put, putPack } = await createTestStore(t)
    await putPack('A', [])
    put('state/packs/B/pack.json', '{"name":"B"}')
    await store.transact('me', async () => undefined)
    const { known } = store.reader.packRegister()
    assert.deepEqual(known.get('A' as PackName), { lock: true })
    assert.deepEqual(known.get('B' as PackName), { lock: false })
    const write = { do: 'write', before: '', after: null } as const
    const lines = registerSteps(store.paths, [
      { ...write, path: 'state/packs/A/lock.json' },
      { do: 'move', from: 'state/packs/B', to: 'state/packs/C' },
      { ...write, path: 'state/packs/D/pack.json', after: 'stays' },
    ])
    const reported = lines.map((step) =>
      step.do === 'line' ? (JSON.parse(step.text) as unknown) : '',
    )
    assert.deepEqual(reported, [
      { op: 'seen', pack: 'A', lock: false },
      { op: 'gone', pack: 'B' },
    ])
  })
})

describe('the reserve', () => {
  it('is kept, given up once, and made again', async (t) => {
    const { store } = await createTestStore(t)
    const { paths } = store
    assert.equal(giveUpReserve(paths), false, 'there is none yet')
    await keepReserve(paths)
    const size = fs.statSync(paths.reserve).size
    assert.ok(size > 0)
    await keepReserve(paths)
    assert.equal(fs.statSync(paths.reserve).size, size)
    assert.equal(giveUpReserve(paths), true)
    assert.equal(fs.existsSync(paths.reserve), false)
    assert.equal(giveUpReserve(paths), false)
    await keepReserve(paths)
    assert.equal(fs.statSync(paths.reserve).size, size)
  })
})

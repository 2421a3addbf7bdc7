import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { DoctorReport } from '../../../schemas/store.ts'
import { createSynapse } from '../../../sidecar/http/create-synapse.ts'
import { createTestSynapse } from '../../_support/test-synapse.ts'
import { btrfs, canRun } from '../../_support/volumes.ts'

const BYTES = 'a model that a person has once'
const DIGEST = createHash('sha256').update(BYTES).digest('hex')
const BLOB = `data/blobs/sha256/${DIGEST.slice(0, 2)}/${DIGEST}`

/** A store that was killed while it moved a person's file into itself; closed. */
async function killedInMove(t: TestContext, root?: string) {
  const test = await createTestSynapse(t, root)
  if (root !== undefined) await test.client.call('store.init', { body: {} })
  const original = test.file('loras/only.safetensors', BYTES)
  await test.synapse.services.store.transact('test', async (tx) => {
    await tx.begin({ op: 'blob.import', before: { path: original }, after: { sha256: DIGEST } }, [
      { do: 'move', from: original, to: BLOB },
    ])
  })
  await test.synapse[Symbol.asyncDispose]()
  return { ...test, original }
}

async function opened(t: TestContext, root: string, home: string) {
  const synapse = await createSynapse({ root, home, checkAnswers: true })
  t.after(() => synapse[Symbol.asyncDispose]())
  const doctor = async (body: { finish?: string[]; put_back?: string[] } = {}) => {
    const job = await synapse.client.call('store.doctor', { body })
    return (await synapse.services.jobs.wait(job.id)).result as unknown as DoctorReport
  }
  const change = () => synapse.client.call('store.config_edit', { body: { trash: { days: 9 } } })
  const openId = () => synapse.services.store.reader.openElsewhere()[0]?.begin.id ?? ''
  return { ...synapse, doctor, change, openId }
}

/** A copy of a store, as a backup makes it. */
function copyOf(root: string): string {
  const copy = join(dirname(root), 'copy')
  execFileSync('cp', ['-a', root, copy])
  return copy
}

describe('a copy of a store in the middle of a move', () => {
  it('leaves the original alone, says so, and works', async (t) => {
    const { root, home, original } = await killedInMove(t)
    const copy = await opened(t, copyOf(root), home)
    await copy.change()
    assert.equal(fs.readFileSync(original, 'utf8'), BYTES)
    assert.equal(fs.existsSync(join(dirname(root), 'copy', BLOB)), false)
    assert.match((await copy.client.call('store.status')).notes.join(' '), /copy of/u)
    const finding = (await copy.doctor()).findings.find(({ check }) => check === 'copied')
    assert.match(finding?.message ?? '', /only\.safetensors/u)
    const cleanup = { dry_run: true }
    assert.equal((await copy.client.call('inventory.cleanup', { body: cleanup })).orphans_found, 0)
  })

  it('carries it on, or puts the file back, when a person says so', async (t) => {
    const { root, home, original } = await killedInMove(t)
    const copy = await opened(t, copyOf(root), home)
    await copy.doctor({ finish: [copy.openId()] })
    assert.equal(fs.existsSync(original), false)
    assert.equal(fs.readFileSync(join(dirname(root), 'copy', BLOB), 'utf8'), BYTES)
    assert.equal((await copy.client.call('store.status')).notes.length, 0)
  })

  it('puts a file that it holds back where it was', async (t) => {
    const { root, home, original } = await killedInMove(t)
    fs.mkdirSync(dirname(join(root, BLOB)), { recursive: true })
    fs.renameSync(original, join(root, BLOB))
    const copy = await opened(t, copyOf(root), home)
    await copy.change()
    assert.equal(fs.existsSync(original), false)
    await copy.doctor({ put_back: [copy.openId()] })
    assert.equal(fs.readFileSync(original, 'utf8'), BYTES)
    assert.equal(fs.readFileSync(join(root, BLOB), 'utf8'), BYTES, 'the first store keeps its own')
  })

  it('leaves the original alone where it is a snapshot, whose inodes are the same', async (t) => {
    const volume = btrfs(t)
    if (volume === null || !canRun('btrfs', '--version')) return
    const [subvolume, snapshot] = [join(volume, 'a'), join(volume, 'b')]
    execFileSync('btrfs', ['subvolume', 'create', subvolume])
    const { home, original } = await killedInMove(t, join(subvolume, 'store'))
    execFileSync('btrfs', ['subvolume', 'snapshot', subvolume, snapshot])
    const copy = await opened(t, join(snapshot, 'store'), home)
    await copy.change()
    assert.equal(fs.readFileSync(original, 'utf8'), BYTES)
    assert.notEqual(copy.openId(), '')
    const first = await opened(t, join(subvolume, 'store'), home)
    await first.change()
    assert.equal(fs.existsSync(original), false)
    assert.equal(fs.readFileSync(join(subvolume, 'store', BLOB), 'utf8'), BYTES)
  })

  it('is no copy where the store itself was moved', async (t) => {
    const { root, home, original } = await killedInMove(t)
    const moved = join(dirname(root), 'moved')
    fs.renameSync(root, moved)
    const synapse = await opened(t, moved, home)
    await synapse.change()
    assert.equal(fs.existsSync(original), false)
    assert.equal(fs.readFileSync(join(moved, BLOB), 'utf8'), BYTES)
  })
})

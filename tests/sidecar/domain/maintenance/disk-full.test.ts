/** A disk that is full to its last byte, and one that is read-only. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { PackName } from '../../../../schemas/ids.ts'
import { createSynapse, type Synapse } from '../../../../sidecar/http/create-synapse.ts'
import { runService } from '../../../../sidecar/http/run-service.ts'
import { canRun, freshFolder, skipLoudly, tmpfs } from '../../../_support/volumes.ts'

const MB = 1024 * 1024

/** Writes until nothing more goes in, by pages and then by bytes into what is left of one. */
function fillUp(folder: string): void {
  for (const size of [MB, 4096, 1]) {
    const fd = fs.openSync(join(folder, `fill-${String(size)}`), 'a')
    try {
      for (;;) fs.writeSync(fd, Buffer.alloc(size, 'f'))
    } catch {
      // Full.
    }
    fs.closeSync(fd)
  }
  assert.equal(fs.statfsSync(folder).bavail, 0)
}

/** Gives so many pages of a full disk back. */
function giveBack(folder: string, pages: number): void {
  const path = join(folder, `fill-${String(MB)}`)
  fs.truncateSync(path, fs.statSync(path).size - pages * 4096)
}

interface Disk {
  readonly folder: string
  readonly root: string
  readonly sha256: readonly string[]
  open(): Promise<Synapse>
}

/** A store of three models on a disk of its own: one in a pack, one that nobody uses, one in the trash. */
async function createDisk(t: TestContext, bigAtFirst: boolean): Promise<Disk | null> {
  const folder = tmpfs(t, bigAtFirst ? '1200m' : '24m')
  if (folder === null) return null
  const root = join(folder, 'store')
  // The home is on the same disk, as it does where there is but one.
  const open = () => createSynapse({ root, home: join(folder, 'home'), keepReserve: true })
  const sha256: string[] = []
  await using synapse = await open()
  const { client, services } = synapse
  await client.call('store.init', { body: {} })
  for (const [index, name] of ['used', 'orphan', 'trashed'].entries()) {
    const path = join(folder, 'in/loras', `${name}.safetensors`)
    fs.mkdirSync(join(folder, 'in/loras'), { recursive: true })
    fs.writeFileSync(path, Buffer.alloc(MB, index + 1))
    const pack = index === 0 ? ('P' as PackName) : undefined
    const body = { paths: [path], mode: 'move' as const, pack }
    const job = await services.jobs.wait((await client.call('imports.start', { body })).id)
    assert.equal(job.state, 'succeeded')
    sha256.push((job.result as { files: { sha256: string }[] }).files[0]?.sha256 ?? '')
  }
  await client.call('profiles.use', { body: { pack: 'P' } })
  const [, , trashed = ''] = sha256
  const query = { confirm_last_copy: trashed }
  await client.call('inventory.delete', { params: { item: trashed }, query })
  return { folder, root, sha256, open }
}

/** Looks at everything, as commands that open the store again do. */
async function lookAround({ open }: Disk): Promise<void> {
  await using synapse = await open()
  const { client, services } = synapse
  const status = await client.call('store.status')
  assert.deepEqual([status.initialized, status.blobs.total], [true, 2])
  assert.match(status.notes.join(' '), /full|read-only/u)
  assert.equal(status.ui['comfyui']?.active, 'work__P')
  assert.equal(status.ui['comfyui'].links, 1)
  assert.equal((await client.call('inventory.list', { query: {} })).total, 2)
  assert.equal((await client.call('trash.list')).total, 1)
  const journal = await client.call('journal.list', { query: { op: 'blob.delete' } })
  const id = journal.items[0]?.id as never
  await client.call('journal.undo', { params: { id }, body: { dry_run: true } })
  await client.call('packs.list')
  const doctor = await client.call('store.doctor', { body: {} })
  const job = await services.jobs.wait(doctor.id)
  assert.equal(job.state, 'succeeded', JSON.stringify(job.problem))
}

it('a service reports that its disk has filled up', async (t) => {
  const disk = await createDisk(t, false)
  if (disk === null) return
  await using synapse = await disk.open()
  const before = await synapse.client.call('store.status')
  assert.match(before.notes.join(' '), /The disk is nearly full: [\d.]+ MB free/u)
  fillUp(disk.folder)
  const { volume, notes } = await synapse.client.call('store.status')
  assert.equal(volume?.free_bytes, 0)
  assert.match(notes.join(' '), /The disk is full/u)
})

/** A service starts, answers, and says what it could not do. */
async function assertStarts(root: string, home: string, said: RegExp): Promise<void> {
  const lines: string[] = []
  const service = await runService({
    root,
    home,
    port: 0,
    host: '127.0.0.1',
    acceptNetworkLock: false,
    log: (line) => lines.push(line),
  })
  try {
    assert.equal((await fetch(`${service.url}/api/health`)).status, 200)
    assert.match(lines.join(' '), said)
  } finally {
    await service.close()
  }
}

describe('a disk that is full to the last byte', () => {
  for (const bigAtFirst of [true, false]) {
    const name = bigAtFirst ? 'with the whole reserve' : 'that never had room for it'
    it(`${name}: looking works, and space can be freed`, async (t) => {
      const disk = await createDisk(t, bigAtFirst)
      if (disk === null) return
      const { folder, root, open } = disk
      const reserve = join(root, 'data/reserve')
      const size = bigAtFirst ? 16 * MB : fs.statSync(reserve).size
      assert.equal(fs.statSync(reserve).size, size)
      execFileSync('mount', ['-o', 'remount,size=26m', folder])
      fillUp(folder)
      await lookAround(disk)
      await using synapse = await open()
      const { client } = synapse
      const orphan = disk.sha256[1] as never
      await client.call('store.clean', { body: {} })
      const query = { confirm_last_copy: String(orphan) }
      await client.call('inventory.delete', { params: { item: orphan }, query })
      assert.equal((await client.call('trash.list')).total, 2)
      const emptied = await client.call('trash.empty')
      assert.deepEqual([emptied.removed, emptied.bytes_freed], [2, 2 * MB])
      assert.ok(fs.statfsSync(folder).bavail * 4096 >= 2 * MB)
      // Made again, but for the disk as it is now.
      assert.ok((fs.statSync(reserve, { throwIfNoEntry: false })?.size ?? 0) < MB)
      assert.equal((await client.call('inventory.list', { query: {} })).total, 1)
    })
  }

  it('lets only work that frees space use the reserve', async (t) => {
    const disk = await createDisk(t, false)
    if (disk === null) return
    fillUp(disk.folder)
    await using synapse = await disk.open()
    const body = { name: 'Another', description: 'x'.repeat(5000) }
    await assert.rejects(synapse.client.call('packs.create', { body }), { code: 'disk.full' })
    assert.ok(fs.existsSync(join(disk.root, 'data/reserve')))
  })

  it('makes the index in memory where its file has room for a few rows alone', async (t) => {
    const disk = await createDisk(t, false)
    if (disk === null) return
    fillUp(disk.folder)
    for (let pages = 0; pages < 40; pages += 4) {
      await using synapse: Synapse = await disk.open()
      const { client, services } = synapse
      const doctor = await client.call('store.doctor', { body: { rebuild_index: true } })
      const { state, problem } = await services.jobs.wait(doctor.id)
      assert.equal(state, 'succeeded', `${String(pages)} pages free: ${JSON.stringify(problem)}`)
      assert.equal((await client.call('inventory.list', { query: {} })).total, 2)
      giveBack(disk.folder, 4)
    }
  })

  it('lets go of what lies in quarantine', async (t) => {
    const disk = await createDisk(t, false)
    if (disk === null) return
    const quarantined = join(disk.root, 'data/quarantine/2026-01-01/mine.safetensors')
    fs.mkdirSync(dirname(quarantined), { recursive: true })
    fs.writeFileSync(quarantined, Buffer.alloc(MB, 9))
    fillUp(disk.folder)
    await using synapse = await disk.open()
    const { client } = synapse
    const [entry] = (await client.call('quarantine.list')).items
    const sha256 = createHash('sha256').update(Buffer.alloc(MB, 9)).digest('hex')
    const params = { id: entry?.id ?? '' }
    await client.call('quarantine.discard', { params, query: { confirm_last_copy: sha256 } })
    assert.equal((await client.call('quarantine.list')).total, 0)
    assert.equal((await client.call('trash.list')).total, 2)
  })

  it('does not keep a service from starting', async (t) => {
    const disk = await createDisk(t, false)
    if (disk === null) return
    fillUp(disk.folder)
    await assertStarts(disk.root, join(disk.folder, 'home'), /could not be published for commands/u)
  })

  it('cleans up what no pack uses', async (t) => {
    const disk = await createDisk(t, false)
    if (disk === null) return
    fillUp(disk.folder)
    await using synapse = await disk.open()
    const body = { dry_run: false, include_only_copies: true }
    const cleaned = await synapse.client.call('inventory.cleanup', { body })
    assert.deepEqual([cleaned.orphans_deleted, cleaned.errors, cleaned.only_copies], [1, [], []])
  })
})

describe('a read-only disk', () => {
  it('does not keep a service from starting, also the first one', async (t) => {
    const disk = await createDisk(t, false)
    if (disk === null) return
    if (!canRun('mount', '-o', 'remount,ro', disk.folder)) {
      skipLoudly(t, 'cannot remount')
      return
    }
    await assertStarts(disk.root, freshFolder(t), /Other services are not kept off this store/u)
  })

  it('is reported as such, and everything can be read', async (t) => {
    const disk = await createDisk(t, false)
    if (disk === null) return
    if (!canRun('mount', '-o', 'remount,ro', disk.folder)) {
      skipLoudly(t, 'cannot remount')
      return
    }
    await lookAround(disk)
    await using synapse = await disk.open()
    const { volume, notes } = await synapse.client.call('store.status')
    assert.deepEqual([volume?.writable, volume?.untried], [false, 'read_only'])
    assert.equal(volume?.link_form, 'symlink')
    assert.ok(!notes.join(' ').includes('No links are possible'))
    const use = synapse.client.call('profiles.use', { body: { pack: 'P', only: true } })
    await assert.rejects(use, { code: 'disk.read_only' })
    execFileSync('mount', ['-o', 'remount,rw', disk.folder])
    await synapse.client.call('profiles.use', { body: { pack: 'P', only: true } })
    const after = await synapse.client.call('store.status')
    assert.equal(after.ui['comfyui']?.active, 'only__P')
    assert.equal(after.volume?.writable, true)
  })
})

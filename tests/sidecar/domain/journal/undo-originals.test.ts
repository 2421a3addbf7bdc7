/** Bringing back originals that a move removed once the store had their bytes. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { basename, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import type { DoctorReport } from '../../../../schemas/store.ts'
import { importSourceFolders } from '../../../../sidecar/app/mounts/import-source-folders.ts'
import { cleanStore } from '../../../../sidecar/domain/maintenance/clean-store.ts'
import type { DiskCall } from '../../../../sidecar/platform/disk-calls.ts'
import { isAsideName } from '../../../../sidecar/platform/aside-name.ts'
import { safetensors } from '../../../_support/model-bytes.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'
import { tmpfs } from '../../../_support/volumes.ts'
import { watching } from '../../../safety/watching.ts'

interface Moved {
  readonly setup: TestSynapse
  readonly folder: string
  /** The removed originals. */
  readonly paths: readonly string[]
  readonly id: string
}

/** Three models that were moved in from another disk; null, and the test skipped, where there is none. */
async function moved(t: TestContext): Promise<Moved | null> {
  const disk = tmpfs(t, '16m')
  if (disk === null) return null
  const folder = join(disk, 'loras')
  fs.mkdirSync(folder)
  const paths = ['a', 'b', 'c'].map((name) => join(folder, `${name}.safetensors`))
  for (const path of paths) fs.writeFileSync(path, safetensors(basename(path)))
  const setup = await createTestSynapse(t)
  const result = await setup.import({ paths: [folder], mode: 'move', pack: 'P' })
  assert.equal(result.imported, 3)
  assert.deepEqual(fs.readdirSync(folder), [])
  const { items } = await setup.client.call('journal.list', { query: { op: 'file.release' } })
  return { setup, folder, paths, id: items[0]?.id ?? '' }
}

const undo = ({ setup }: Pick<Moved, 'setup'>, id: string, dry_run = false) =>
  setup.client.call('journal.undo', { params: { id }, body: { dry_run } })

describe('undo of removed originals', () => {
  it('names what it has to leave, as its dry run does', async (t) => {
    const made = await moved(t)
    if (made === null) return
    const [first = ''] = made.paths
    fs.writeFileSync(first, 'another file')
    for (const dry_run of [true, false]) {
      const { parts } = await undo(made, made.id, dry_run)
      assert.deepEqual([parts?.total, parts?.undone], [3, 2])
      assert.deepEqual(
        parts?.kept.items.map(({ summary, reason }) => [summary, reason]),
        [[first, `${first} is taken`]],
      )
    }
    assert.equal(fs.readFileSync(first, 'utf8'), 'another file')
    assert.deepEqual(fs.readdirSync(made.folder).length, 3)
  })

  it('names it among the parts of a job', async (t) => {
    const made = await moved(t)
    if (made === null) return
    const [first = ''] = made.paths
    fs.writeFileSync(first, 'another file')
    const { items } = await made.setup.client.call('journal.list')
    const job = items.find(({ parts }) => parts > 1)
    const { parts } = await undo(made, job?.id ?? '')
    const kept = parts?.kept.items.map(({ summary }) => summary) ?? []
    assert.ok(kept.includes(first), kept.join('\n'))
  })

  it('is refused while a file stands where their folder was', async (t) => {
    const made = await moved(t)
    if (made === null) return
    fs.rmdirSync(made.folder)
    fs.writeFileSync(made.folder, 'a file')
    await assert.rejects(undo(made, made.id), {
      code: 'journal.not_undoable',
      message: `${made.folder} is no longer a folder`,
    })
  })

  it('takes their copies away as well, where the whole job is undone', async (t) => {
    const made = await moved(t)
    if (made === null) return
    const { setup, paths } = made
    const { items: jobs } = await setup.client.call('journal.list')
    const job = jobs.find(({ parts }) => parts > 1)
    const { parts } = await undo(made, job?.id ?? '')
    assert.deepEqual([parts?.undone, parts?.kept.items], [parts?.total, []])
    assert.ok(paths.every((path) => fs.existsSync(path)))
    assert.equal((await setup.client.call('inventory.list')).total, 0)
  })

  it('copies the bytes before the store is locked', async (t) => {
    const made = await moved(t)
    if (made === null) return
    const seen: string[] = []
    const watch = (call: DiskCall) => {
      const text = call.op === 'write' ? Buffer.from(call.bytes).toString() : ''
      if (text.includes('"op":"journal.undo"')) seen.push('undo')
      else if ('path' in call && call.path.includes('.original.')) seen.push('copy')
    }
    await watching(watch, () => undo(made, made.id))
    const begun = seen.indexOf('undo')
    assert.ok(begun > 0, 'nothing was copied before')
    assert.ok(seen.indexOf('copy') < begun)
    assert.deepEqual(
      made.paths.map((path) => fs.existsSync(path)),
      [true, true, true],
    )
  })

  it('leaves nothing behind where one cannot be copied', async (t) => {
    const made = await moved(t)
    if (made === null) return
    fs.writeFileSync(join(made.folder, 'filler'), Buffer.alloc(4096))
    const full = () => {
      throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
    }
    let copies = 0
    const watch = (call: DiskCall) => {
      if (!('path' in call) || !call.path.includes('.original.')) return
      copies += 1
      if (copies === 3) full()
    }
    await assert.rejects(watching(watch, () => undo(made, made.id)))
    assert.deepEqual(fs.readdirSync(made.folder), ['filler'])
    assert.equal((await undo(made, made.id)).parts, undefined)
  })
})

describe('removed originals that are names of one file', () => {
  it('are reported and brought back once each, though one was removed later than the other', async (t) => {
    const setup = await createTestSynapse(t)
    const folder = join(setup.folder, 'loras')
    fs.mkdirSync(folder)
    const [a, b] = [join(folder, 'a.safetensors'), join(folder, 'b.safetensors')]
    fs.writeFileSync(a, safetensors('one'))
    await setup.import({ paths: [a], mode: 'copy', pack: 'P' })
    fs.linkSync(a, b)
    await setup.import({ paths: [folder], mode: 'move', pack: 'P' })
    assert.deepEqual(fs.readdirSync(folder), [])
    const { items } = await setup.client.call('journal.list', { query: { op: 'file.release' } })
    assert.deepEqual(
      items.map(({ summary }) => summary).sort(),
      [a, b].map((path) => `Removed ${path}, which the store holds`),
    )
    const { items: jobs } = await setup.client.call('journal.list')
    assert.equal(jobs[0]?.summary, 'Removed originals that the store holds, pack P')
    const { parts } = await undo({ setup }, jobs[0].id)
    assert.deepEqual(parts?.kept.items, [])
    assert.deepEqual(fs.readdirSync(folder), ['a.safetensors', 'b.safetensors'])
  })
})

describe('files that were set aside', () => {
  it('are reported by doctor where no operation knows them', async (t) => {
    const made = await moved(t)
    if (made === null) return
    const path = join(made.folder, '.0123456789ab.synapse-aside')
    assert.ok(isAsideName(basename(path)))
    fs.writeFileSync(path, 'bytes')
    const started = await made.setup.client.call('store.doctor', { body: {} })
    const { findings } = (await made.setup.wait(started)).result as unknown as DoctorReport
    const reported = findings.filter(({ check }) => check === 'asides')
    assert.deepEqual(
      reported.map((one) => one.path),
      [path],
    )
  })
})

describe('copies that an undo left half made beside originals', () => {
  it('go by clean a day later, and nothing else there', async (t) => {
    const made = await moved(t)
    if (made === null) return
    const half = join(made.folder, '.original.0123456789ab.synapse-tmp')
    const own = join(made.folder, '.notes.synapse-tmp')
    for (const path of [half, own]) fs.writeFileSync(path, 'half')
    const clean = async (days: number) => {
      const clock = { now: () => Date.now() + days * 86_400_000 }
      const { services } = made.setup.synapse
      const folders = () => importSourceFolders(services)
      const { removed } = await cleanStore({ ...services, clock, folders }, 'test', {
        dry_run: false,
      })
      return removed.map(({ path }) => path)
    }
    assert.deepEqual(await clean(0.9), [])
    assert.deepEqual(await clean(1.1), [half])
    assert.deepEqual(fs.readdirSync(made.folder), [basename(own)])
  })
})

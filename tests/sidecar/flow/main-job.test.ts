import assert from 'node:assert/strict'
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { isAppError } from '../../../schemas/errors.ts'
import { createSynapse } from '../../../sidecar/http/create-synapse.ts'
import { createTestSynapse, type TestSynapse } from '../../_support/test-synapse.ts'

function listed(setup: TestSynapse, folder: string, ui = 'comfyui'): string[] {
  const path = join(setup.root, 'data/views', ui, 'active', folder)
  return readdirSync(path).sort()
}

const code = (expected: string) => (error: unknown) => isAppError(error) && error.code === expected

describe('from a folder of models to the list that an interface shows', () => {
  test('import, use, use --only, back and reset change what is listed', async (t) => {
    const setup = await createTestSynapse(t)
    setup.file('models/loras/one.safetensors', 'one')
    setup.file('models/loras/two.safetensors', 'two')
    setup.file('models/checkpoints/base.safetensors', 'base')
    const a = await setup.import({ paths: [join(setup.folder, 'models')], pack: 'Basics' })
    assert.deepEqual([a.imported, a.failed], [3, 0])
    await setup.import({ paths: [setup.file('x/loras/three.safetensors', 'three')], pack: 'Extra' })
    assert.deepEqual(listed(setup, 'models/loras'), [
      'one.safetensors',
      'three.safetensors',
      'two.safetensors',
    ])

    const dry = await setup.client.call('profiles.use', {
      body: { pack: 'Extra', only: true, dry_run: true },
    })
    assert.equal(dry.dry_run, true)
    const plan = dry.plan.uis.find((ui) => ui.ui === 'comfyui')
    assert.equal(plan?.disappear.total, 3)
    assert.equal(listed(setup, 'models/loras').length, 3, 'a dry run changes nothing')

    const used = await setup.client.call('profiles.use', {
      body: { pack: 'Extra', only: true, expect: dry.plan.fingerprint },
    })
    assert.deepEqual(used.stacks['comfyui'], ['global', 'only__Extra'])
    assert.deepEqual(listed(setup, 'models/loras'), ['three.safetensors'])
    assert.deepEqual(listed(setup, 'models/checkpoints'), [])

    await setup.client.call('profiles.back', { body: {} })
    assert.equal(listed(setup, 'models/loras').length, 3)
    await assert.rejects(
      setup.client.call('profiles.back', { body: {} }),
      code('profile.stack_empty'),
    )

    await setup.client.call('profiles.use', { body: { pack: 'Basics' } })
    await setup.client.call('profiles.reset', { body: {} })
    const status = await setup.client.call('profiles.status')
    assert.deepEqual(status.uis.find((ui) => ui.ui === 'comfyui')?.stack, ['global'])
  })

  test('a plan that is stale is refused and nothing changes', async (t) => {
    const setup = await createTestSynapse(t)
    await setup.import({ paths: [setup.file('loras/a.safetensors', 'a')], pack: 'A' })
    const dry = await setup.client.call('profiles.use', { body: { pack: 'A', dry_run: true } })
    await setup.import({ paths: [setup.file('loras/b.safetensors', 'b')], pack: 'A' })
    await assert.rejects(
      setup.client.call('profiles.use', { body: { pack: 'A', expect: dry.plan.fingerprint } }),
      code('plan.stale'),
    )
    const status = await setup.client.call('profiles.status')
    assert.deepEqual(status.uis.find((ui) => ui.ui === 'comfyui')?.stack, ['global'])
  })

  test('using the pack on top leaves the stack as it is', async (t) => {
    const setup = await createTestSynapse(t)
    await setup.import({ paths: [setup.file('loras/a.safetensors', 'a')], pack: 'A' })
    for (let count = 0; count < 3; count += 1) {
      const used = await setup.client.call('profiles.use', { body: { pack: 'A' } })
      assert.deepEqual(used.stacks['comfyui'], ['global', 'work__A'])
    }
    for (let count = 0; count < 3; count += 1) {
      const done = await setup.client.call('profiles.activate', { body: { profile: 'work__A' } })
      assert.deepEqual(done.stacks['comfyui'], ['global', 'work__A'])
    }
  })

  test('folders of all views have modification times of their own', async (t) => {
    const setup = await createTestSynapse(t)
    await setup.import({ paths: [setup.file('loras/a.safetensors', 'a')], pack: 'A' })
    await setup.client.call('profiles.use', { body: { pack: 'A', only: true } })
    const views = join(setup.root, 'data/views')
    const times = execFileSync('find', [
      views,
      '-mindepth',
      '3',
      '-type',
      'd',
      '-printf',
      '%T@ %p\n',
    ])
      .toString()
      .trim()
      .split('\n')
      .filter((line) => line.includes('/profiles/'))
      .map((line) => line.split(' ')[0])
    assert.ok(times.length > 100)
    assert.equal(new Set(times).size, times.length)
  })

  test('links are relative, so that the whole store can be moved', async (t) => {
    const setup = await createTestSynapse(t)
    await setup.import({ paths: [setup.file('loras/a.safetensors', 'aaa')], pack: 'A' })
    await setup.synapse[Symbol.asyncDispose]()
    const moved = `${setup.root}-moved`
    renameSync(setup.root, moved)
    const active = join(moved, 'data/views/comfyui/active')
    assert.equal(readlinkSync(active), 'profiles/global')
    assert.equal(readFileSync(join(active, 'models/loras/a.safetensors'), 'utf8'), 'aaa')
    const again = await createSynapse({ root: moved, home: setup.home, checkAnswers: true })
    t.after(() => again[Symbol.asyncDispose]())
    const job = await again.client.call('store.doctor', { body: {} })
    const report = (await again.services.jobs.wait(job.id)).result as { healthy: boolean }
    assert.equal(report.healthy, true)
    const used = await again.client.call('profiles.use', { body: { pack: 'A', dry_run: true } })
    assert.equal(used.removed + used.repointed, 0)
  })

  test('a file of an interface in a view survives switches; one in the way goes to quarantine', async (t) => {
    const setup = await createTestSynapse(t)
    await setup.import({ paths: [setup.file('loras/a.safetensors', 'aaa')], pack: 'A' })
    const folder = join(setup.root, 'data/views/comfyui/active/models/loras')
    writeFileSync(join(folder, 'note.txt'), 'mine')
    await setup.client.call('profiles.use', { body: { pack: 'A' } })
    await setup.client.call('profiles.back', { body: {} })
    await setup.client.call('profiles.sync', { body: {} })
    assert.equal(readFileSync(join(folder, 'note.txt'), 'utf8'), 'mine')

    writeFileSync(join(folder, 'b.safetensors'), 'theirs')
    await assert.rejects(
      setup
        .import({ paths: [setup.file('loras/b.safetensors', 'ours')], pack: 'A' })
        .then(() => setup.client.call('profiles.sync', { body: {} })),
      code('view.path_taken'),
    )
    execFileSync('touch', ['-d', '1 hour ago', join(folder, 'b.safetensors')])
    const synced = await setup.client.call('profiles.sync', { body: {} })
    assert.equal(synced.quarantined.length, 1)
    const kept = join(setup.root, synced.quarantined[0] ?? '')
    assert.equal(readFileSync(kept, 'utf8'), 'theirs')
    assert.equal(readFileSync(join(folder, 'b.safetensors'), 'utf8'), 'ours')
  })
})

describe('a folder as people have it', () => {
  test('each kind of entry is taken or passed over with its reason', async (t) => {
    const setup = await createTestSynapse(t)
    const long = `${'n'.repeat(180)}.safetensors`
    const names = [
      'with space.safetensors',
      'žluťoučký kůň.safetensors',
      '🦊 fox.safetensors',
      long,
    ]
    for (const [index, name] of names.entries()) {
      setup.file(`models/Lora/sub folder/${name}`, `bytes ${String(index)}`)
    }
    const first = setup.file('models/Lora/first.safetensors', 'same bytes')
    setup.file('models/Lora/second.safetensors', 'same bytes')
    linkSync(first, join(dirname(first), 'hard link.safetensors'))
    symlinkSync('first.safetensors', join(dirname(first), 'symlink.safetensors'))
    symlinkSync('nowhere.safetensors', join(dirname(first), 'broken.safetensors'))
    symlinkSync('..', join(dirname(first), 'loop'))
    execFileSync('mkfifo', [join(dirname(first), 'pipe.safetensors')])
    setup.file('models/Lora/empty.safetensors', '')
    setup.file('models/Lora/readme.txt', 'text')
    setup.file('models/Stable-diffusion/old.ckpt', 'pickle')

    const request = { paths: [join(setup.folder, 'models')] }
    const preview = await setup.client.call('imports.preview', { body: request })
    assert.equal(existsSync(join(setup.root, 'data/blobs/sha256/00')), false)
    const result = await setup.import({ ...request, pack: 'Mine' })
    assert.equal(preview.files.total, result.files.length)

    const outcome = (name: string) => result.files.find((file) => file.name === name)?.outcome
    for (const name of names) assert.equal(outcome(name), 'imported', name)
    const same = ['first', 'second', 'hard link', 'symlink'].map((n) => outcome(`${n}.safetensors`))
    assert.equal(same.filter((one) => one === 'imported').length, 1)
    assert.ok(
      same.every((one) => one === 'imported' || one === 'already_there' || one === undefined),
    )
    const reasons = Object.fromEntries(
      result.skipped.map((one) => [one.path.slice(one.path.lastIndexOf('/') + 1), one.reason]),
    )
    assert.equal(reasons['broken.safetensors'], 'broken_link')
    assert.equal(reasons['pipe.safetensors'], 'not_a_file')
    assert.equal(reasons['empty.safetensors'], 'empty')
    assert.equal(reasons['readme.txt'], 'not_a_model')
    assert.equal(result.files.find((file) => file.name === 'old.ckpt')?.blocked, true)
    assert.ok(!listed(setup, 'models/checkpoints').includes('old.ckpt'))
    assert.ok(listed(setup, 'models/loras/sub folder').includes('🦊 fox.safetensors'))

    const again = await setup.import({ ...request, pack: 'Mine' })
    assert.equal(again.imported, 0)
  })

  test('move takes the original away only once the store has it, and undo puts it back', async (t) => {
    const setup = await createTestSynapse(t)
    const path = setup.file('loras/a.safetensors', 'moved bytes')
    const { mode, mtimeMs } = statSync(path)
    const result = await setup.import({ paths: [path], mode: 'move' })
    assert.equal(result.files[0]?.how, 'moved')
    assert.equal(existsSync(path), false)
    const journal = await setup.client.call('journal.list', { query: { op: 'blob.import' } })
    const entry = journal.items[0]
    assert.equal(entry?.undoable, true)
    await setup.client.call('journal.undo', { params: { id: entry.id } })
    assert.equal(readFileSync(path, 'utf8'), 'moved bytes')
    assert.equal(statSync(path).mode, mode)
    assert.equal(statSync(path).mtimeMs, mtimeMs)
    assert.equal((await setup.client.call('inventory.list')).total, 0)
  })

  test('a plan lists names that will belong to another file', async (t) => {
    const setup = await createTestSynapse(t)
    for (const pack of ['A', 'B']) {
      await setup.import({ paths: [setup.file(`${pack}/loras/same.safetensors`, pack)], pack })
    }
    const plan = async (pack: string) => {
      const body = { pack, dry_run: true }
      const { plan } = await setup.client.call('profiles.use', { body })
      const { appear, disappear, replace } = plan.uis[0] ?? assert.fail()
      return [appear.total, disappear.total, replace.items]
    }
    assert.deepEqual(await plan('A'), [0, 0, ['models/loras/same.safetensors']])
    assert.deepEqual(await plan('B'), [0, 0, []])
    await setup.client.call('profiles.use', { body: { pack: 'A' } })
    assert.deepEqual(await plan('B'), [0, 0, ['models/loras/same.safetensors']])
  })

  test('a hard link makes the original read-only', async (t) => {
    const setup = await createTestSynapse(t)
    const path = setup.file('loras/a.safetensors', 'linked bytes')
    const result = await setup.import({ paths: [path], mode: 'link', hard_link: true })
    const sha256 = result.files[0]?.sha256 ?? ''
    assert.equal(result.files[0]?.how, 'hard_link')
    const blob = join(setup.root, 'data/blobs/sha256', sha256.slice(0, 2), sha256)
    assert.equal(statSync(blob).ino, statSync(path).ino)
    assert.equal(lstatSync(path).mode & 0o777, 0o444)
  })

  test('importing the store itself is refused', async (t) => {
    const setup = await createTestSynapse(t)
    await assert.rejects(
      setup.client.call('imports.preview', { body: { paths: [join(setup.root, 'data')] } }),
      code('import.inside_store'),
    )
    mkdirSync(join(setup.folder, 'd'))
    symlinkSync(setup.root, join(setup.folder, 'd', 'link'))
    const preview = await setup.client.call('imports.preview', {
      body: { paths: [join(setup.folder, 'd')] },
    })
    assert.equal(preview.files.total, 0)
  })
})

describe('deleting', () => {
  test('the last copy goes to the trash, only when confirmed by digest, and comes back', async (t) => {
    const setup = await createTestSynapse(t)
    const result = await setup.import({
      paths: [setup.file('loras/a.safetensors', 'precious')],
      pack: 'A',
    })
    const sha256 = result.files[0]?.sha256 ?? ''
    const params = { item: sha256 }
    await assert.rejects(setup.client.call('inventory.delete', { params }), code('blob.last_copy'))
    const confirm = { confirm_last_copy: sha256 }
    await assert.rejects(
      setup.client.call('inventory.delete', { params, query: confirm }),
      code('blob.in_use'),
    )
    const done = await setup.client.call('inventory.delete', {
      params,
      query: { ...confirm, confirm_impacts: true },
    })
    assert.deepEqual([done.bytes_freed, done.bytes_moved_to_trash], [0, 8])
    assert.deepEqual(listed(setup, 'models/loras'), [])
    assert.equal((await setup.client.call('inventory.show', { params })).item.status, 'missing')
    const trash = await setup.client.call('trash.list')
    await setup.client.call('trash.restore', { params: { id: trash.items[0]?.id ?? '' } })
    assert.deepEqual(listed(setup, 'models/loras'), ['a.safetensors'])
    assert.equal((await setup.client.call('inventory.show', { params })).item.status, 'referenced')
  })

  test('what was imported again is not taken out of the trash over it', async (t) => {
    const setup = await createTestSynapse(t)
    const path = setup.file('loras/a.safetensors', 'precious')
    const { files } = await setup.import({ paths: [path] })
    const sha256 = files[0]?.sha256 ?? ''
    const query = { confirm_last_copy: sha256 }
    const done = await setup.client.call('inventory.delete', { params: { item: sha256 }, query })
    const id = (await setup.client.call('trash.list')).items[0]?.id ?? ''
    assert.equal(id, done.journal_id)
    await setup.import({ paths: [path] })
    const restore = () => setup.client.call('trash.restore', { params: { id } })
    await assert.rejects(restore, code('blob.already_here'))
    assert.equal((await setup.client.call('trash.list')).total, 1)
  })

  test('a clean-up takes orphans alone, and none while a lock cannot be read', async (t) => {
    const setup = await createTestSynapse(t)
    await setup.import({ paths: [setup.file('loras/used.safetensors', 'used')], pack: 'A' })
    await setup.import({ paths: [setup.file('loras/loose.safetensors', 'loose')] })
    const lock = join(setup.root, 'state/packs/A/lock.json')
    const good = readFileSync(lock, 'utf8')
    writeFileSync(lock, good.slice(0, 40))
    await setup.synapse.services.reconcile()
    await assert.rejects(
      setup.client.call('inventory.cleanup', { body: { dry_run: true } }),
      code('inventory.references_unreadable'),
    )
    writeFileSync(lock, good)
    await setup.synapse.services.reconcile()
    const plan = await setup.client.call('inventory.cleanup', { body: {} })
    assert.deepEqual([plan.dry_run, plan.orphans_found, plan.orphans_deleted], [true, 1, 0])
    const kept = await setup.client.call('inventory.cleanup', { body: { dry_run: false } })
    assert.equal(kept.orphans_deleted, 0, 'an only copy needs to be ticked')
    const done = await setup.client.call('inventory.cleanup', {
      body: { dry_run: false, include_only_copies: true },
    })
    assert.deepEqual([done.orphans_deleted, done.errors.length], [1, 0])
    assert.equal((await setup.client.call('inventory.list')).total, 1)
  })
})

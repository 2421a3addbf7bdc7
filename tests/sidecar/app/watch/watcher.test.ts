import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openWatcher, type Watcher } from '../../../../sidecar/app/watch/watcher.ts'
import type { Services } from '../../../../sidecar/app/services.ts'
import { viewOf, writeRested } from '../../../_support/interface-files.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'

const PATIENCE_MS = 20_000
/** Four times as long as a watcher waits for things to come to rest. */
const QUIET_MS = 1000

/** Waits until something is so; fails with the last error, or with `what`, where it never is. */
async function until(what: string, isSo: () => unknown): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    if (await isSo()) return
    if (performance.now() > end) assert.fail(`It never happened that ${what}`)
    await sleep(20)
  }
}

interface Watched extends TestSynapse {
  readonly watcher: Watcher
  /** How often it has looked. */
  looks(): number
  /** Fulfilled once it has not looked for a while. */
  settled(): Promise<void>
  /** The path of something in what ComfyUI looks at. */
  active(path: string): string
}

async function watched(t: TestContext, more: Partial<Services> = {}): Promise<Watched> {
  const setup = await createTestSynapse(t)
  const models = ['loras/a.safetensors', 'loras/b.safetensors', 'vae/c.safetensors']
  for (const model of models) setup.file(`in/${model}`, model)
  await setup.import({ paths: [join(setup.folder, 'in')], pack: 'A' })
  let looks = 0
  const { services } = setup.synapse
  const reconcile = () => {
    looks += 1
    return (more.reconcile ?? services.reconcile)()
  }
  const watcher = await openWatcher({ ...services, ...more, reconcile }, () => undefined)
  t.after(() => watcher[Symbol.asyncDispose]())
  const settled = async () => {
    let seen = { looks: -1, at: 0 }
    await until('it stopped looking', () => {
      if (seen.looks !== looks) seen = { looks, at: performance.now() }
      return performance.now() - seen.at > QUIET_MS
    })
  }
  await until('it looked for the first time', () => looks > 0)
  if (more.reconcile === undefined) await settled()
  const active = (path: string) => join(setup.root, 'data/views/comfyui/active', path)
  return { ...setup, watcher, looks: () => looks, settled, active }
}

const isLink = (path: string) => fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
const isThere = (path: string) => fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined

/** How many operations the journal has. */
const operations = async ({ client }: TestSynapse) => (await client.call('journal.list')).total

describe('a watcher', () => {
  test('has views follow a pack that was edited by hand', async (t) => {
    const setup = await watched(t)
    const path = join(setup.root, 'state/packs/A/pack.json')
    const text = fs.readFileSync(path, 'utf8')
    fs.writeFileSync(
      path,
      text.replace('"filename": "a.safetensors"', '"filename": "z.safetensors"'),
    )
    await until('the new name showed', () => isLink(setup.active('models/loras/z.safetensors')))
    await until('the old name went', () => !isThere(setup.active('models/loras/a.safetensors')))
    const found = await setup.client.call('inventory.list', { query: { search: 'z' } })
    assert.equal(found.total, 1)
  })

  test('has views follow a pack whose folder came or went by hand', async (t) => {
    const setup = await watched(t)
    const folder = join(setup.root, 'state/packs/A')
    fs.renameSync(folder, join(setup.folder, 'kept'))
    await until('its links went', () => !isThere(setup.active('models/vae/c.safetensors')))
    // Nobody has said that the pack is gone: its models are not unused.
    assert.equal((await setup.client.call('inventory.summary')).blobs_orphan, 0)
    fs.cpSync(join(setup.folder, 'kept'), folder, { recursive: true })
    await until('they came back', () => isLink(setup.active('models/vae/c.safetensors')))
  })

  test('brings a link back that was deleted by hand, also in a view that is new', async (t) => {
    const setup = await watched(t)
    fs.rmSync(setup.active('models/loras/a.safetensors'))
    await until('it came back', () => isLink(setup.active('models/loras/a.safetensors')))
    await setup.client.call('profiles.use', { body: { pack: 'A', only: true } })
    await setup.settled()
    fs.rmSync(setup.active('models/vae'), { recursive: true })
    await until('the folder came back', () => isLink(setup.active('models/vae/c.safetensors')))
  })

  test('takes in many files that were dropped at once with one edit of their pack', async (t) => {
    const setup = await watched(t)
    const names = Array.from(
      { length: 70 },
      (_, at) => `models/loras/found-${String(at)}.safetensors`,
    )
    const folder = join(setup.folder, 'dropped')
    for (const name of names) writeRested(join(folder, name), name)
    for (const name of names) fs.renameSync(join(folder, name), setup.active(name))
    await until('all were links', () => names.every((name) => isLink(setup.active(name))))
    const opsOf = async (op: string) => {
      const { items } = await setup.client.call('journal.list', { query: { op } })
      return items.filter(({ after }) => after['pack'] === 'Found in comfyui').length
    }
    assert.equal((await opsOf('pack.create')) + (await opsOf('pack.edit')), 1)
    assert.equal(await opsOf('pack.add_files'), 1)
  })

  test('takes in what went out of sight before it had come to rest, once it has', async (t) => {
    const setup = await watched(t)
    await setup.client.call('profiles.use', { body: { pack: 'A', only: true } })
    const path = viewOf(setup.root, 'only__A', 'models/loras/fresh.safetensors')
    writeRested(path, 'fresh bytes', 0)
    const done = await setup.client.call('profiles.reset', { body: {} })
    const comfyui = done.plan.uis.find(({ ui }) => ui === 'comfyui')
    assert.deepEqual(
      comfyui?.out_of_sight?.items.map((file) => file.stays_because),
      ['just_written'],
    )
    await setup.settled()
    assert.ok(fs.lstatSync(path).isFile())
    const long = (Date.now() - 61_000) / 1000
    fs.utimesSync(path, long, long)
    setup.watcher.lookSoon()
    await until('it was in sight', () => isLink(setup.active('models/loras/fresh.safetensors')))
    assert.equal(isThere(path), false)
  })

  test('takes in a model file that has come to rest, into a pack of its own', async (t) => {
    const setup = await watched(t)
    const path = setup.active('models/loras/people/found.safetensors')
    const restedAt = (Date.now() - 61_000) / 1000
    fs.mkdirSync(join(path, '..'))
    fs.writeFileSync(`${path}.part`, 'found bytes')
    fs.utimesSync(`${path}.part`, restedAt, restedAt)
    fs.renameSync(`${path}.part`, path)
    await until('a link stood in its place', () => isLink(path))
    assert.equal(fs.readFileSync(path, 'utf8'), 'found bytes')
    const { files } = await setup.client.call('packs.show', {
      params: { name: 'Found in comfyui' },
    })
    assert.deepEqual(
      files.map(({ filename, kind, subfolder, state }) => [filename, kind, subfolder, state]),
      [['found.safetensors', 'lora', 'people', 'here']],
    )
  })

  test('leaves a file that is no model, a pickle and one that was written to just now', async (t) => {
    const setup = await watched(t)
    const restedAt = (Date.now() - 61_000) / 1000
    const files = ['note.txt', 'old.ckpt', 'fresh.safetensors']
    for (const name of files) fs.writeFileSync(setup.active(`models/loras/${name}`), name)
    for (const name of files.slice(0, 2)) {
      fs.utimesSync(setup.active(`models/loras/${name}`), restedAt, restedAt)
    }
    fs.rmSync(setup.active('models/loras/a.safetensors'))
    await until('it looked there', () => isLink(setup.active('models/loras/a.safetensors')))
    await setup.settled()
    for (const name of files) {
      const path = setup.active(`models/loras/${name}`)
      assert.equal(fs.lstatSync(path).isFile(), true)
      assert.equal(fs.readFileSync(path, 'utf8'), name)
    }
    assert.equal((await setup.client.call('inventory.list')).total, 3)
  })

  for (const target of ['profiles/nobody', '../forge/active', 'profiles/only__A']) {
    test(`repairs an active link that was made to lead to ${target}`, async (t) => {
      const setup = await watched(t)
      await setup.client.call('profiles.use', { body: { pack: 'A', only: true } })
      await setup.client.call('profiles.back', { body: {} })
      await setup.settled()
      const active = join(setup.root, 'data/views/comfyui/active')
      fs.rmSync(active)
      fs.symlinkSync(target, active)
      await until('it was repaired', () => fs.readlinkSync(active) === 'profiles/global')
    })
  }

  test('puts an active link back that was removed', async (t) => {
    const setup = await watched(t)
    const active = join(setup.root, 'data/views/comfyui/active')
    fs.rmSync(active)
    await until('it came back', () => isLink(active))
    assert.equal(fs.readlinkSync(active), 'profiles/global')
  })

  test('does not go round in circles: its own writes are looked at, then there is quiet', async (t) => {
    const setup = await watched(t)
    const before = { looks: setup.looks(), operations: await operations(setup) }
    await setup.client.call('profiles.use', { body: { pack: 'A' } })
    await setup.settled()
    const afterUse = { looks: setup.looks(), operations: await operations(setup) }
    assert.equal(afterUse.operations, before.operations + 1)
    assert.ok(afterUse.looks - before.looks <= 3, `${String(afterUse.looks)} looks`)

    fs.rmSync(setup.active('models/loras/a.safetensors'))
    await until('it came back', () => isLink(setup.active('models/loras/a.safetensors')))
    await setup.settled()
    assert.ok(setup.looks() - afterUse.looks <= 3, `${String(setup.looks())} looks`)
    assert.equal(await operations(setup), afterUse.operations + 1)
  })

  test('keeps a hint that comes while it looks, also with a file that is not at rest yet', async (t) => {
    const gates: PromiseWithResolvers<number>[] = []
    const reconcile = () => {
      const gate = Promise.withResolvers<number>()
      gates.push(gate)
      return gate.promise
    }
    const setup = await watched(t, { reconcile })
    fs.writeFileSync(setup.active('models/loras/fresh.safetensors'), 'written just now')
    setup.watcher.lookSoon()
    gates[0]?.resolve(0)
    await until('it looked again', () => setup.looks() > 1)
    gates[1]?.resolve(0)
  })

  test('looks now and then also while hints never cease', async (t) => {
    const setup = await watched(t)
    const before = setup.looks()
    const hints = setInterval(() => {
      setup.watcher.lookSoon()
    }, 20)
    t.after(() => {
      clearInterval(hints)
    })
    await until('it looked', () => setup.looks() > before)
  })

  test('can be closed while it looks; then it looks no more', async (t) => {
    const gate = Promise.withResolvers<number>()
    const setup = await watched(t, { reconcile: () => gate.promise })
    const closing = setup.watcher[Symbol.asyncDispose]()
    setup.watcher.lookSoon()
    gate.resolve(0)
    await closing
    fs.writeFileSync(join(setup.root, 'state/packs/A/note.txt'), 'hello')
    setup.watcher.lookSoon()
    await setup.settled()
    assert.equal(setup.looks(), 1)
  })
})

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
  const world = await createTestSynapse(t)
  const models = ['loras/a.safetensors', 'loras/b.safetensors', 'vae/c.safetensors']
  for (const model of models) world.file(`in/${model}`, model)
  await world.import({ paths: [join(world.folder, 'in')], pack: 'A' })
  let looks = 0
  const { services } = world.synapse
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
  const active = (path: string) => join(world.root, 'data/views/comfyui/active', path)
  return { ...world, watcher, looks: () => looks, settled, active }
}

const isLink = (path: string) => fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
const isThere = (path: string) => fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined

/** How many operations the journal has. */
const operations = async ({ client }: TestSynapse) => (await client.call('journal.list')).total

describe('a watcher', () => {
  test('has views follow a pack that was edited by hand', async (t) => {
    const world = await watched(t)
    const path = join(world.root, 'state/packs/A/pack.json')
    const text = fs.readFileSync(path, 'utf8')
    fs.writeFileSync(
      path,
      text.replace('"filename": "a.safetensors"', '"filename": "z.safetensors"'),
    )
    await until('the new name showed', () => isLink(world.active('models/loras/z.safetensors')))
    await until('the old name went', () => !isThere(world.active('models/loras/a.safetensors')))
    const found = await world.client.call('inventory.list', { query: { search: 'z' } })
    assert.equal(found.total, 1)
  })

  test('has views follow a pack whose folder came or went by hand', async (t) => {
    const world = await watched(t)
    const folder = join(world.root, 'state/packs/A')
    fs.renameSync(folder, join(world.folder, 'kept'))
    await until('its links went', () => !isThere(world.active('models/vae/c.safetensors')))
    // Nobody has said that the pack is gone: its models are not unused.
    assert.equal((await world.client.call('inventory.summary')).blobs_orphan, 0)
    fs.cpSync(join(world.folder, 'kept'), folder, { recursive: true })
    await until('they came back', () => isLink(world.active('models/vae/c.safetensors')))
  })

  test('brings a link back that was deleted by hand, also in a view that is new', async (t) => {
    const world = await watched(t)
    fs.rmSync(world.active('models/loras/a.safetensors'))
    await until('it came back', () => isLink(world.active('models/loras/a.safetensors')))
    await world.client.call('profiles.use', { body: { pack: 'A', only: true } })
    await world.settled()
    fs.rmSync(world.active('models/vae'), { recursive: true })
    await until('the folder came back', () => isLink(world.active('models/vae/c.safetensors')))
  })

  test('takes in many files that were dropped at once with one edit of their pack', async (t) => {
    const world = await watched(t)
    const names = Array.from(
      { length: 70 },
      (_, at) => `models/loras/found-${String(at)}.safetensors`,
    )
    const folder = join(world.folder, 'dropped')
    for (const name of names) writeRested(join(folder, name), name)
    for (const name of names) fs.renameSync(join(folder, name), world.active(name))
    await until('all were links', () => names.every((name) => isLink(world.active(name))))
    const opsOf = async (op: string) => {
      const { items } = await world.client.call('journal.list', { query: { op } })
      return items.filter(({ after }) => after['pack'] === 'Found in comfyui').length
    }
    assert.equal((await opsOf('pack.create')) + (await opsOf('pack.edit')), 1)
    assert.equal(await opsOf('pack.add_files'), 1)
  })

  test('takes in what went out of sight before it had come to rest, once it has', async (t) => {
    const world = await watched(t)
    await world.client.call('profiles.use', { body: { pack: 'A', only: true } })
    const path = viewOf(world.root, 'only__A', 'models/loras/fresh.safetensors')
    writeRested(path, 'fresh bytes', 0)
    const done = await world.client.call('profiles.reset', { body: {} })
    const comfyui = done.plan.uis.find(({ ui }) => ui === 'comfyui')
    assert.deepEqual(
      comfyui?.out_of_sight?.items.map((file) => file.stays_because),
      ['just_written'],
    )
    await world.settled()
    assert.ok(fs.lstatSync(path).isFile())
    const long = (Date.now() - 61_000) / 1000
    fs.utimesSync(path, long, long)
    world.watcher.lookSoon()
    await until('it was in sight', () => isLink(world.active('models/loras/fresh.safetensors')))
    assert.equal(isThere(path), false)
  })

  test('takes in a model file that has come to rest, into a pack of its own', async (t) => {
    const world = await watched(t)
    const path = world.active('models/loras/people/found.safetensors')
    const restedAt = (Date.now() - 61_000) / 1000
    fs.mkdirSync(join(path, '..'))
    fs.writeFileSync(`${path}.part`, 'found bytes')
    fs.utimesSync(`${path}.part`, restedAt, restedAt)
    fs.renameSync(`${path}.part`, path)
    await until('a link stood in its place', () => isLink(path))
    assert.equal(fs.readFileSync(path, 'utf8'), 'found bytes')
    const { files } = await world.client.call('packs.show', {
      params: { name: 'Found in comfyui' },
    })
    assert.deepEqual(
      files.map(({ filename, kind, subfolder, state }) => [filename, kind, subfolder, state]),
      [['found.safetensors', 'lora', 'people', 'here']],
    )
  })

  test('leaves a file that is no model, a pickle and one that was written to just now', async (t) => {
    const world = await watched(t)
    const restedAt = (Date.now() - 61_000) / 1000
    const files = ['note.txt', 'old.ckpt', 'fresh.safetensors']
    for (const name of files) fs.writeFileSync(world.active(`models/loras/${name}`), name)
    for (const name of files.slice(0, 2)) {
      fs.utimesSync(world.active(`models/loras/${name}`), restedAt, restedAt)
    }
    fs.rmSync(world.active('models/loras/a.safetensors'))
    await until('it looked there', () => isLink(world.active('models/loras/a.safetensors')))
    await world.settled()
    for (const name of files) {
      const path = world.active(`models/loras/${name}`)
      assert.equal(fs.lstatSync(path).isFile(), true)
      assert.equal(fs.readFileSync(path, 'utf8'), name)
    }
    assert.equal((await world.client.call('inventory.list')).total, 3)
  })

  for (const target of ['profiles/nobody', '../forge/active', 'profiles/only__A']) {
    test(`repairs an active link that was made to lead to ${target}`, async (t) => {
      const world = await watched(t)
      await world.client.call('profiles.use', { body: { pack: 'A', only: true } })
      await world.client.call('profiles.back', { body: {} })
      await world.settled()
      const active = join(world.root, 'data/views/comfyui/active')
      fs.rmSync(active)
      fs.symlinkSync(target, active)
      await until('it was repaired', () => fs.readlinkSync(active) === 'profiles/global')
    })
  }

  test('puts an active link back that was removed', async (t) => {
    const world = await watched(t)
    const active = join(world.root, 'data/views/comfyui/active')
    fs.rmSync(active)
    await until('it came back', () => isLink(active))
    assert.equal(fs.readlinkSync(active), 'profiles/global')
  })

  test('does not go round in circles: its own writes are looked at, then there is quiet', async (t) => {
    const world = await watched(t)
    const before = { looks: world.looks(), operations: await operations(world) }
    await world.client.call('profiles.use', { body: { pack: 'A' } })
    await world.settled()
    const afterUse = { looks: world.looks(), operations: await operations(world) }
    assert.equal(afterUse.operations, before.operations + 1)
    assert.ok(afterUse.looks - before.looks <= 3, `${String(afterUse.looks)} looks`)

    fs.rmSync(world.active('models/loras/a.safetensors'))
    await until('it came back', () => isLink(world.active('models/loras/a.safetensors')))
    await world.settled()
    assert.ok(world.looks() - afterUse.looks <= 3, `${String(world.looks())} looks`)
    assert.equal(await operations(world), afterUse.operations + 1)
  })

  test('keeps a hint that comes while it looks, also with a file that is not at rest yet', async (t) => {
    const gates: PromiseWithResolvers<number>[] = []
    const reconcile = () => {
      const gate = Promise.withResolvers<number>()
      gates.push(gate)
      return gate.promise
    }
    const world = await watched(t, { reconcile })
    fs.writeFileSync(world.active('models/loras/fresh.safetensors'), 'written just now')
    world.watcher.lookSoon()
    gates[0]?.resolve(0)
    await until('it looked again', () => world.looks() > 1)
    gates[1]?.resolve(0)
  })

  test('looks now and then also while hints never cease', async (t) => {
    const world = await watched(t)
    const before = world.looks()
    const hints = setInterval(() => {
      world.watcher.lookSoon()
    }, 20)
    t.after(() => {
      clearInterval(hints)
    })
    await until('it looked', () => world.looks() > before)
  })

  test('can be closed while it looks; then it looks no more', async (t) => {
    const gate = Promise.withResolvers<number>()
    const world = await watched(t, { reconcile: () => gate.promise })
    const closing = world.watcher[Symbol.asyncDispose]()
    world.watcher.lookSoon()
    gate.resolve(0)
    await closing
    fs.writeFileSync(join(world.root, 'state/packs/A/note.txt'), 'hello')
    world.watcher.lookSoon()
    await world.settled()
    assert.equal(world.looks(), 1)
  })
})

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EndpointId } from '../../../schemas/endpoints.ts'
import type { Job } from '../../../schemas/jobs.ts'
import type { LoginResult, PairStarted } from '../../../schemas/store.ts'
import { uuidv7 } from '../../../sidecar/platform/uuid.ts'
import { ROWS } from '../../_support/http-app.ts'
import type { TestSynapse } from '../../_support/test-synapse.ts'
import { must, realApp, type Asker } from './real-app.ts'

type World = TestSynapse & Asker

interface Page<T> {
  readonly items: readonly T[]
}

/** A store with two packs, a pickle, an orphan, a switch and a deleted model. */
async function furnish(world: World): Promise<{ used: string; orphan: string; pickle: string }> {
  const first = await world.import({
    paths: [world.file('loras/one.safetensors', 'one'), world.file('loras/old.ckpt', 'pickle')],
    pack: 'First',
  })
  await world.import({ paths: [world.file('vae/two.safetensors', 'two')], pack: 'Second' })
  const lone = await world.import({ paths: [world.file('loras/lone.safetensors', 'lone')] })
  await must(world, 'profiles.use', { body: { pack: 'Second' } })
  const digest = (index: number) => first.files[index]?.sha256 ?? ''
  return { used: digest(0), pickle: digest(1), orphan: lone.files[0]?.sha256 ?? '' }
}

async function jobOf(world: World, id: EndpointId, body: object): Promise<Job> {
  const { id: job } = (await must(world, id, { body })) as Job
  return world.wait({ id: job })
}

async function askAboutModels(world: World): Promise<void> {
  const { used, orphan, pickle } = await furnish(world)
  await must(world, 'inventory.list', { query: { include_verification: true } })
  await must(world, 'inventory.facets', { query: { kind: ['lora', 'vae'] } })
  await must(world, 'inventory.summary')
  await must(world, 'inventory.show', { params: { item: used } })
  await must(world, 'inventory.impact', { params: { item: used } })
  await must(world, 'inventory.approve', { params: { item: pickle } })
  await must(world, 'inventory.revoke', { params: { item: pickle } })
  await must(world, 'inventory.cleanup', { body: { include_only_copies: true } })
  const query = { confirm_last_copy: orphan }
  await must(world, 'inventory.delete', { params: { item: orphan }, query })
  const trash: Page<{ id: string }> = await must(world, 'trash.list')
  const params = { id: trash.items[0]?.id ?? '' }
  await must(world, 'trash.restore', { params })
  await must(world, 'inventory.delete', { params: { item: orphan }, query })
  const again: Page<{ id: string }> = await must(world, 'trash.list')
  await must(world, 'trash.remove', { params: { id: again.items[0]?.id ?? '' } })
  await must(world, 'trash.empty')
  await jobOf(world, 'inventory.verify', { all: true })
  await jobOf(world, 'inventory.migrate_manifests', {})
}

async function askAboutPacks(world: World): Promise<void> {
  await furnish(world)
  await must(world, 'packs.list', { query: { search: 'f' } })
  await must(world, 'packs.create', { body: { name: 'Third' } })
  const params = { name: 'Third' }
  await must(world, 'packs.show', { params: { name: 'First' } })
  await must(world, 'packs.edit', { params, body: { description: 'x', tags: ['a'] } })
  await must(world, 'packs.resolve', { params })
  const exported: object = await must(world, 'packs.export', { params: { name: 'First' } })
  await must(world, 'packs.delete', { params: { name: 'First' } })
  await must(world, 'packs.restore', { body: exported })
}

async function askAboutProfiles(world: World): Promise<void> {
  await furnish(world)
  await must(world, 'profiles.list')
  await must(world, 'profiles.status')
  await must(world, 'profiles.show', { params: { name: 'work__Second' } })
  await must(world, 'profiles.use', { body: { pack: 'First', only: true } })
  await must(world, 'profiles.back')
  await must(world, 'profiles.sync')
  await must(world, 'profiles.reset')
  await must(world, 'profiles.activate', { body: { profile: 'work__Second' } })
  await must(world, 'profiles.startup', { body: { ui: 'comfyui' } })
}

async function askAboutTheStore(world: World): Promise<void> {
  await furnish(world)
  await must(world, 'health')
  await must(world, 'store.init')
  await must(world, 'store.status')
  await must(world, 'store.config')
  await must(world, 'store.config_edit', {
    body: { trash: { days: 3 }, kind_map: { mine: { lora: 'loras', vae: null } } },
  })
  await must(world, 'store.clean', { body: { dry_run: true } })
  await jobOf(world, 'store.doctor', { repair: true })
  const comfyui = join(world.folder, 'ComfyUI')
  mkdirSync(join(comfyui, 'custom_nodes'), { recursive: true })
  writeFileSync(join(comfyui, 'main.py'), '')
  await must(world, 'comfyui.install', { body: { path: comfyui, copy: true } })
  await must(world, 'comfyui.uninstall', { body: { path: comfyui } })
}

async function askAboutWork(world: World): Promise<void> {
  await furnish(world)
  const paths = [world.file('loras/new.safetensors', 'new'), world.file('loras/empty.pt', '')]
  await must(world, 'imports.preview', { body: { paths } })
  const { id } = await jobOf(world, 'imports.start', { paths, pack: 'Fourth' })
  await must(world, 'jobs.list', { query: { state: 'succeeded' } })
  await must(world, 'jobs.show', { params: { id } })
  await must(world, 'jobs.items', { params: { id }, query: { limit: 5 } })
  await must(world, 'jobs.pause', { params: { id } })
  await must(world, 'jobs.resume', { params: { id } })
  await must(world, 'jobs.cancel', { params: { id } })
  for (const paused of [true, false]) await must(world, 'jobs.idle', { body: { paused } })
  const operations: Page<{ id: string; undoable: boolean }> = await must(world, 'journal.list')
  const last = operations.items.find((operation) => operation.undoable)
  await must(world, 'journal.show', { params: { id: last?.id ?? '' } })
  await must(world, 'journal.undo', { params: { id: last?.id ?? '' } })
}

/** A foreign file that an explicit switch moved to quarantine. */
async function askAboutQuarantine(world: World): Promise<void> {
  const ids: string[] = []
  for (const name of ['a', 'b']) {
    const id = uuidv7(Date.now())
    const folder = join(world.root, 'data/quarantine', id)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${name}.safetensors`), name)
    const from = `data/views/comfyui/profiles/global/${name}.safetensors`
    writeFileSync(join(folder, 'origin.json'), JSON.stringify({ from, at: '2026-01-02T03:04:05Z' }))
    ids.push(id)
  }
  const [first = '', second = ''] = ids
  await must(world, 'quarantine.list')
  await must(world, 'quarantine.restore', { params: { id: first }, body: {} })
  const query = { confirm_last_copy: createHash('sha256').update('b').digest('hex') }
  await must(world, 'quarantine.discard', { params: { id: second }, query })
}

async function askAboutAccess(world: World): Promise<void> {
  const { auth } = world.synapse
  const open = { token: null }
  const label = { label: 'Firefox' }
  const asked = (await must(world, 'auth.pair', { ...open, body: label })) as PairStarted
  await must(world, 'auth.pairings')
  await must(world, 'auth.approve', { body: { code: asked.code } })
  const poll = { params: { id: asked.id }, body: { secret: asked.secret } }
  await must(world, 'auth.pair_state', { ...open, ...poll })
  const sessions: Page<{ id: string }> = await must(world, 'auth.sessions')
  await must(world, 'auth.session_revoke', { params: { id: sessions.items[0]?.id ?? '' } })
  const body = { code: auth.newLoginCode() }
  const { token } = (await must(world, 'auth.login', { ...open, body })) as LoginResult
  await must(world, 'auth.logout', { token })
}

const ROUNDS: Readonly<Record<string, (world: World) => Promise<void>>> = {
  'of models and the trash': askAboutModels,
  'of packs': askAboutPacks,
  'of profiles': askAboutProfiles,
  'of the store and the extension': askAboutTheStore,
  'of imports, jobs and the journal': askAboutWork,
  'of quarantine': askAboutQuarantine,
  'of pairing and sessions': askAboutAccess,
}

describe('what is answered fits the OpenAPI document', () => {
  const answered = new Set<EndpointId>()

  async function drive(t: TestContext, round: (world: World) => Promise<void>): Promise<void> {
    const world = await realApp(t)
    await round(world)
    for (const id of world.done) answered.add(id)
  }

  for (const [what, round] of Object.entries(ROUNDS)) {
    it(what, (t) => drive(t, round))
  }

  it('also while a job goes on', async (t) => {
    const world = await realApp(t)
    const paths = [world.file('loras/big.safetensors', Buffer.alloc(64 * 1024 * 1024, 1))]
    const { id } = (await must(world, 'imports.start', { body: { paths } })) as Job
    for (let state = ''; !['succeeded', 'failed'].includes(state);) {
      state = ((await must(world, 'jobs.show', { params: { id } })) as Job).state
      await sleep(5)
    }
    await must(world, 'jobs.list')
  })

  it('and no endpoint was left out', () => {
    const left = ROWS.map(([id]) => id).filter((id) => !answered.has(id))
    assert.deepEqual(left, [])
  })
})

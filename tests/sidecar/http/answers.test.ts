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

type Setup = TestSynapse & Asker

interface Page<T> {
  readonly items: readonly T[]
}

/** A store with two packs, a pickle, an orphan, a switch and a deleted model. */
async function furnish(setup: Setup): Promise<{ used: string; orphan: string; pickle: string }> {
  const first = await setup.import({
    paths: [setup.file('loras/one.safetensors', 'one'), setup.file('loras/old.ckpt', 'pickle')],
    pack: 'First',
  })
  await setup.import({ paths: [setup.file('vae/two.safetensors', 'two')], pack: 'Second' })
  const lone = await setup.import({ paths: [setup.file('loras/lone.safetensors', 'lone')] })
  await must(setup, 'profiles.use', { body: { pack: 'Second' } })
  const digest = (index: number) => first.files[index]?.sha256 ?? ''
  return { used: digest(0), pickle: digest(1), orphan: lone.files[0]?.sha256 ?? '' }
}

async function jobOf(setup: Setup, id: EndpointId, body: object): Promise<Job> {
  const { id: job } = (await must(setup, id, { body })) as Job
  return setup.wait({ id: job })
}

async function askAboutModels(setup: Setup): Promise<void> {
  const { used, orphan, pickle } = await furnish(setup)
  await must(setup, 'inventory.list', { query: { include_verification: true } })
  await must(setup, 'inventory.facets', { query: { kind: ['lora', 'vae'] } })
  await must(setup, 'inventory.summary')
  await must(setup, 'inventory.show', { params: { item: used } })
  await must(setup, 'inventory.impact', { params: { item: used } })
  await must(setup, 'inventory.approve', { params: { item: pickle } })
  await must(setup, 'inventory.revoke', { params: { item: pickle } })
  await must(setup, 'inventory.cleanup', { body: { include_only_copies: true } })
  const query = { confirm_last_copy: orphan }
  await must(setup, 'inventory.delete', { params: { item: orphan }, query })
  const trash: Page<{ id: string }> = await must(setup, 'trash.list')
  const params = { id: trash.items[0]?.id ?? '' }
  await must(setup, 'trash.restore', { params })
  await must(setup, 'inventory.delete', { params: { item: orphan }, query })
  const again: Page<{ id: string }> = await must(setup, 'trash.list')
  await must(setup, 'trash.remove', { params: { id: again.items[0]?.id ?? '' } })
  await must(setup, 'trash.empty')
  await jobOf(setup, 'inventory.verify', { all: true })
  await jobOf(setup, 'inventory.migrate_manifests', {})
}

async function askAboutPacks(setup: Setup): Promise<void> {
  await furnish(setup)
  await must(setup, 'packs.list', { query: { search: 'f' } })
  await must(setup, 'packs.create', { body: { name: 'Third' } })
  const params = { name: 'Third' }
  await must(setup, 'packs.show', { params: { name: 'First' } })
  await must(setup, 'packs.edit', { params, body: { description: 'x', tags: ['a'] } })
  await must(setup, 'packs.resolve', { params })
  const exported: object = await must(setup, 'packs.export', { params: { name: 'First' } })
  await must(setup, 'packs.delete', { params: { name: 'First' } })
  await must(setup, 'packs.restore', { body: exported })
}

async function askAboutProfiles(setup: Setup): Promise<void> {
  await furnish(setup)
  await must(setup, 'profiles.list')
  await must(setup, 'profiles.status')
  await must(setup, 'profiles.show', { params: { name: 'work__Second' } })
  await must(setup, 'profiles.create', { body: { name: 'mine', packs: ['First', 'Second'] } })
  const params = { name: 'mine' }
  const move = { pack: 'First', to: 'last' }
  await must(setup, 'profiles.edit', { params, body: { move, dry_run: true } })
  await must(setup, 'profiles.edit', { params, body: { move } })
  await must(setup, 'profiles.delete', { params, query: { dry_run: 'true' } })
  await must(setup, 'profiles.delete', { params })
  await must(setup, 'profiles.use', { body: { pack: 'First', only: true } })
  await must(setup, 'profiles.back')
  await must(setup, 'profiles.sync')
  await must(setup, 'profiles.reset')
  await must(setup, 'profiles.activate', { body: { profile: 'work__Second' } })
  await must(setup, 'profiles.startup', { body: { ui: 'comfyui' } })
}

async function askAboutTheStore(setup: Setup): Promise<void> {
  await furnish(setup)
  await must(setup, 'health')
  await must(setup, 'store.init')
  await must(setup, 'store.status')
  await must(setup, 'store.config')
  await must(setup, 'store.config_edit', {
    body: { trash: { days: 3 }, kind_map: { mine: { lora: 'loras', vae: null } } },
  })
  await must(setup, 'store.clean', { body: { dry_run: true } })
  await jobOf(setup, 'store.doctor', { repair: true })
  const comfyui = join(setup.folder, 'ComfyUI')
  mkdirSync(join(comfyui, 'custom_nodes'), { recursive: true })
  writeFileSync(join(comfyui, 'main.py'), '')
  await must(setup, 'comfyui.install', { body: { path: comfyui, copy: true } })
  await must(setup, 'comfyui.uninstall', { body: { path: comfyui } })
}

async function askAboutWork(setup: Setup): Promise<void> {
  await furnish(setup)
  const paths = [setup.file('loras/new.safetensors', 'new'), setup.file('loras/empty.pt', '')]
  await must(setup, 'imports.preview', { body: { paths } })
  const { id } = await jobOf(setup, 'imports.start', { paths, pack: 'Fourth' })
  await must(setup, 'jobs.list', { query: { state: 'succeeded' } })
  await must(setup, 'jobs.show', { params: { id } })
  await must(setup, 'jobs.items', { params: { id }, query: { limit: 5 } })
  await must(setup, 'jobs.pause', { params: { id } })
  await must(setup, 'jobs.resume', { params: { id } })
  await must(setup, 'jobs.cancel', { params: { id } })
  for (const paused of [true, false]) await must(setup, 'jobs.idle', { body: { paused } })
  const operations: Page<{ id: string; undoable: boolean }> = await must(setup, 'journal.list')
  const last = operations.items.find((operation) => operation.undoable)
  await must(setup, 'journal.show', { params: { id: last?.id ?? '' } })
  await must(setup, 'journal.undo', { params: { id: last?.id ?? '' } })
}

/** A foreign file that an explicit switch moved to quarantine. */
async function askAboutQuarantine(setup: Setup): Promise<void> {
  const ids: string[] = []
  for (const name of ['a', 'b']) {
    const id = uuidv7(Date.now())
    const folder = join(setup.root, 'data/quarantine', id)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `${name}.safetensors`), name)
    const from = `data/views/comfyui/profiles/global/${name}.safetensors`
    writeFileSync(join(folder, 'origin.json'), JSON.stringify({ from, at: '2026-01-02T03:04:05Z' }))
    ids.push(id)
  }
  const [first = '', second = ''] = ids
  await must(setup, 'quarantine.list')
  await must(setup, 'quarantine.restore', { params: { id: first }, body: {} })
  const query = { confirm_last_copy: createHash('sha256').update('b').digest('hex') }
  await must(setup, 'quarantine.discard', { params: { id: second }, query })
}

async function askAboutAccess(setup: Setup): Promise<void> {
  const { auth } = setup.synapse
  const open = { token: null }
  const label = { label: 'Firefox' }
  const asked = (await must(setup, 'auth.pair', { ...open, body: label })) as PairStarted
  await must(setup, 'auth.pairings')
  await must(setup, 'auth.approve', { body: { code: asked.code } })
  const poll = { params: { id: asked.id }, body: { secret: asked.secret } }
  await must(setup, 'auth.pair_state', { ...open, ...poll })
  const sessions: Page<{ id: string }> = await must(setup, 'auth.sessions')
  await must(setup, 'auth.session_revoke', { params: { id: sessions.items[0]?.id ?? '' } })
  const body = { code: auth.newLoginCode() }
  const { token } = (await must(setup, 'auth.login', { ...open, body })) as LoginResult
  await must(setup, 'auth.logout', { token })
}

const ROUNDS: Readonly<Record<string, (setup: Setup) => Promise<void>>> = {
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

  async function drive(t: TestContext, round: (setup: Setup) => Promise<void>): Promise<void> {
    const setup = await realApp(t)
    await round(setup)
    for (const id of setup.done) answered.add(id)
  }

  for (const [what, round] of Object.entries(ROUNDS)) {
    it(what, (t) => drive(t, round))
  }

  it('also while a job goes on', async (t) => {
    const setup = await realApp(t)
    const paths = [setup.file('loras/big.safetensors', Buffer.alloc(64 * 1024 * 1024, 1))]
    const { id } = (await must(setup, 'imports.start', { body: { paths } })) as Job
    for (let state = ''; !['succeeded', 'failed'].includes(state);) {
      state = ((await must(setup, 'jobs.show', { params: { id } })) as Job).state
      await sleep(5)
    }
    await must(setup, 'jobs.list')
  })

  it('and no endpoint was left out', () => {
    const left = ROWS.map(([id]) => id).filter((id) => !answered.has(id))
    assert.deepEqual(left, [])
  })
})
